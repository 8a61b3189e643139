"""A variable combined with a KerasTensor outside any layer: the model computes with it and never trains it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.checks.variables import Untrained, untrained_variables
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such variable, at the first op that takes it."""
    return once(_finding(found) for found in untrained_variables(program) if found.on_keras_tensor)


def _finding(found: Untrained) -> Finding:
    variable, (use, *others) = found.variable, found.on_keras_tensor
    assert use.source is not None
    assert variable.source is not None
    later = [TrailStep(other.source.span, "and used here") for other in others if other.source is not None]
    return Finding(
        use.source.span,
        f"`{expression(use)}` uses a variable that model `{found.model.name}` never trains",
        "an operation has no weights, so no `trainable_weights` holds the variable",
        (TrailStep(variable.source.span, "the variable is made here"), *call_trail(use), *later),
        "make the operation a layer, and the variable its weight: `self.add_weight(...)` in its `build`",
    )
