from __future__ import annotations

import pytest
from hand_made import Graph, line

from kerascheck.checks.kc302_variable_on_keras_tensor import check
from kerascheck.program import Program
from kerascheck.shapes.dim import batch

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


@pytest.mark.parametrize("op", ["keras.ops.multiply", "keras.ops.matmul", "tf.math.add", "keras.backend.dot"])
def test_a_variable_combined_with_a_keras_tensor_is_found_at_the_operation(op: str) -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, owner="global")
    y = graph.add("op", op, (B, 4), {"x1": x, "x2": w}, on_keras_tensor=True)
    (finding,) = check(graph.model(y))
    assert finding.span == line(3)
    assert [step.span for step in finding.trail] == [line(2)]


def test_a_variable_that_is_computed_with_first_is_followed() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, owner="global")
    gain = graph.op("tf.math.exp", (4,), {}, x=w)
    y = graph.add("op", "keras.ops.multiply", (B, 4), {"x1": x, "x2": gain}, on_keras_tensor=True)
    assert lines(graph.model(y)) == [4]


def test_a_variable_used_twice_is_one_finding_at_its_first_use() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4)
    y = graph.add("op", "keras.ops.multiply", (B, 4), {"x1": x, "x2": w}, on_keras_tensor=True)
    z = graph.add("op", "keras.ops.add", (B, 4), {"x1": y, "x2": w}, on_keras_tensor=True)
    (finding,) = check(graph.model(z))
    assert finding.span == line(3)
    assert [step.span for step in finding.trail] == [line(2), line(4)]


def test_a_variable_in_a_lambda_is_left_to_the_other_rule() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4)
    y = graph.add("op", "tf.math.multiply", (B, 4), {"x": x, "y": w}, on_keras_tensor=True, in_lambda=True)
    assert lines(graph.model(y)) == []


def test_a_variable_in_a_layers_call_is_left_to_the_other_rule() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4)
    assert lines(graph.model(graph.op("tf.math.multiply", (B, 4), {}, x=x, y=w))) == []


def test_a_variable_that_is_not_trained_is_silent() -> None:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, config={"trainable": False})
    y = graph.add("op", "keras.ops.multiply", (B, 4), {"x1": x, "x2": w}, on_keras_tensor=True)
    assert lines(graph.model(y)) == []


def test_a_constant_is_silent() -> None:
    graph = Graph()
    x, c = graph.input(B, 4), graph.add("constant", "tf.constant", (4,), {})
    y = graph.add("op", "keras.ops.multiply", (B, 4), {"x1": x, "x2": c}, on_keras_tensor=True)
    assert lines(graph.model(y)) == []
