from __future__ import annotations

import pytest
from hand_made import Graph, line

from kerascheck.checks.kc206_batch_axis_join import check
from kerascheck.program import Program
from kerascheck.shapes import UNKNOWN, Dim
from kerascheck.shapes.dim import batch

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


def joined(graph: Graph, *rest: Dim) -> Program:
    x = graph.input(B, 4)
    y = graph.op("keras.ops.concatenate", (2 * B, 4), {"axis": 0}, **{"xs.0": x, "xs.1": x})
    return graph.model(graph.layer("Dense", y, rest))


def test_the_message_tells_the_rows_from_the_samples() -> None:
    (finding,) = check(joined(Graph(), 2 * B, 3))
    assert finding.span == line(2)
    assert finding.message == (
        "`concatenate(...)` makes 2*B rows of (None, 4), for B samples: the output's rows are not the samples"
    )


@pytest.mark.parametrize("rows", [B, UNKNOWN, 3])
def test_rows_that_are_taken_apart_again_are_silent(rows: Dim) -> None:
    assert lines(joined(Graph(), rows, 3)) == []


@pytest.mark.parametrize(
    ("op", "operand", "config"),
    [
        ("keras.ops.tile", "x", {"repeats": (2, 1)}),
        ("tf.repeat", "input", {"repeats": 2, "axis": 0}),
        ("tf.tile", "input", {"multiples": [2, 1]}),
    ],
)
def test_a_repetition_along_the_batch_is_found(op: str, operand: str, config: dict[str, object]) -> None:
    graph = Graph()
    x = graph.input(B, 4)
    assert lines(graph.model(graph.op(op, (2 * B, 4), config, **{operand: x}))) == [2]


def test_a_margin_around_the_batch_is_found() -> None:
    graph = Graph()
    y = graph.op("tf.pad", (B + 2, 4), {"paddings": [[1, 1], [0, 0]]}, tensor=graph.input(B, 4))
    assert lines(graph.model(y)) == [2]


def test_a_stack_in_front_of_the_batch_is_found() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.op("keras.ops.stack", (2, B, 4), {"axis": 0}, **{"x.0": x, "x.1": x})
    (finding,) = check(graph.model(y))
    assert finding.message == (
        "`stack(...)` puts a new axis before the batch of (None, 4), and the output has no row for each sample"
    )


def test_a_stack_that_is_averaged_away_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.op("keras.ops.stack", (2, B, 4), {"axis": 0}, **{"x.0": x, "x.1": x})
    assert lines(graph.model(graph.op("keras.ops.mean", (B, 4), {"axis": 0}, x=y))) == []


def test_an_axis_that_was_left_out_is_another_rules() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    operands = {"xs.0": x, "xs.1": x}
    y = graph.add("op", "keras.ops.concatenate", (2 * B, 4), operands, config={"axis": 0}, defaulted=("axis",))
    assert lines(graph.model(y)) == []


def test_a_layer_that_no_model_calls_is_silent() -> None:
    graph = Graph()
    y = graph.op("tf.repeat", (2 * B, 4), {"repeats": 2, "axis": 0}, input=graph.input(B, 4))
    assert lines(graph.model(y, kind="layer")) == []
