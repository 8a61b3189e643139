from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hand_made import Graph, line

from kerascheck.checks import kc501_op_without_xla_kernel, kc502_dynamic_shape_op, kc503_host_callback
from kerascheck.checks.api import Finding
from kerascheck.checks.tpu import HOST_GUARD, JIT_GUARD
from kerascheck.program import Program
from kerascheck.shapes import UNKNOWN
from kerascheck.shapes.dim import batch

B = batch()

no_kernel = kc501_op_without_xla_kernel.check
dynamic_shape = kc502_dynamic_shape_op.check
host_callback = kc503_host_callback.check
Check = Callable[[Program], Iterator[Finding]]

HAZARDS = [
    pytest.param(no_kernel, "tf.strings.as_string", id="strings"),
    pytest.param(no_kernel, "tf.linalg.det", id="determinant"),
    pytest.param(no_kernel, "tf.math.segment_mean", id="sorted-segments"),
    pytest.param(no_kernel, "tf.image.crop_and_resize", id="crop-and-resize"),
    pytest.param(no_kernel, "keras.ops.det", id="keras-determinant"),
    pytest.param(no_kernel, "keras.layers.StringLookup", id="keras-lookup"),
    pytest.param(dynamic_shape, "keras.ops.nonzero", id="keras-nonzero"),
    pytest.param(dynamic_shape, "tf.boolean_mask", id="boolean-mask"),
    pytest.param(dynamic_shape, "tf.unique", id="unique"),
    pytest.param(host_callback, "tf.py_function", id="py-function"),
    pytest.param(host_callback, "tf.numpy_function", id="numpy-function"),
    pytest.param(host_callback, "tf.print", id="print"),
]
HARMLESS = ["tf.math.multiply", "tf.math.unsorted_segment_mean", "tf.linalg.matmul", "tf.no_such_function"]


def lines(check: Check, program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


def model_with(op: str, device: str, *guards: str) -> Program:
    graph = Graph(device)
    x = graph.input(B, 4)
    kind = "layer" if op.startswith("keras.layers.") else "op"
    return graph.model(graph.add(kind, op, (UNKNOWN, 4), {"x": x}, guards=guards))


@pytest.mark.parametrize(("check", "op"), HAZARDS)
def test_an_op_in_a_model_for_a_tpu_is_found(check: Check, op: str) -> None:
    assert lines(check, model_with(op, "tpu")) == [2]


def test_a_keras_where_of_one_argument_has_a_dynamic_shape() -> None:
    graph = Graph("tpu")
    config = {"x1": None, "x2": None}
    y = graph.op("keras.ops.where", (UNKNOWN, 2), config, condition=graph.input(B, 4))
    assert lines(dynamic_shape, graph.model(y)) == [2]


def test_a_keras_where_that_chooses_keeps_its_shape() -> None:
    graph = Graph("tpu")
    x = graph.input(B, 4)
    y = graph.op("keras.ops.where", (B, 4), {}, condition=x, x1=x, x2=x)
    assert lines(dynamic_shape, graph.model(y)) == []


@pytest.mark.parametrize(("check", "op"), HAZARDS)
def test_each_op_is_told_by_one_rule(check: Check, op: str) -> None:
    program = model_with(op, "tpu")
    told = [one for one in (no_kernel, dynamic_shape, host_callback) if list(one(program))]
    assert told == [check]


@pytest.mark.parametrize(("check", "op"), HAZARDS)
def test_the_same_model_for_a_cpu_is_silent(check: Check, op: str) -> None:
    assert lines(check, model_with(op, "cpu")) == []


@pytest.mark.parametrize(("check", "op"), HAZARDS)
def test_an_op_of_the_input_pipeline_is_silent(check: Check, op: str) -> None:
    assert lines(check, model_with(op, "tpu", HOST_GUARD)) == []


@pytest.mark.parametrize(("check", "op"), HAZARDS)
def test_eager_code_beside_the_models_is_silent(check: Check, op: str) -> None:
    graph = Graph("tpu")
    text = graph.add("constant", "tf.constant", (), {}, dtype="string")
    assert lines(check, graph.model(graph.op(op, (), {}, inputs=text), kind="fragment")) == []


@pytest.mark.parametrize("check", [no_kernel, dynamic_shape, host_callback])
@pytest.mark.parametrize("op", HARMLESS)
def test_an_op_that_compiles_is_silent(check: Check, op: str) -> None:
    assert lines(check, model_with(op, "tpu")) == []


def test_a_where_that_chooses_between_two_tensors_keeps_its_shape() -> None:
    graph = Graph("tpu")
    x = graph.input(B, 4)
    assert lines(dynamic_shape, graph.model(graph.op("tf.where", (B, 4), {}, condition=x, x=x, y=x))) == []


def test_a_where_of_one_argument_has_a_dynamic_shape() -> None:
    graph = Graph("tpu")
    x = graph.input(B, 4)
    config = {"x": None, "y": None, "name": None}
    assert lines(dynamic_shape, graph.model(graph.op("tf.where", (UNKNOWN, 2), config, condition=x))) == [2]


@pytest.mark.parametrize(("check", "op"), [(no_kernel, "tf.strings.as_string"), (host_callback, "tf.py_function")])
def test_a_jit_compiled_function_is_compiled_on_any_device(check: Check, op: str) -> None:
    assert lines(check, model_with(op, "cpu", JIT_GUARD)) == [2]


def test_a_kernel_that_only_tpus_have_is_missing_elsewhere() -> None:
    assert lines(no_kernel, model_with("tf.raw_ops.ResizeNearestNeighborGrad", "tpu")) == []
    assert lines(no_kernel, model_with("tf.raw_ops.ResizeNearestNeighborGrad", "cpu", JIT_GUARD)) == [2]


def test_a_jit_compiled_function_for_a_cpu_may_have_bounded_sizes() -> None:
    assert lines(dynamic_shape, model_with("tf.boolean_mask", "cpu", JIT_GUARD)) == []


def test_a_dead_end_in_a_tpu_model_is_compiled_all_the_same() -> None:
    graph = Graph("tpu")
    x = graph.input(B, 4)
    graph.op("tf.print", (), {}, inputs=x)
    assert lines(host_callback, graph.model(x)) == [2]


def test_the_trail_shows_where_the_tpu_is_asked_for() -> None:
    program = model_with("tf.strings.as_string", "tpu")
    program.device_span = line(50)
    (finding,) = no_kernel(program)
    assert finding.trail[0].span == line(50)


def test_the_message_names_the_expression_and_the_op() -> None:
    (finding,) = no_kernel(model_with("tf.strings.as_string", "tpu"))
    assert "`as_string(...)`" in finding.message
    assert "AsString" in finding.message
