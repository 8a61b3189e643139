"""A subclassed Keras 3 model: what its layers compute is seen, call by call, in the terms of the user's own source."""

from __future__ import annotations

import pytest

from kerascheck.checks.kc201_batch_axis_reduction import check as kc201
from kerascheck.checks.kc203_batch_folding_reshape import check as kc203
from kerascheck.checks.kc301_untracked_variable import check as kc301
from kerascheck.checks.kc401_batchnorm_never_updated import check as kc401
from kerascheck.graph import Node
from kerascheck.program import Program

from .conftest import Run

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def program(traced: Run) -> Program:
    outcome = traced("subclassed.py")
    assert outcome.program is not None
    return outcome.program


def _nodes(program: Program, op: str) -> list[Node]:
    return [node for _, node in program.nodes() if node.op == op]


def test_a_hand_written_training_loop_is_ended_after_a_few_steps(traced: Run) -> None:
    outcome = traced("subclassed.py")
    assert outcome.ending == "stopped"
    assert outcome.sentence.endswith("subclassed.py:44 was ended after 3 steps")


def test_the_calls_inside_a_layer_nest_in_its_scope(program: Program) -> None:
    inside = [node for _, node in program.nodes() if node.scope == ("net", "gate")]
    assert [(node.op, node.source.span.line if node.source else 0) for node in inside] == [
        ("tf.linalg.matmul", 20),
        ("keras.ops.multiply", 20),
        ("keras.layers.Dense", 20),
        ("tf.math.reduce_sum", 17),
        ("keras.ops.add", 21),
    ]


def test_an_inner_call_tells_the_way_that_led_to_it(program: Program) -> None:
    (node,) = _nodes(program, "tf.math.reduce_sum")
    assert node.source is not None
    assert (node.source.text, node.source.span.column) == ("tf.reduce_sum(x, axis=0)", 16)
    assert [span.line for span in node.source.stack] == [21, 31, 42, 48]


def test_the_batch_is_found_by_what_scales_with_it(program: Program) -> None:
    (node,) = _nodes(program, "tf.reshape")
    assert node.shape.texts() == ["2*B", 3]


def test_a_plain_variable_is_not_tracked_and_a_weight_is(program: Program) -> None:
    (plain,) = _nodes(program, "tf.Variable")
    (weight,) = _nodes(program, "keras.Variable")
    assert (plain.tracked, plain.owner, plain.source.text if plain.source else "") == (
        False,
        "attribute",
        "tf.Variable(1.0)",
    )
    assert (weight.tracked, weight.owner) == (True, None)


def test_the_same_rules_run_on_it(program: Program) -> None:
    found = {
        name: [finding.span.line for finding in check(program)]
        for name, check in (("KC201", kc201), ("KC203", kc203), ("KC301", kc301), ("KC401", kc401))
    }
    assert found == {"KC201": [17], "KC203": [32], "KC301": [10], "KC401": [42]}
