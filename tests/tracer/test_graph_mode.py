"""TF1 graph code and compiled functions: what belongs to no model is a fragment, and the rules still read it."""

from __future__ import annotations

import pytest

from kerascheck.checks.kc402_update_ops_not_run import check as kc402
from kerascheck.checks.kc503_host_callback import check as kc503

from .conftest import Run

pytestmark = pytest.mark.tensorflow


def test_sessions_return_at_once_and_the_graph_is_a_fragment(traced: Run) -> None:
    outcome = traced("graph_mode.py")
    assert outcome.ending == "finished"
    assert outcome.program is not None
    (fragment,) = outcome.program.models
    assert [(node.op, node.shape.texts()) for node in fragment.nodes()] == [
        ("keras.Input", ["B", 4]),
        ("keras.layers.BatchNormalization", ["B", 4]),
        ("keras.layers.Dense", ["B", 1]),
        ("tf.compat.v1.math.reduce_mean", []),
        ("tf.compat.v1.train.Optimizer.minimize", []),
    ]


def test_a_train_op_knows_whether_the_update_ops_are_run_with_it(traced: Run) -> None:
    program = traced("graph_mode.py").program
    assert program is not None
    (train,) = program.train_ops
    assert (train.span.line, train.run, train.updates_run) == (8, True, False)
    assert [finding.span.line for finding in kc402(program)] == [8]


def test_calls_that_no_model_holds_are_a_fragment(traced: Run) -> None:
    program = traced("loose.py").program
    assert program is not None
    loose = next(model for model in program.models if model.name == "fragment")
    assert [(node.name, node.shape.public()) for node in loose.nodes()] == [
        ("image", [None, 9, 9, 3]),
        ("conv2d", [None, 3, 3, 8]),
    ]


def test_what_a_compiled_function_does_is_marked_and_checked(traced: Run) -> None:
    program = traced("loose.py").program
    assert program is not None
    assert {node.op for _, node in program.nodes() if "jit" in node.guards} == {
        "keras.ops.multiply",
        "tf.math.reduce_max",
        "tf.print",
    }
    assert [finding.span.line for finding in kc503(program)] == [10]
