"""TF1 graph code: whether a train op's update ops are run with it."""

from __future__ import annotations

import pytest

from tests.interpreter.support import run

GRAPH = """\
import tensorflow.compat.v1 as tf
tf.disable_eager_execution()
x = tf.placeholder(tf.float32, [None, 4])
h = {layer}
loss = tf.reduce_mean(h)
optimizer = tf.train.AdamOptimizer(0.1)
"""
COLLECTED = GRAPH.format(layer="tf.layers.batch_normalization(x, training=True)")
KERAS = GRAPH.format(layer="(bn := tf.keras.layers.BatchNormalization())(x, training=True)")


def updates_run(text: str) -> list[tuple[bool, bool | None]]:
    return [(op.run, op.updates_run) for op in run(text, keras=2).train_ops]


def test_a_train_op_that_runs_alone_leaves_the_updates() -> None:
    assert updates_run(COLLECTED + "train = optimizer.minimize(loss)\ntf.Session().run(train)\n") == [(True, False)]


def test_a_train_op_that_no_session_runs() -> None:
    assert updates_run(COLLECTED + "train = optimizer.minimize(loss)\n") == [(False, False)]


@pytest.mark.parametrize(
    "train",
    [
        "with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):\n"
        "    train = optimizer.minimize(loss)\n",
        "train = tf.group(optimizer.minimize(loss), *tf.get_collection(tf.GraphKeys.UPDATE_OPS))\n",
        "train = [optimizer.minimize(loss), tf.get_collection(tf.GraphKeys.UPDATE_OPS)]\n",
        "ups = tf.group(*tf.get_collection(tf.GraphKeys.UPDATE_OPS))\ntrain = [optimizer.minimize(loss), ups]\n",
    ],
    ids=["control", "group", "fetched", "fetched-group"],
)
def test_updates_are_run_with_the_train_op_in_several_ways(train: str) -> None:
    assert updates_run(COLLECTED + train + "tf.Session().run(train)\n") == [(True, True)]


def test_the_updates_of_a_keras_layer_are_in_no_collection() -> None:
    program = KERAS + (
        "with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):\n"
        "    train = optimizer.minimize(loss)\n"
        "tf.Session().run(train)\n"
    )
    assert updates_run(program) == [(True, False)]


def test_the_updates_of_a_keras_layer_are_its_own() -> None:
    program = (
        KERAS + "with tf.control_dependencies(bn.updates):\n    t = optimizer.minimize(loss)\ntf.Session().run(t)\n"
    )
    assert updates_run(program) == [(True, True)]


def test_updates_fetched_by_themselves_are_undecided() -> None:
    program = COLLECTED + (
        "train = optimizer.minimize(loss)\nsession = tf.Session()\nsession.run(train)\n"
        "session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))\n"
    )
    assert updates_run(program) == [(True, None)]


def test_unknown_fetches_are_undecided() -> None:
    program = COLLECTED + "train = optimizer.minimize(loss)\ntf.Session().run([train, unknown()])\n"
    assert updates_run(program) == [(True, None)]


def test_a_train_op_names_its_place_and_that_of_its_run() -> None:
    (op,) = run(COLLECTED + "train = optimizer.minimize(loss)\ntf.Session().run(train)\n", keras=2).train_ops
    assert op.run_span is not None
    assert (op.span.line, op.run_span.line) == (7, 8)
