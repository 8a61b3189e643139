"""A hand-written training step leaves out the losses that the model's layers add: regularisation does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import DroppedLosses, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every model that is trained so."""
    return once(_finding(found) for found in program.dropped_losses)


def _finding(found: DroppedLosses) -> Finding:
    names = list(dict.fromkeys(name for name, _ in found.layers))
    trail = [TrailStep(span, f"`{name}` adds a loss") for name, span in found.layers[:3]]
    what = " and ".join(f"`{name}`" for name in names[:3])
    does = "do" if len(names) > 1 else "does"
    return Finding(
        found.span,
        f"the training step leaves out the losses of the model's layers: {what} {does} nothing",
        "its `losses` are never added",
        (*trail, *(TrailStep(span, "called from here") for span in reversed(found.stack))),
        "add `sum(model.losses)` to the loss, under the tape, after the model was called",
    )
