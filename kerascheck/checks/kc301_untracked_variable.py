"""A variable the output depends on that nobody's ``trainable_weights`` holds: it never trains."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.checks.variables import Untrained, untrained_variables, use_steps
from kerascheck.program import Program

WHY = {
    "attribute": "Keras 3 does not track a tf.Variable that is an attribute",
    "global": "a global variable belongs to no layer",
    "closure": "no layer holds it",
    "container": "Keras does not look for variables in this object",
    "scope": "a variable of a variable scope belongs to no layer",
    "module": "Keras 3 does not track the variables of a tf.Module",
}


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such variable, at the line that makes it."""
    return once(_finding(found) for found in untrained_variables(program) if not found.on_keras_tensor)


def _finding(found: Untrained) -> Finding:
    variable = found.variable
    assert variable.source is not None
    whose = "layer" if found.model.kind == "layer" else "model"
    named = variable.target or expression(variable)
    return Finding(
        variable.source.span,
        f"`{named}` is never trained: the `trainable_weights` of {whose} `{found.model.name}` lack it",
        WHY.get(variable.owner or "", "no layer holds it"),
        call_trail(variable) + use_steps(found),
        _help(found),
    )


def _help(found: Untrained) -> str:
    if found.variable.owner in ("attribute", "module", "container"):
        return "make it a weight: `self.add_weight(...)` in the layer's `build`"
    if any(node.in_lambda for node in found.uses):
        return "make the Lambda a layer of its own, and the variable its weight: `self.add_weight(...)` in its `build`"
    return "make it a weight: `self.add_weight(...)` in the `build` of the layer that uses it"
