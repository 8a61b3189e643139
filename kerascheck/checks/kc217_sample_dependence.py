"""Executed proof that one sample's output depends on another's input."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, step_for
from kerascheck.graph import ModelGraph
from kerascheck.program import Program, SampleDependence


def check(program: Program) -> Iterator[Finding]:
    """A finding for every model of which one sample was seen to move another's output at inference."""
    told: set[int] = set()
    for found in program.dependences:
        model = program.models[found.model]
        if found.mode == "inference" and found.model not in told and model.span is not None:
            told.add(found.model)
            yield _finding(model, found)


def _finding(model: ModelGraph, found: SampleDependence) -> Finding:
    assert model.span is not None
    end = model.outputs[found.output]
    made = model.node(end.node)
    step = step_for(made, end.output)
    return Finding(
        model.span,
        f"{model.kind} model `{model.name}` mixes its samples at inference: {found.evidence}",
        "predicts something else for a sample in another batch",
        () if step is None else (step,),
        "look for what works along the batch axis; the other rules of KC2 name the lines they know",
    )
