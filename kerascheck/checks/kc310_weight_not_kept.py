"""A weight that is made and not kept: nothing computes with it, and nothing trains it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import DroppedWeight, Program

LABELS = {
    "dropped": "what it returns is not used",
    "name": "nothing reads that name",
    "overwritten": "the same method assigns another to the attribute",
}


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such weight, at the call that makes it."""
    used = {edge.source for edge in program.recorder.edges} if program.dropped_weights else set()
    return once(_finding(weight) for weight in program.dropped_weights if weight.node not in used)


def _finding(weight: DroppedWeight) -> Finding:
    what = {"dropped": f"`{on_one_line(weight.text)}`", "name": f"`{weight.target}`"}.get(weight.how, weight.target)
    title = {
        "dropped": f"the weight that {what} makes is not kept: nothing in `{weight.layer}` computes with it",
        "name": f"the weight {what} is not kept: nothing in `{weight.layer}` computes with it",
        "overwritten": f"this weight is not kept: `{weight.target}` is assigned another one later",
    }[weight.how]
    later = () if weight.by is None else (TrailStep(weight.by, "assigned again here"),)
    return Finding(
        weight.span,
        title,
        LABELS[weight.how],
        (*called_from(weight.stack), *later),
        "keep it in an attribute of its own, `self.kernel = self.add_weight(...)`, and compute with that in `call`",
    )
