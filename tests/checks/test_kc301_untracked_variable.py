from __future__ import annotations

import pytest
from hand_made import Graph, line

from kerascheck.checks.kc301_untracked_variable import check
from kerascheck.program import Program
from kerascheck.shapes import UNKNOWN
from kerascheck.shapes.dim import batch

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


@pytest.mark.parametrize("owner", ["attribute", "global", "closure", "scope", "module"])
def test_an_untracked_variable_is_found_where_it_is_made(owner: str) -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, owner=owner)
    assert lines(graph.model(graph.op("tf.math.multiply", (B, 4), {}, x=x, y=w))) == [2]


def test_the_trail_shows_where_it_is_used() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, owner="attribute")
    (finding,) = check(graph.model(graph.op("tf.math.multiply", (B, 4), {}, x=x, y=w)))
    assert [step.span for step in finding.trail] == [line(3)]
    assert finding.help == "make it a weight: `self.add_weight(...)` in the layer's `build`"


def test_a_variable_that_a_lambda_refers_to_is_found() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, owner="closure")
    y = graph.add("op", "keras.backend.dot", (B, 4), {"x": x, "y": w}, in_lambda=True, on_keras_tensor=True)
    (finding,) = check(graph.model(y))
    assert finding.span == line(2)
    assert finding.help is not None
    assert "Lambda" in finding.help


def test_a_layer_that_nobody_calls_is_judged_by_its_own_output() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, owner="attribute")
    assert lines(graph.model(graph.op("tf.math.add", (B, 4), {}, x=x, y=w), kind="layer")) == [2]


def test_a_weight_shared_by_two_layers_is_silent() -> None:
    graph = Graph()
    x, embeddings = graph.input(B, 8), graph.variable(20, 8, tracked=True)
    assert lines(graph.model(graph.op("tf.linalg.matmul", (B, 20), {}, a=x, b=embeddings))) == []


def test_a_variable_whose_holder_is_unknown_is_silent() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, tracked=None)
    assert lines(graph.model(graph.op("tf.math.multiply", (B, 4), {}, x=x, y=w))) == []


@pytest.mark.parametrize("trainable", [False, None, UNKNOWN])
def test_a_variable_that_is_not_certainly_meant_to_be_trained_is_silent(trainable: object) -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, config={"trainable": trainable})
    assert lines(graph.model(graph.op("tf.math.multiply", (B, 4), {}, x=x, y=w))) == []


def test_an_integer_variable_is_silent() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, dtype="int64")
    assert lines(graph.model(graph.op("tf.math.multiply", (B, 4), {}, x=x, y=w))) == []


def test_a_moving_average_that_the_code_assigns_to_is_silent() -> None:
    graph = Graph()
    x, mean = graph.input(B, 4), graph.variable(4)
    graph.add("op", "tf.Variable.assign", (4,), {"variable": mean, "value": x})
    assert lines(graph.model(graph.op("tf.math.subtract", (B, 4), {}, x=x, y=mean))) == []


def test_a_variable_that_is_only_read_for_an_assignment_is_found() -> None:
    graph = Graph()
    x, count, w = graph.input(B, 4), graph.variable(4, tracked=True), graph.variable(4)
    graph.add("op", "tf.Variable.assign", (4,), {"variable": count, "value": w})
    assert lines(graph.model(graph.op("tf.math.subtract", (B, 4), {}, x=x, y=w))) == [3]


def test_a_variable_that_reaches_no_output_is_silent() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4)
    graph.op("tf.math.multiply", (B, 4), {}, x=x, y=w)
    assert lines(graph.model(x)) == []


def test_a_variable_behind_a_stop_gradient_is_silent() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4)
    stopped = graph.op("tf.stop_gradient", (4,), {}, input=w)
    assert lines(graph.model(graph.op("tf.math.multiply", (B, 4), {}, x=x, y=stopped))) == []


def test_graph_code_without_a_model_is_silent() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, owner="scope")
    assert lines(graph.model(graph.op("tf.linalg.matmul", (B, 4), {}, a=x, b=w), kind="fragment")) == []


def test_a_variable_made_once_for_each_of_two_layers_is_one_finding() -> None:
    graph = Graph()
    x = graph.input(B, 4)
    for _ in range(2):
        w = graph.add("variable", "tf.Variable", (4,), {}, tracked=False, at=9)
        x = graph.op("tf.math.multiply", (B, 4), {}, x=x, y=w)
    assert lines(graph.model(x)) == [9]


def test_a_variable_on_a_keras_tensor_is_left_to_its_own_rule() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, owner="global")
    y = graph.add("op", "keras.ops.multiply", (B, 4), {"x1": x, "x2": w}, on_keras_tensor=True)
    assert lines(graph.model(y)) == []
