from __future__ import annotations

import pytest
from hand_made import Graph

from kerascheck.checks.kc214_scan_over_samples import check
from kerascheck.program import Program
from kerascheck.semantics.api import UserFunction
from kerascheck.shapes import Dim
from kerascheck.shapes.dim import batch

B = batch()


def scanned(function: object, *shape: Dim) -> Program:
    graph = Graph()
    return graph.model(graph.op("tf.scan", None, {"fn": function}, elems=graph.input(*shape)))


def test_a_function_that_reads_its_state_carries_it_from_sample_to_sample() -> None:
    (finding,) = check(scanned(UserFunction("step", ("state", "value"), ("state", "value")), B, 4))
    assert "goes over the samples of a batch and carries a state from each to the next" in finding.message


@pytest.mark.parametrize("function", [UserFunction("step", ("_", "value"), ("value",)), object()])
def test_a_function_that_does_not_read_it_or_is_not_known_is_left_alone(function: object) -> None:
    assert list(check(scanned(function, B, 4))) == []


def test_steps_of_time_may_carry_a_state() -> None:
    assert list(check(scanned(UserFunction("step", ("a", "b"), ("a", "b")), 5, B, 4))) == []
