"""A variable the output depends on that nobody's ``trainable_weights`` holds: it never trains."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.facts import untracked
from kerascheck.checks.tensor_weights import told_as_tensors
from kerascheck.checks.variables import ELSEWHERE, Untrained, untrained_finding, untrained_variables
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, VariableFact

WHY = {
    "attribute": "Keras 3 does not track a tf.Variable that is an attribute",
    "global": "a global variable belongs to no layer",
    "closure": "no layer holds it",
    "scope": "a variable of a variable scope belongs to no layer",
    "module": "Keras 3 does not track the variables of a tf.Module",
}


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such variable, at the line that makes it."""
    told = told_as_tensors(program)
    found = (
        untrained_finding(each, WHY.get(each.variable.owner or "", "no layer holds it"), _help(each))
        for each in untrained_variables(program)
        if each.variable.owner not in ELSEWHERE and not each.on_keras_tensor and each.variable.identifier not in told
    )
    return once(chain(found, (_hidden(program, fact) for fact in untracked(program) if _is_hidden(fact))))


def _is_hidden(fact: VariableFact) -> bool:
    """Whether it was read by code that is not the user's, and has no node."""
    if fact.node is not None or fact.owner in ELSEWHERE:
        return False
    return fact.layer is None and fact.span is not None


def _hidden(program: Program, fact: VariableFact) -> Finding:
    assert fact.span is not None
    model = program.models[fact.model]
    call = program.recorder.nodes[fact.reader] if fact.reader is not None else None
    used = (TrailStep(call.source.span, "used here"),) if call is not None and call.source is not None else ()
    return Finding(
        fact.span,
        f"`{fact.name}` is never trained: the `trainable_weights` of model `{model.name}` lack it",
        "no layer holds it",
        used,
        _ADD,
    )


def _help(found: Untrained) -> str:
    if found.variable.owner in ("attribute", "module"):
        return "make it a weight: `self.add_weight(...)` in the layer's `build`"
    if any(node.in_lambda for node in found.uses):
        return "make the Lambda a layer of its own, and the variable its weight: `self.add_weight(...)` in its `build`"
    return _ADD


_ADD = "make it a weight: `self.add_weight(...)` in the `build` of the layer that uses it"
