"""State that a Keras 3 layer is given once it is built: a layer, a metric or a variable."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from
from kerascheck.checks.batch import once
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.program import LateState, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such state; what ``call`` makes anew each time is told as that."""
    if not program.late_state:
        return iter(())
    made = [each.span for each in program.created_in_call]
    found = [late for late in program.late_state if not any(_in_one_line(late.span, span) for span in made)]
    return once(_finding(late) for late in found)


def _in_one_line(assigned: Span, made: Span) -> bool:
    """Whether what is made is assigned in the same statement."""
    return assigned.file == made.file and assigned.cell == made.cell and assigned.line == made.line


def _finding(late: LateState) -> Finding:
    what = "`add_weight`" if late.attribute is None else f"`{late.text}`"
    built = () if late.built is None else (TrailStep(late.built, "built here"),)
    if late.in_call:
        message = f"{what} gives `{late.layer}` new state in `call`, when it is built: Keras 3 refuses it"
        help_line = "make it in `__init__` or `build`"
    else:
        message = f"{what} gives a built `{late.layer}` new state: Keras 3 refuses it"
        help_line = "assign it before the layer is called, or make a new model of the old one's layers"
    return Finding(
        late.span, message, "a layer takes no more layers or variables once it is built",
        (*built, *called_from(late.stack)), help_line,
    )  # fmt: skip
