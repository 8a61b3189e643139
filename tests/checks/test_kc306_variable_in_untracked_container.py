from __future__ import annotations

from hand_made import Graph

from kerascheck.checks.kc301_untracked_variable import check as kc301
from kerascheck.checks.kc306_variable_in_untracked_container import check
from kerascheck.program import Program
from kerascheck.shapes.dim import batch

B = batch()


def _held_by(owner: str) -> Program:
    graph = Graph()
    x, w = graph.input(B, 4), graph.variable(4, owner=owner)
    return graph.model(graph.op("tf.math.multiply", (B, 4), {}, x=x, y=w))


def test_a_variable_in_an_object_is_told_by_this_rule_alone() -> None:
    program = _held_by("container")
    assert [finding.span.line for finding in check(program)] == [2]
    assert list(kc301(program)) == []


def test_one_in_an_attribute_is_not() -> None:
    assert list(check(_held_by("attribute"))) == []
