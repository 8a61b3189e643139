from __future__ import annotations

import pytest
from hand_made import Graph, line

from kerascheck.checks.kc205_sample_mixing_op import check
from kerascheck.graph import TRAINING_GUARD
from kerascheck.program import Program
from kerascheck.shapes.dim import batch

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


@pytest.mark.parametrize(
    ("op", "operand", "config"),
    [
        ("keras.ops.softmax", "x", {"axis": 0}),
        ("keras.ops.cumsum", "x", {"axis": -2}),
        ("keras.ops.flip", "x", {"axis": (0, 1)}),
        ("keras.ops.roll", "x", {"shift": 1, "axis": 0}),
        ("tf.math.cumprod", "x", {"axis": 0}),
        ("tf.reverse", "tensor", {"axis": [0]}),
        ("tf.math.l2_normalize", "x", {"axis": 0}),
        ("keras.backend.softmax", "x", {"axis": 0}),
    ],
)
def test_an_op_along_the_batch_is_found_at_its_line(op: str, operand: str, config: dict[str, object]) -> None:
    graph = Graph()
    x = graph.input(B, 4)
    assert lines(graph.model(graph.op(op, (B, 4), config, **{operand: x}))) == [2]


def test_the_message_says_what_the_samples_have_to_do_with_each_other() -> None:
    graph = Graph()
    y = graph.op("keras.ops.softmax", (B, 4), {"axis": 0}, x=graph.input(B, 4))
    (finding,) = check(graph.model(y))
    assert finding.message == (
        "`softmax(...)` works along the batch axis of (None, 4): every sample's result depends on the others"
    )
    assert finding.help == "work along the features instead: `axis=-1`"
    assert [step.span for step in finding.trail] == [line(1)]


def test_a_convolution_over_the_samples_is_found() -> None:
    graph = Graph()
    x = graph.op("keras.ops.transpose", (5, B, 4), {"axes": (1, 0, 2)}, x=graph.input(B, 5, 4))
    x = graph.op("tf.nn.conv1d", (5, B, 2), {"data_format": "NWC"}, input=x, filters=graph.variable(3, 4, 2))
    y = graph.op("keras.ops.transpose", (B, 5, 2), {"axes": (1, 0, 2)}, x=x)
    assert lines(graph.model(y)) == [4]


def test_an_op_along_the_features_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    assert lines(graph.model(graph.op("keras.ops.softmax", (B, 4), {"axis": -1}, x=x))) == []


def test_what_only_training_runs_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.add("op", "keras.ops.flip", (B, 4), {"x": x}, config={"axis": 0}, guards=(TRAINING_GUARD,))
    assert lines(graph.model(y)) == []


def test_two_ops_that_reorder_one_after_the_other_are_silent() -> None:
    graph = Graph()
    x = graph.op("keras.ops.flip", (B, 4), {"axis": 0}, x=graph.input(B, 4))
    x = graph.layer("Dense", x, (B, 3))
    assert lines(graph.model(graph.op("keras.ops.flip", (B, 3), {"axis": 0}, x=x))) == []


def test_a_model_that_gives_one_number_is_a_loss() -> None:
    graph = Graph()
    x = graph.op("keras.ops.softmax", (B, 4), {"axis": 0}, x=graph.input(B, 4))
    assert lines(graph.model(graph.op("keras.ops.sum", (), {"axis": None}, x=x))) == []


def test_an_axis_that_was_left_out_is_another_rules() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.add("op", "tf.math.cumsum", (B, 4), {"x": x}, config={"axis": 0}, defaulted=("axis",))
    assert lines(graph.model(y)) == []


def test_a_transpose_that_is_a_mistake_by_itself_is_told_alone() -> None:
    graph = Graph()
    x = graph.op("keras.ops.transpose", (4, B), {"axes": None}, x=graph.input(B, 4))
    assert lines(graph.model(graph.op("keras.ops.softmax", (4, B), {"axis": -1}, x=x))) == []
