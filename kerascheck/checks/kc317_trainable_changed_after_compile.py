"""``trainable`` set once the model is compiled, and not compiled again: too late for a training, or too early."""

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
    if change.idle:
        return Finding(
            change.span,
            f"model `{change.model}` trains nothing: {what} freezes it before its training begins",
            "Keras 3 takes it as it is then, and not as it was compiled",
            (*compiled, TrailStep(change.trained, "trained here")),
            "set `trainable = True` before the model is trained, and `False` again before the other one is",
        )
    return Finding(
        change.span,
        f"setting {what} has no effect: model `{change.model}` trains what was trainable {since}",
        f"`{change.layer}` {effect}",
        (*compiled, TrailStep(change.trained, "trained here")),
        "compile the model again before it is trained: `model.compile(...)`",
    )
