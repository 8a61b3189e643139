"""One layer applied again and again to its own output, by the line of a loop: all the steps share its weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call."""
    return once(finding for model in program.models if model.kind != "fragment" for finding in _in_model(model))


def _in_model(model: ModelGraph) -> Iterator[Finding]:
    layers = [node for node in model.nodes() if node.kind == "layer" and node.weights]
    times = Counter(node.layer for node in layers)
    calls: dict[tuple[str, Span, tuple[Span, ...]], list[Node]] = {}
    for node in layers:
        if node.layer is None or times[node.layer] == 1 or node.source is None:
            continue
        if any(weight.trainable for weight in node.weights):
            calls.setdefault((node.layer, node.source.span, node.source.stack), []).append(node)
    for same in calls.values():
        if len(same) > 1 and _feeds(model, same[0], same[1]):
            first = same[0]
            assert first.source is not None
            yield Finding(
                first.source.span,
                f"`{expression(first)}` applies layer `{first.name}` {len(same)} times, with one set of weights",
                "each step of the loop computes with the same weights",
                call_trail(first),
                "if each step is to have its own, make a layer for each",
            )


def _feeds(model: ModelGraph, first: Node, second: Node) -> bool:
    pending, seen = [second.identifier], set()
    while pending:
        for name in model.predecessors(pending.pop()):
            if name == first.identifier:
                return True
            if name not in seen:
                seen.add(name)
                pending.append(name)
    return False
