"""An op that no gradient gets through, on every way from a weight to the loss: the weight never trains."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.checks.facts import layer_steps, stopping_nodes, untrained
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Node
from kerascheck.program import Program, VariableFact

HELP = {
    "stop_gradient": "take the stop_gradient away, or freeze the layers before it: `layer.trainable = False`",
    "StopGradient": "take the stop_gradient away, or freeze the layers before it: `layer.trainable = False`",
}
"""By the last part of an op's name; what else stops a gradient gets the general advice."""

STRAIGHT_THROUGH = "let a gradient by: `x + stop_gradient(f(x) - x)`, or a smooth function in its place"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such op, with the weights behind it."""
    stopped: dict[str, list[VariableFact]] = {}
    others: dict[str, list[tuple[Node, str]]] = {}
    for fact in untrained(program):
        found = stopping_nodes(program, fact)
        if found:
            first = found[0][0].identifier
            stopped.setdefault(first, []).append(fact)
            others.setdefault(first, found)
    return once(_finding(program, others[name], facts) for name, facts in stopped.items())


def _finding(program: Program, stops: list[tuple[Node, str]], facts: list[VariableFact]) -> Finding:
    (node, what), *rest = stops
    assert node.source is not None
    model = program.models[facts[0].model]
    count = len({fact.variable for fact in facts})
    weights = "the weight before it is" if count == 1 else f"the {count} weights before it are"
    also = tuple(TrailStep(other.source.span, "and here") for other, _ in rest if other.source is not None)
    return Finding(
        node.source.span,
        f"`{expression(node)}` lets no gradient through: {weights} never trained in model `{model.name}`",
        f"`{node.op}` {what}" if node.kind == "op" else f"what `{node.name}` computes {what}",
        (*layer_steps(facts), *call_trail(node), *also),
        HELP.get(node.op.rpartition(".")[2], STRAIGHT_THROUGH),
    )
