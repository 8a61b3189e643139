from __future__ import annotations

from hand_made import Graph, line

from kerascheck.checks.kc504_unsupported_dtype import check
from kerascheck.graph import ModelKind
from kerascheck.program import Program
from kerascheck.shapes.dim import batch

B = batch()


def lines(program: Program) -> list[int]:
    return [finding.span.line for finding in check(program)]


def cast(device: str, dtype: str, *guards: str) -> Program:
    graph = Graph(device)
    x = graph.input(B, 4)
    wide = graph.add("op", "tf.cast", (B, 4), {"x": x}, dtype=dtype, guards=guards)
    return graph.model(graph.add("op", "tf.square", (B, 4), {"x": wide}, dtype=dtype))


def test_the_place_where_a_wide_type_begins_is_told_and_what_follows_is_not() -> None:
    assert lines(cast("tpu", "float64")) == [2]


def test_a_type_that_no_tpu_has_is_told_apart_from_a_slow_one() -> None:
    (slow,), (refused,) = check(cast("tpu", "float64")), check(cast("tpu", "complex128"))
    assert "slowly" in slow.message
    assert "no operation of a TPU takes" in refused.message


def test_types_that_tpus_have_are_silent() -> None:
    assert [lines(cast("tpu", dtype)) for dtype in ("float32", "bfloat16", "int64", "uint8", "complex64")] == [[]] * 5


def test_another_device_has_the_type() -> None:
    assert lines(cast("cpu", "float64")) == []


def test_the_host_has_the_type() -> None:
    assert lines(cast("tpu", "float64", "host")) == []


def fed(kind: ModelKind) -> Program:
    graph = Graph("tpu")
    x = graph.add("input", "keras.Input", (B, 4), {}, dtype="float64")
    return graph.model(graph.layer("Dense", x, (B, 4)), kind=kind)


def test_an_input_of_the_type_is_told() -> None:
    assert lines(fed("functional")) == [1]


def test_data_that_a_subclassed_model_was_called_with_are_brought_to_its_own_type() -> None:
    assert lines(fed("subclassed")) == []


def test_data_that_a_sequential_was_fitted_on_are_brought_to_its_own_type() -> None:
    program = fed("sequential")
    program.models[0].span = line(1)
    assert lines(program) == []
