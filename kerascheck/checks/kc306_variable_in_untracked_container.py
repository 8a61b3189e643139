"""A variable in an object that Keras does not look into: the layer that uses it neither trains nor saves it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.checks.variables import CONTAINER, Untrained, untrained_variables, use_steps
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such variable, at the line that makes it."""
    return once(
        _finding(found)
        for found in untrained_variables(program)
        if found.variable.owner == CONTAINER and not found.on_keras_tensor
    )


def _finding(found: Untrained) -> Finding:
    variable = found.variable
    assert variable.source is not None
    whose = "layer" if found.model.kind == "layer" else "model"
    named = variable.target or expression(variable)
    return Finding(
        variable.source.span,
        f"`{named}` is never trained: the `trainable_weights` of {whose} `{found.model.name}` lack it",
        "Keras does not look for variables in the object that holds it",
        call_trail(variable) + use_steps(found),
        "make it a weight of the layer that uses it: `self.add_weight(...)` in its `build`",
    )
