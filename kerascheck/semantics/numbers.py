"""The parameters of functions that must be numbers: where a size that Python knows as None makes the call raise.

Each was seen to raise in a layer's ``call`` whose input has an open batch size, with Keras 3 and with tf_keras; on a
KerasTensor itself, some of Keras 3's functions raise only when the model runs.
"""

from __future__ import annotations

from collections.abc import Mapping

NUMBERS: Mapping[str, tuple[str, ...]] = {
    "keras.backend.reshape": ("shape",),
    "keras.ops.arange": ("start",),
    "keras.ops.broadcast_to": ("shape",),
    "keras.ops.cast": ("x",),
    "keras.ops.eye": ("N",),
    "keras.ops.full": ("shape",),
    "keras.ops.ones": ("shape",),
    "keras.ops.repeat": ("repeats",),
    "keras.ops.reshape": ("newshape",),
    "keras.ops.slice": ("shape",),
    "keras.ops.split": ("indices_or_sections",),
    "keras.ops.tile": ("repeats",),
    "keras.ops.zeros": ("shape",),
    "keras.random.normal": ("shape",),
    "tf.broadcast_to": ("shape",),
    "tf.cast": ("x",),
    "tf.constant": ("value",),
    "tf.eye": ("num_rows",),
    "tf.fill": ("dims",),
    "tf.linspace": ("num",),
    "tf.one_hot": ("depth",),
    "tf.ones": ("shape",),
    "tf.random.normal": ("shape",),
    "tf.random.uniform": ("shape",),
    "tf.range": ("start",),
    "tf.repeat": ("repeats",),
    "tf.reshape": ("shape",),
    "tf.scatter_nd": ("shape",),
    "tf.slice": ("size",),
    "tf.split": ("num_or_size_splits",),
    "tf.tile": ("multiples",),
    "tf.zeros": ("shape",),
}
