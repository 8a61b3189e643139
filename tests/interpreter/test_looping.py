"""Functions of TensorFlow and Keras that run the user's own for each slice, or again and again."""

from __future__ import annotations

import pytest

from tests.interpreter.support import named, run

LOOPS = [
    ("keras", "tf.map_fn(lambda e: tf.reduce_sum(e, axis=0), x)", "(None, 3)"),
    ("keras", "tf.map_fn(lambda e: (e[0], e[1][:, :2]), (x, x), fn_output_signature=(tf.float32, tf.float32))[1]",
     "(None, 5, 2)"),
    ("keras", "ops.map(lambda e: ops.sum(e, axis=-1), x)", "(None, 5)"),
    ("keras", "ops.vectorized_map(lambda e: e[:2], x)", "(None, 2, 3)"),
    ("keras", "tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s * 2.0), [tf.constant(0), x])[1]",
     "(None, 5, 3)"),
    ("keras", "ops.fori_loop(0, 3, lambda i, s: s + 1.0, x)", "(None, 5, 3)"),
    ("keras", "ops.scan(lambda s, e: (s + e, ops.sum(s, -1)), x[:, 0], ops.transpose(x, (1, 0, 2)))[1]", "(5, None)"),
    ("tf_keras", "tf.scan(lambda s, e: s + e, tf.transpose(x, (1, 0, 2)))", "(5, None, 3)"),
    ("tf_keras", "tf.foldl(lambda s, e: s + e, tf.transpose(x, (1, 0, 2)))", "(None, 3)"),
    ("keras", "ops.fori_loop(0, 3, lambda i, s: ops.concatenate([s, s]), x)", "?"),
    ("keras", "tf.map_fn(unknown, x)", "?"),
]  # fmt: skip


@pytest.mark.parametrize(("keras", "expression", "shape"), LOOPS)
def test_a_function_that_runs_for_each_slice_is_run_once_to_see(keras: str, expression: str, shape: str) -> None:
    program = run(
        f"""
        import tensorflow as tf
        import {keras} as keras
        from keras import ops
        from elsewhere import unknown

        class Looping(keras.layers.Layer):
            def call(self, x):
                return {expression}

        x = keras.Input((5, 3))
        Looping(name="end")(x)
        """
    )
    assert str(named(program, "end").shape) == shape
