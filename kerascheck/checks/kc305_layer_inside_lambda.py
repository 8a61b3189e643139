"""A layer that only the function of a Lambda calls: its weights are in no model's list."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from
from kerascheck.checks.batch import once
from kerascheck.checks.facts import untracked
from kerascheck.checks.unheld import used_in_output
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.program import Program

HELP = "call the layer itself instead of the Lambda; what else the Lambda does belongs into a layer of your own"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such layer, at the line that makes it."""
    for layer, model, node in used_in_output(program, "lambda"):
        used = node.source.span if node.source is not None else None
        yield _finding(layer.span, layer.name, model.name, called_from(layer.stack), used)
    traced = [
        fact
        for fact in untracked(program)
        if fact.in_lambda and fact.node is None and fact.layer is not None and fact.layer_span is not None
    ]
    yield from once(
        _finding(fact.layer_span, fact.layer, program.models[fact.model].name, (), _reader(program, fact.reader))
        for fact in traced
        if fact.layer_span is not None and fact.layer is not None
    )


def _reader(program: Program, reader: str | None) -> Span | None:
    node = program.recorder.nodes.get(reader) if reader is not None else None
    return node.source.span if node is not None and node.source is not None else None


def _finding(span: Span, layer: str, model: str, stack: tuple[TrailStep, ...], used: Span | None) -> Finding:
    called = () if used is None or used == span else (TrailStep(used, "called in a Lambda here"),)
    return Finding(
        span,
        f"layer `{layer}` is called in a Lambda: the `trainable_weights` of model `{model}` lack its weights",
        "Keras does not look for layers in what a Lambda refers to",
        (*stack, *called),
        HELP,
    )
