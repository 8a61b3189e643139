"""Classes are given to a loss that takes one-hot rows, or one-hot rows to one that takes classes."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.fed import once_a_model
from kerascheck.program import FedTarget, Program
from kerascheck.semantics.fitting import is_about_encoding


def check(program: Program) -> Iterator[Finding]:
    """A finding for every model whose targets are certainly refused for that."""
    return once_a_model(
        (target, _finding(target))
        for target in program.fed_targets
        if target.taken is False and is_about_encoding(target.loss, target.target, target.output)
    )


def _finding(target: FedTarget) -> Finding:
    sparse = target.loss == "sparse_categorical_crossentropy"
    takes = "the number of a class for each row" if sparse else "a one-hot row for each class"
    other = "categorical_crossentropy" if sparse else "sparse_categorical_crossentropy"
    what = f"`{target.text}` of shape" if target.text else "a target of shape"
    return Finding(
        target.span,
        f"`{target.loss}` takes {takes}, and {what} {target.given} meets the output {target.output}",
        "one-hot rows" if sparse else "numbers of classes",
        target.trail,
        f'`loss="{other}"` takes them as they are',
    )
