"""``trainable`` set once the model is compiled, and not compiled again: the training takes no notice of it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, TrainableChange


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such change, at its own line."""
    return once(_finding(change) for change in program.trainable_changes)


def _finding(change: TrainableChange) -> Finding:
    since = "when it was compiled" if change.generation == 2 else "when its training began"
    effect = "is still not trained" if change.value else "is still trained"
    compiled = () if change.compiled is None else (TrailStep(change.compiled, "compiled here"),)
    what = f"`{change.text}`" if change.text else "`trainable`"
    return Finding(
        change.span,
        f"setting {what} has no effect: model `{change.model}` trains what was trainable {since}",
        f"`{change.layer}` {effect}",
        (*compiled, TrailStep(change.trained, "trained here")),
        "compile the model again before it is trained: `model.compile(...)`",
    )
