"""Programs made by hand, node by node: what a check reads, without the front end that would make it."""

from __future__ import annotations

from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Edge, Endpoint, ModelGraph, ModelKind, Node, Source
from kerascheck.program import Program
from kerascheck.shapes import Dim, Shape, TensorSpec

ANY_RANK = None
"""The shape of which not even the rank is known."""


def line(number: int) -> Span:
    """The span of a whole line of ``model.py``."""
    return Span("model.py", number, 1, number, 40)


class Graph:
    """Adds nodes, one a line, and cuts models out of them."""

    def __init__(self, device: str = "cpu") -> None:
        self.program = Program("model.py", device=device)

    def add(
        self,
        kind: Any,
        op: str,
        shape: tuple[Dim, ...] | None,
        operands: dict[str, Node],
        *,
        dtype: str = "float32",
        at: int | None = None,
        **attributes: Any,
    ) -> Node:
        """A node that gives one tensor; ``operands`` by the parameters they are for; ``at`` another line."""
        recorder = self.program.recorder
        identifier = recorder.next_identifier()
        source = Source(line(at or recorder.counter), written=f"{op.rpartition('.')[2]}(...)")
        node = Node(identifier, kind, op, identifier, (TensorSpec(Shape(shape), dtype),), source, **attributes)
        edges = (Edge(operand.identifier, identifier, argument=name) for name, operand in operands.items())
        return recorder.add(node, edges)

    def input(self, *shape: Dim) -> Node:
        """An input of exactly ``shape``."""
        return self.add("input", "keras.Input", shape, {})

    def layer(self, op: str, operand: Node, shape: tuple[Dim, ...] | None, **attributes: Any) -> Node:
        """A call of a layer."""
        return self.add("layer", f"keras.layers.{op}", shape, {"inputs": operand}, **attributes)

    def op(self, op: str, shape: tuple[Dim, ...] | None, config: dict[str, Any], **operands: Node) -> Node:
        """A call of a function with its arguments."""
        return self.add("op", op, shape, operands, config=config)

    def variable(self, *shape: Dim, **attributes: Any) -> Node:
        """A variable that no layer holds, unless said otherwise."""
        return self.add("variable", "tf.Variable", shape, {}, **{"tracked": False, **attributes})

    def model(self, *outputs: Node, kind: ModelKind = "functional") -> Program:
        """The program with one more model, of every node so far, that gives ``outputs``."""
        recorder = self.program.recorder
        model = ModelGraph.cut(
            recorder,
            recorder.nodes,
            name="model",
            kind=kind,
            span=None,
            inputs=tuple(Endpoint(node.identifier) for node in recorder.nodes.values() if node.kind == "input"),
            outputs=tuple(Endpoint(node.identifier) for node in outputs),
            complete=True,
            generation=3,
        )
        self.program.models.append(model)
        return self.program
