"""A layer or variable that is an attribute of a class: all its instances share it, and none has it in its weights."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from
from kerascheck.checks.batch import once
from kerascheck.checks.facts import untracked
from kerascheck.checks.unheld import used_in_output
from kerascheck.checks.variables import CLASS, untrained_finding, untrained_variables
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Node
from kerascheck.program import Program

WHY = "an attribute of the class belongs to none of its instances, and all of them share it"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such layer or variable, at the line that makes it."""
    yield from once(
        untrained_finding(found, WHY, "make it a weight of each instance: `self.add_weight(...)` in `build`")
        for found in untrained_variables(program)
        if found.variable.owner == CLASS and not found.on_keras_tensor
    )
    for layer, model, node in used_in_output(program, "class"):
        yield _layer(layer.span, layer.target, model.name, called_from(layer.stack), node)
    yield from once(
        _layer(fact.layer_span, fact.layer, program.models[fact.model].name, (), _reader(program, fact.reader))
        for fact in untracked(program)
        if fact.owner == CLASS and fact.layer is not None and fact.layer_span is not None and not fact.in_lambda
    )


def _reader(program: Program, name: str | None) -> Node | None:
    return program.recorder.nodes.get(name or "")


def _layer(span: Span, layer: str, model: str, stack: tuple[TrailStep, ...], call: Node | None) -> Finding:
    used = () if call is None or call.source is None else (TrailStep(call.source.span, "called here"),)
    return Finding(
        span,
        f"layer `{layer}` is never trained: the `trainable_weights` of `{model}` lack its weights",
        WHY,
        (*stack, *used),
        "make it in `__init__`, for each instance: `self.layer = ...`",
    )
