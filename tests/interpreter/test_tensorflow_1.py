"""Arguments that only TensorFlow 1 took: its function is meant, and an argument nobody takes decides nothing."""

from __future__ import annotations

import pytest

from tests.interpreter.support import run

PROGRAM = """
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 7, 5])
y = {call}
"""


@pytest.mark.parametrize(
    ("call", "op", "shape"),
    [
        ("tf.reduce_sum(x, reduction_indices=1)", "tf.compat.v1.reduce_sum", "(None, 5)"),
        ("tf.reduce_mean(x, 2, keep_dims=True)", "tf.compat.v1.reduce_mean", "(None, 7, 1)"),
        ("tf.argmax(x, dimension=1)", "tf.compat.v1.math.argmax", "(None, 5)"),
        ("tf.expand_dims(x, dim=1)", "tf.compat.v1.expand_dims", "(None, 1, 7, 5)"),
        ("tf.reduce_sum(x, axis=1)", "tf.math.reduce_sum", "(None, 5)"),
    ],
)
def test_an_argument_of_tensorflow_1_means_its_function(call: str, op: str, shape: str) -> None:
    last = [node for _, node in run(PROGRAM.format(call=call)).nodes()][-1]
    assert (last.op, str(last.outputs[0].shape)) == (op, shape)


def test_what_an_argument_that_nobody_takes_was_meant_to_do_is_not_known() -> None:
    last = [node for _, node in run(PROGRAM.format(call="tf.reduce_sum(x, axes=1)")).nodes()][-1]
    assert last.outputs[0].shape.dims is None


def test_a_sum_over_an_axis_by_its_old_name_is_no_full_reduction() -> None:
    done = run(PROGRAM.format(call="tf.reduce_sum(x, reduction_indices=[1, 2])"))
    assert [str(node.outputs[0].shape) for _, node in done.nodes()][-1] == "(None,)"
