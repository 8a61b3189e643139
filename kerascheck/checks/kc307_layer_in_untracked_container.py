"""A layer in an object that Keras does not look into: the model calls it and does not have its weights."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.facts import untracked
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, VariableFact

WHY = {
    "container": "Keras does not look for layers in the object that holds it",
    "closure": "Keras does not look for layers in what a function refers to",
    "global": "a layer that is only a global name belongs to no model",
}


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such layer, at the line that makes it."""
    return once(
        _finding(program, fact)
        for fact in untracked(program)
        if fact.layer is not None and fact.layer_span is not None and fact.owner in WHY and not fact.in_lambda
    )


def _finding(program: Program, fact: VariableFact) -> Finding:
    assert fact.layer_span is not None
    model = program.models[fact.model]
    whose = "layer" if model.kind == "layer" else "model"
    call = program.recorder.nodes[fact.reader] if fact.reader is not None else None
    used = (TrailStep(call.source.span, "called here"),) if call is not None and call.source is not None else ()
    return Finding(
        fact.layer_span,
        f"layer `{fact.layer}` is never trained: the `trainable_weights` of {whose} `{model.name}` lack its weights",
        WHY[fact.owner or ""],
        used,
        "keep it in an attribute of the layer that calls it, or in a list, tuple or dictionary there",
    )
