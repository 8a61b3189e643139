from __future__ import annotations

from hand_made import Graph, line

from kerascheck.checks.kc508_does_not_lower import check
from kerascheck.program import CompiledStep, Program
from kerascheck.shapes import UNKNOWN
from kerascheck.shapes.dim import batch

B = batch()


def program(*ops: str) -> Program:
    """A model of one op after another, each on a line of its own behind the input's."""
    graph = Graph("tpu")
    last = graph.input(B, 4)
    for op in ops:
        last = graph.op(op, (UNKNOWN, 4), {}, x=last)
    return graph.model(last)


def found(traced: Program, **fields: object) -> list[int]:
    step = CompiledStep("inference", 0, line(20), lowers=False, message="no", **fields)  # type: ignore[arg-type]
    traced.steps.append(step)
    return [finding.span.line for finding in check(traced)]


def test_a_refusal_is_told_at_the_users_line() -> None:
    assert found(program("tf.reshape"), operation="Reshape", node="n2", refused=line(2)) == [2]


def test_a_refusal_of_no_known_op_is_told_where_the_model_is_made() -> None:
    assert found(program("tf.reshape")) == [20]


def test_an_op_without_a_kernel_has_a_rule_of_its_own() -> None:
    assert found(program("tf.linalg.det"), operation="MatrixDeterminant", node="n2", refused=line(2)) == []


def test_a_kernel_that_tpus_have_is_no_refusal() -> None:
    assert found(program("tf.reshape"), operation="ResizeNearestNeighborGrad") == []


def test_what_comes_of_a_size_that_depends_on_values_is_told_with_that() -> None:
    traced = program("tf.boolean_mask", "tf.reshape")
    assert found(traced, operation="Reshape", node="n3", refused=line(3)) == []


def test_what_comes_before_it_is_told_for_itself() -> None:
    traced = program("tf.reshape", "tf.boolean_mask")
    assert found(traced, operation="Reshape", node="n2", refused=line(2)) == [2]


def test_a_step_that_lowers_is_silent() -> None:
    traced = program("tf.reshape")
    traced.steps.append(CompiledStep("inference", 0, line(20), lowers=True))
    assert list(check(traced)) == []


def test_a_step_that_was_not_lowered_is_silent() -> None:
    traced = program("tf.reshape")
    traced.steps.append(CompiledStep("inference", 0, line(20), message="not lowered: tracing it took too long"))
    assert list(check(traced)) == []
