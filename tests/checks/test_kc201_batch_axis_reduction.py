from __future__ import annotations

import pytest
from hand_made import ANY_RANK, Graph, line

from kerascheck.checks.kc201_batch_axis_reduction import check
from kerascheck.graph import TRAINING_GUARD
from kerascheck.program import Program
from kerascheck.shapes import UNKNOWN
from kerascheck.shapes.dim import batch, symbol

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


@pytest.mark.parametrize(
    ("op", "operand", "config"),
    [
        ("keras.ops.sum", "x", {"axis": 0, "keepdims": True}),
        ("keras.ops.mean", "x", {"axis": [0], "keepdims": True}),
        ("keras.ops.norm", "x", {"ord": None, "axis": -2, "keepdims": True}),
        ("tf.math.reduce_max", "input_tensor", {"axis": (0, 1), "keepdims": True}),
        ("keras.backend.std", "x", {"axis": 0, "keepdims": True}),
        ("tf.math.argmax", "input", {"axis": 0, "output_type": "int64"}),
    ],
)
def test_a_reduction_over_the_batch_is_found_at_its_line(op: str, operand: str, config: dict[str, object]) -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.op(op, (1, 4), config, **{operand: x})
    assert lines(graph.model(y)) == [2]


def test_the_message_names_the_expression_and_the_shape() -> None:
    graph = Graph()
    y = graph.op("keras.ops.sum", (4,), {"axis": 0}, x=graph.input(B, 4))
    (finding,) = check(graph.model(y))
    assert "`sum(...)`" in finding.message
    assert "(None, 4)" in finding.message
    assert finding.help == "reduce over the features instead: `axis=-1`"
    assert [step.span for step in finding.trail] == [line(1)]


def test_the_batch_is_followed_through_a_transpose() -> None:
    graph = Graph()
    x = graph.op("keras.ops.transpose", (4, B), {"axes": None}, x=graph.input(B, 4))
    y = graph.op("keras.ops.mean", (4,), {"axis": 1}, x=x)
    (finding,) = check(graph.model(y))
    assert finding.label == "axis 1 is the batch, the result is (4,)"
    assert finding.help == "reduce over the features instead: `axis=0`"


def test_axis_zero_of_a_transposed_tensor_is_not_the_batch() -> None:
    graph = Graph()
    x = graph.op("keras.ops.transpose", (4, B), {"axes": None}, x=graph.input(B, 4))
    assert lines(graph.model(graph.op("keras.ops.mean", (B,), {"axis": 0}, x=x))) == []


def test_a_batch_folded_with_another_axis_is_still_the_batch() -> None:
    graph = Graph()
    x = graph.op("tf.reshape", (9 * B, 4), {"shape": (-1, 4)}, tensor=graph.input(B, 3, 3, 4))
    assert lines(graph.model(graph.op("tf.math.reduce_mean", (4,), {"axis": 0}, input_tensor=x))) == [3]


def test_a_reduction_over_the_features_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    assert lines(graph.model(graph.op("keras.ops.sum", (B,), {"axis": -1}, x=x))) == []


def test_axis_zero_of_a_weight_is_silent() -> None:
    graph = Graph()
    x, kernel = graph.input(B, 4), graph.variable(4, 3, tracked=True)
    norm = graph.op("tf.math.reduce_sum", (3,), {"axis": 0}, input_tensor=kernel)
    assert lines(graph.model(graph.op("keras.ops.add", (B, 3), {}, x1=x, x2=norm))) == []


def test_a_batch_mean_that_reaches_no_output_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    graph.op("keras.ops.mean", (4,), {"axis": 0}, x=x)
    assert lines(graph.model(x)) == []


def test_batch_statistics_under_training_are_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    mean = graph.add("op", "keras.ops.mean", (4,), {"x": x}, config={"axis": 0}, guards=(TRAINING_GUARD,))
    assert lines(graph.model(graph.op("keras.ops.subtract", (B, 4), {}, x1=x, x2=mean))) == []


def test_a_longest_length_that_only_sizes_a_mask_is_silent() -> None:
    graph = Graph()
    lengths = graph.input(B)
    longest = graph.op("tf.math.reduce_max", (), {"axis": 0}, input_tensor=lengths)
    mask = graph.op("tf.sequence_mask", (B, UNKNOWN), {}, lengths=lengths, maxlen=longest)
    assert lines(graph.model(mask)) == []


def test_an_axis_of_unknown_value_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    assert lines(graph.model(graph.op("keras.ops.sum", None, {"axis": UNKNOWN}, x=x))) == []


def test_a_batch_fixed_to_one_sample_is_silent() -> None:
    graph = Graph()
    x = graph.input(batch(1), 4)
    assert lines(graph.model(graph.op("keras.ops.sum", (4,), {"axis": 0}, x=x))) == []


def test_an_unknown_size_is_not_taken_for_the_batch() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    y = graph.op("tf.gather", (UNKNOWN, UNKNOWN), {}, params=x)
    assert lines(graph.model(graph.op("keras.ops.sum", (UNKNOWN,), {"axis": 0}, x=y))) == []


def test_axis_zero_of_a_layers_own_input_of_any_rank_is_the_batch() -> None:
    graph = Graph()
    x = graph.add("input", "keras.Input", ANY_RANK, {})
    gelu = graph.op("keras.ops.gelu", ANY_RANK, {"approximate": True}, x=x)
    y = graph.op("tf.math.reduce_sum", ANY_RANK, {"axis": 0}, input_tensor=gelu)
    assert lines(graph.model(y, kind="layer")) == [3]


@pytest.mark.parametrize("axis", [-1, 1, -2])
def test_another_axis_of_a_layers_own_input_of_any_rank_is_silent(axis: int) -> None:
    graph = Graph()
    x = graph.add("input", "keras.Input", ANY_RANK, {})
    y = graph.op("tf.math.reduce_sum", ANY_RANK, {"axis": axis}, input_tensor=x)
    assert lines(graph.model(y, kind="layer")) == []


def test_a_fragment_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    assert lines(graph.model(graph.op("keras.ops.sum", (4,), {"axis": 0}, x=x), kind="fragment")) == []


def test_a_layer_that_makes_one_number_of_targets_and_predictions_is_a_loss() -> None:
    graph = Graph()
    targets, predictions = graph.input(B, 4), graph.input(B, 4)
    difference = graph.op("keras.ops.subtract", (B, 4), {}, x1=targets, x2=predictions)
    loss = graph.op("keras.ops.mean", (), {"axis": (0, 1)}, x=difference)
    assert lines(graph.model(loss, kind="layer")) == []


def test_one_line_in_two_models_is_one_finding() -> None:
    graph = Graph()
    y = graph.op("keras.ops.sum", (symbol("H"),), {"axis": 0}, x=graph.input(B, symbol("H")))
    graph.model(y)
    assert lines(graph.model(y)) == [2]


def test_a_missing_axis_is_left_to_the_full_reduction_rule() -> None:
    graph = Graph()
    y = graph.op("keras.ops.sum", (), {"axis": None}, x=graph.input(B, 4))
    assert lines(graph.model(y)) == []
