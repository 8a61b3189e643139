from __future__ import annotations

import pytest
from hand_made import ANY_RANK, Graph

from kerascheck.checks.kc202_full_reduction import check
from kerascheck.graph import TRAINING_GUARD
from kerascheck.program import Program
from kerascheck.shapes import UNKNOWN
from kerascheck.shapes.dim import batch

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


@pytest.mark.parametrize(
    ("op", "operand", "config"),
    [
        ("keras.ops.mean", "x", {"axis": None}),
        ("keras.ops.argmax", "x", {"axis": None}),
        ("tf.math.reduce_max", "input_tensor", {"axis": None}),
        ("keras.backend.max", "x", {"axis": None}),
        ("tf.nn.l2_loss", "t", {}),
    ],
)
def test_a_reduction_without_an_axis_is_found(op: str, operand: str, config: dict[str, object]) -> None:
    graph = Graph()
    assert lines(graph.model(graph.op(op, (), config, **{operand: graph.input(B, 4)}))) == [2]


def test_the_help_names_the_axes_of_one_sample() -> None:
    graph = Graph()
    y = graph.op("tf.math.reduce_max", (), {"axis": None}, input_tensor=graph.input(B, 8, 8, 3))
    (finding,) = check(graph.model(y))
    assert finding.help == "name the axes of one sample: `axis=(1, 2, 3)`"


def test_a_layers_own_input_of_any_rank_has_the_batch() -> None:
    graph = Graph()
    x = graph.add("input", "keras.Input", ANY_RANK, {})
    largest = graph.op("tf.math.reduce_max", (), {"axis": None}, input_tensor=x)
    y = graph.op("tf.math.divide", ANY_RANK, {}, x=x, y=largest)
    assert lines(graph.model(y, kind="layer")) == [2]


def test_a_reduction_of_a_weight_is_silent() -> None:
    graph = Graph()
    x, gain = graph.input(B, 4), graph.variable(4, tracked=True)
    mean = graph.op("keras.ops.mean", (), {"axis": None}, x=gain)
    assert lines(graph.model(graph.op("keras.ops.multiply", (B, 4), {}, x1=x, x2=mean))) == []


def test_a_reduction_of_sizes_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    shape = graph.op("tf.shape", (2,), {}, input=x)
    size = graph.op("tf.math.reduce_prod", (), {"axis": None}, input_tensor=shape)
    assert lines(graph.model(graph.op("keras.ops.multiply", (B, 4), {}, x1=x, x2=size))) == []


def test_a_reduction_that_reaches_only_a_loss_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    graph.op("keras.ops.mean", (), {"axis": None}, x=x)
    assert lines(graph.model(x)) == []


def test_a_reduction_under_training_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    mean = graph.add("op", "keras.ops.mean", (), {"x": x}, config={"axis": None}, guards=(TRAINING_GUARD,))
    assert lines(graph.model(graph.op("keras.ops.subtract", (B, 4), {}, x1=x, x2=mean))) == []


def test_an_axis_of_unknown_value_is_silent() -> None:
    graph = Graph()
    y = graph.op("keras.ops.mean", None, {"axis": UNKNOWN}, x=graph.input(B, 4))
    assert lines(graph.model(y)) == []


def test_a_named_axis_is_left_to_the_other_rule() -> None:
    graph = Graph()
    y = graph.op("keras.ops.mean", (4,), {"axis": 0}, x=graph.input(B, 4))
    assert lines(graph.model(y)) == []
