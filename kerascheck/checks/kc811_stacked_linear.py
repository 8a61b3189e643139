"""Two weighted sums in a row with nothing between them that is not linear: one would do."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.semantics.activations import activation_of

SUMS = frozenset(f"keras.layers.{name}" for name in ("Dense", "Conv1D", "Conv2D", "Conv3D"))
PASSING = frozenset(
    f"keras.layers.{name}" for name in ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "Identity", "Activation")
)


def check(program: Program) -> Iterator[Finding]:
    """A finding for every layer whose sum goes straight into the next."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for model, node in program.nodes_of(SUMS):
        if node.source is None:
            continue
        before = _before(model, node)
        if before is None or before.source is None or len(list(model.successors(before.identifier))) != 1:
            continue
        if any(end.node == before.identifier for end in model.outputs):
            # What the first gives is wanted itself.
            continue
        yield Finding(
            node.source.span,
            f"`{expression(node)}` and `{expression(before)}` have nothing between them that is not linear",
            "together they are one weighted sum",
            (TrailStep(before.source.span, "no activation"), *call_trail(node)),
            "give the first an `activation`, or take one of them away",
        )


def _before(model: ModelGraph, node: Node) -> Node | None:
    """The weighted sum without an activation that a layer is given."""
    for _ in range(len(model.records)):
        operands = model.operands(node)
        if len(operands) != 1:
            return None
        node = operands[0][0]
        if node.op in SUMS:
            return node if activation_of(node.op, node.config) == "linear" else None
        linear = node.op != "keras.layers.Activation" or activation_of(node.op, node.config) == "linear"
        if node.op not in PASSING or not linear:
            return None
    return None
