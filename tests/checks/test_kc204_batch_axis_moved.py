from __future__ import annotations

from hand_made import Graph, line

from kerascheck.checks.kc204_batch_axis_moved import check
from kerascheck.program import Program
from kerascheck.shapes import UNKNOWN
from kerascheck.shapes.dim import batch, symbol

B = batch()
BY_STEP = {"axes": (1, 0, 2)}


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


def test_an_output_without_a_row_for_each_sample_is_told_at_the_transpose() -> None:
    graph = Graph()
    y = graph.op("keras.ops.transpose", (4, B), {"axes": None}, x=graph.input(B, 4))
    (finding,) = check(graph.model(y))
    assert finding.span == line(2)
    assert finding.message == (
        "`transpose(...)` moves the batch axis of (None, 4) to axis 1, and the output has no row for each sample"
    )
    assert finding.label == "(4, None): axis 1 is the batch"
    assert [step.span for step in finding.trail] == [line(1)]


def test_the_layer_that_takes_axis_0_for_the_batch_is_in_the_trail() -> None:
    graph = Graph()
    x = graph.op("keras.ops.transpose", (5, B, 4), BY_STEP, x=graph.input(B, 5, 4))
    (finding,) = check(graph.model(graph.layer("LSTM", x, (5, 3))))
    assert finding.message.endswith("and `LSTM(...)` takes axis 0 for the batch")
    assert [(step.span, step.note) for step in finding.trail][-1] == (line(3), "works along axis 1, the batch")


def test_what_lies_between_the_transpose_and_the_output_is_followed() -> None:
    graph = Graph()
    x = graph.op("keras.ops.transpose", (5, B, 4), BY_STEP, x=graph.input(B, 5, 4))
    x = graph.layer("Dense", x, (5, B, 3))
    assert lines(graph.model(graph.op("keras.ops.relu", (5, B, 3), {}, x=x))) == [2]


def test_a_transpose_that_is_taken_back_is_silent() -> None:
    graph = Graph()
    x = graph.op("keras.ops.transpose", (5, B, 4), BY_STEP, x=graph.input(B, 5, 4))
    x = graph.layer("Dense", x, (5, B, 3))
    assert lines(graph.model(graph.op("keras.ops.transpose", (B, 5, 3), BY_STEP, x=x))) == []


def test_a_layer_that_only_looks_at_the_features_is_silent() -> None:
    graph = Graph()
    x = graph.op("keras.ops.transpose", (5, B, 4), BY_STEP, x=graph.input(B, 5, 4))
    x = graph.layer("LayerNormalization", x, (5, B, 4))
    assert lines(graph.model(graph.op("keras.ops.transpose", (B, 5, 4), BY_STEP, x=x))) == []


def test_a_recurrent_layer_with_time_first_is_silent() -> None:
    graph = Graph()
    x = graph.op("keras.ops.transpose", (5, B, 4), BY_STEP, x=graph.input(B, 5, 4))
    assert lines(graph.model(graph.layer("LSTM", x, (B, 3), config={"time_major": True}))) == []


def test_an_axis_of_unknown_length_in_front_is_not_the_batch() -> None:
    graph = Graph()
    x = graph.input(B, symbol("T"), 4)
    assert lines(graph.model(graph.op("keras.ops.transpose", (symbol("T"), B, 4), BY_STEP, x=x))) == [2]


def test_a_size_that_is_not_known_in_front_is_silent() -> None:
    graph = Graph()
    x = graph.input(B, UNKNOWN, 4)
    assert lines(graph.model(graph.op("keras.ops.transpose", (UNKNOWN, B, 4), BY_STEP, x=x))) == []


def test_a_layer_that_no_model_calls_is_silent() -> None:
    graph = Graph()
    y = graph.op("keras.ops.transpose", (4, B), {"axes": None}, x=graph.input(B, 4))
    assert lines(graph.model(y, kind="layer")) == []


def test_a_stack_in_front_of_the_batch_is_another_rules() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    assert lines(graph.model(graph.op("keras.ops.stack", (2, B, 4), {"axis": 0}, **{"x.0": x, "x.1": x}))) == []
