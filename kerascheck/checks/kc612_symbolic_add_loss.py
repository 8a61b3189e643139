"""A loss is added to a finished model, which Keras 3 lets no one do."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.removals import called_from
from kerascheck.program import AddedLoss, Program


def check(program: Program) -> Iterator[Finding]:
    """Every ``add_loss`` of Keras 3 code on a functional model, or of a KerasTensor outside of any ``call``."""
    for added in program.added_losses:
        if added.generation == 3 and (added.functional or added.symbolic):
            yield Finding(
                added.span,
                f"`{on_one_line(added.text)}`: {_message(added)}",
                "raises in Keras 3",
                called_from(added.stack),
                "call `self.add_loss(...)` in the `call` of a layer that the tensor goes through",
            )


def _message(added: AddedLoss) -> str:
    if added.functional:
        return "a model made of inputs and outputs takes no added loss in Keras 3"
    return "`add_loss` takes a KerasTensor only from within a layer's `call`"
