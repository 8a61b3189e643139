from __future__ import annotations

import pytest
from hand_made import Graph

from kerascheck.checks.kc510_assert_ignored import check
from kerascheck.checks.tpu import JIT_GUARD
from kerascheck.graph import Endpoint, Operation
from kerascheck.program import Program
from kerascheck.shapes.dim import batch

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


def asserting(op: str, device: str = "tpu", *guards: str) -> Program:
    graph = Graph(device)
    x = graph.input(B, 4)
    graph.add("op", op, (), {"x": x}, guards=guards)
    return graph.model(x)


@pytest.mark.parametrize(
    "op", ["tf.debugging.assert_positive", "tf.debugging.check_numerics", "tf.Assert", "tf.compat.v1.assert_positive"]
)
def test_an_assertion_of_values_is_dropped(op: str) -> None:
    assert lines(asserting(op)) == [2]


@pytest.mark.parametrize(
    "op", ["tf.debugging.assert_rank", "tf.debugging.assert_shapes", "tf.debugging.assert_type", "tf.ensure_shape"]
)
def test_an_assertion_of_shapes_or_types_is_decided_before(op: str) -> None:
    assert lines(asserting(op)) == []


def test_a_cpu_raises() -> None:
    assert lines(asserting("tf.debugging.assert_positive", "cpu")) == []


def test_a_compiled_function_drops_it_on_any_device() -> None:
    assert lines(asserting("tf.debugging.assert_positive", "cpu", JIT_GUARD)) == [2]


def test_the_host_checks() -> None:
    assert lines(asserting("tf.debugging.assert_positive", "tpu", "host")) == []


def test_what_is_asserted_of_a_shape_is_known_when_it_is_compiled() -> None:
    graph = Graph("tpu")
    x = graph.input(B, 4)
    shape = graph.op("tf.shape", (2,), {}, input=x)
    size = graph.op("keras.ops.get_item", (), {"key": 1}, x=shape)
    graph.op("tf.debugging.assert_equal", (), {"y": 4}, x=size)
    assert lines(graph.model(x)) == []


def opened(*operations: Operation) -> Program:
    graph = Graph("tpu")
    x = graph.input(B, 4)
    node = graph.op("tf.debugging.assert_positive", (), {}, x=x)
    graph.program.recorder.operations[node.identifier] = operations
    return graph.model(x)


def test_an_opened_assertion_that_left_no_check_is_silent() -> None:
    assert lines(opened(Operation("n2/Const", "Const", "n2"))) == []


def test_an_opened_assertion_of_constants_is_silent() -> None:
    constant = Operation("n2/Const", "Const", "n2")
    assert lines(opened(constant, Operation("n2/Assert", "Assert", "n2", (Endpoint("n2/Const"),)))) == []


def test_an_opened_assertion_that_reads_the_data_is_told() -> None:
    assert lines(opened(Operation("n2/Assert", "Assert", "n2", (Endpoint("n1"),)))) == [2]


def test_an_assertion_within_a_branch_is_told_by_what_its_condition_reads() -> None:
    branch = Operation("n2/If", "If", "n2", (Endpoint("n1"),))
    inside = Operation("n2/If/else/Assert", "Assert", "n2", parent="n2/If", body="else_branch")
    assert lines(opened(branch, inside)) == [2]
