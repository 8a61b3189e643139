"""A head keeps axes that its targets do not have: a Flatten, a pooling or the last step is missing."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression
from kerascheck.checks.fed import once_a_model
from kerascheck.checks.heads import head_of
from kerascheck.program import FedTarget, Program
from kerascheck.semantics.fitting import is_about_axes


def check(program: Program) -> Iterator[Finding]:
    """A finding for every model that predicts several values where a target has one."""
    return once_a_model(
        (target, _finding(program, target))
        for target in program.fed_targets
        if is_about_axes(target.loss, target.target, target.output)
    )


def _finding(program: Program, target: FedTarget) -> Finding:
    head = head_of(program, target.outputs)
    kept = target.output.dims[1:-1] if target.output.dims is not None else ()
    places = " x ".join(map(str, kept))
    what = f"`{target.text}` of shape {target.given}" if target.text else f"a target of shape {target.given}"
    layer = f"`{expression(head.node)}`" if head is not None else "the last layer"
    consequence = "which the loss refuses" if target.taken is False else "to which the loss stretches it"
    pooling = f"GlobalAveragePooling{len(kept)}D" if len(kept) <= 3 else "Flatten"
    return Finding(
        target.span,
        f"{what} is one for each sample, and model `{target.model}` gives {target.output}, {consequence}",
        f"{layer} keeps an axis of {places}" if len(kept) == 1 else f"{layer} keeps the axes of {places}",
        target.trail,
        f"put `Flatten()` or `{pooling}()` before it"
        + (", or leave `return_sequences` out of the layer before" if len(kept) == 1 else ""),
    )
