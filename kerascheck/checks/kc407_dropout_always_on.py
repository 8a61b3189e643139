"""A dropout function that no ``training`` guards: it drops values at inference, too."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression, only_in_training
from kerascheck.checks.batch import once
from kerascheck.graph import JIT_GUARD, ModelGraph, Node
from kerascheck.program import Program

DROPPING = {
    "tf.nn.dropout": "rate",
    "tf.nn.experimental.general_dropout": "rate",
    "tf.nn.experimental.stateless_dropout": "rate",
    "tf.compat.v1.nn.dropout": "rate",
    "keras.random.dropout": "rate",
    "keras.backend.dropout": "level",
}
"""The functions that always drop, with the parameter that says how much."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call on the way to a model's output, at inference as in training."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for model in program.models:
        if model.kind == "fragment":
            continue
        dropping = [node for node in model.nodes() if node.op in DROPPING and node.source and _drops(node)]
        reaching = _at_inference(model) if dropping else set()
        for node in dropping:
            if node.identifier in reaching and not set(node.guards) - {JIT_GUARD}:
                yield _finding(node)


def _at_inference(model: ModelGraph) -> set[str]:
    """The nodes that the outputs depend on at inference: what only training takes is not gone through."""
    reached = model.behind((end.node for end in model.outputs), lambda node: not only_in_training(node))
    return {node.identifier for node in reached if not only_in_training(node)}


def _drops(node: Node) -> bool:
    """Whether the call certainly drops something, and is not a layer's own work with a seed generator of its own.

    Who keeps one writes dropout that is meant to stay on: a forgotten flag needs no generator.
    """
    if node.op == "keras.random.dropout" and not isinstance(node.config.get("seed", ...), int | None):
        return False
    rate, keep = node.config.get(DROPPING[node.op]), node.config.get("keep_prob")
    if isinstance(rate, (int, float)):
        return 0 < rate <= 1
    return rate is None and isinstance(keep, (int, float)) and 0 <= keep < 1


def _finding(node: Node) -> Finding:
    assert node.source is not None
    return Finding(
        node.source.span,
        f"`{expression(node)}` drops values at inference, too: every prediction is random",
        "no `training` guards it",
        call_trail(node),
        "use a `Dropout` layer, which is active in training alone",
    )
