"""Small programs made by hand: what a check reads, without the front end that would make it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kerascheck.diagnostic import Span
from kerascheck.graph import Edge, Endpoint, ModelGraph, Node, Source
from kerascheck.problems import Problem
from kerascheck.program import Program
from kerascheck.shapes import Shape, TensorSpec
from kerascheck.shapes.dim import batch


def line(number: int) -> Span:
    """The span of a whole line of ``model.py``."""
    return Span("model.py", number, 1, number, 40)


class ProgramBuilder:
    """Adds one node a line to a program of one functional model."""

    def __init__(self) -> None:
        self.program = Program("model.py")

    def node(self, op: str, shape: Sequence[int], *operands: Node, text: str = "", **attributes: Any) -> Node:
        """A node of ``(None, *shape)``, fed by the first outputs of ``operands``, on the next line."""
        recorder = self.program.recorder
        identifier = recorder.next_identifier()
        outputs = (TensorSpec(Shape((batch(), *shape)), "float32"),)
        source = Source(line(recorder.counter), written=text or f"{op.rpartition('.')[2]}()")
        kind = "op" if op.startswith(("tf.", "keras.ops.")) else "layer"
        node = Node(identifier, attributes.pop("kind", kind), op, identifier, outputs, source, **attributes)
        edges = (Edge(operand.identifier, identifier, argument=str(at)) for at, operand in enumerate(operands))
        return recorder.add(node, edges)

    def input(self, *shape: int) -> Node:
        """An input of ``(None, *shape)``."""
        return self.node("keras.Input", shape, kind="input")

    def failing(self, op: str, problem: Problem, *operands: Node, **attributes: Any) -> Node:
        """A node whose call certainly fails."""
        return self.node(op, (), *operands, problem=problem, **attributes)

    def finish(self) -> Program:
        """The program, with its nodes in one model."""
        recorder = self.program.recorder
        last = Endpoint(f"n{recorder.counter}")
        model = ModelGraph.cut(
            recorder,
            recorder.nodes,
            name="model",
            kind="functional",
            span=None,
            inputs=(),
            outputs=(last,) if recorder.nodes else (),
            complete=True,
            generation=3,
        )
        self.program.models.append(model)
        return self.program


@pytest.fixture
def build() -> ProgramBuilder:
    return ProgramBuilder()


@pytest.fixture
def span() -> Callable[[int], Span]:
    return line
