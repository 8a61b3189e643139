"""A layer has a name with a slash, or that of another layer of its model."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.removals import called_from
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, RefusedName


def check(program: Program) -> Iterator[Finding]:
    """Every name that Keras refuses."""
    return once(_finding(refused) for refused in program.refused_names)


def _finding(refused: RefusedName) -> Finding:
    calls = called_from(refused.stack)
    if refused.other is None:
        return Finding(
            refused.span,
            f'the name "{refused.name}" has a slash, which Keras 3 takes in no name',
            "a slash in the name",
            calls,
            f'write another separator: `name="{refused.name.replace("/", "_")}"`',
        )
    return Finding(
        refused.span,
        f'another layer of model `{refused.model}` has the name "{refused.name}" already',
        "the names of a model's layers must differ",
        (TrailStep(refused.other, f'"{refused.name}" is first given here'), *calls),
        "give each layer a name of its own, or leave the name out",
    )
