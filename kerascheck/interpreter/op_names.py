"""The names that Keras gives to the layers which stand for ops on its symbolic tensors."""

from __future__ import annotations

OPERATOR_LAYERS = {
    "add": "tf.__operators__.add",
    "subtract": "tf.math.subtract",
    "multiply": "tf.math.multiply",
    "divide": "tf.math.truediv",
    "floor_divide": "tf.compat.v1.floor_div",
    "mod": "tf.math.floormod",
    "power": "tf.math.pow",
    "matmul": "tf.linalg.matmul",
    "negative": "tf.math.negative",
    "less": "tf.math.less",
    "less_equal": "tf.math.less_equal",
    "greater": "tf.math.greater",
    "greater_equal": "tf.math.greater_equal",
    "equal": "tf.__operators__.eq",
    "not_equal": "tf.__operators__.ne",
    "get_item": "tf.__operators__.getitem",
    "bitwise_and": "tf.math.logical_and",
    "bitwise_or": "tf.math.logical_or",
    "logical_not": "tf.math.logical_not",
}
"""Keras 2: the layer that an operator becomes, by the op's name in ``keras.ops``."""
COMPAT_NAMES = frozenset({"tf.shape", "tf.squeeze", "tf.transpose", "tf.gather", "tf.pad", "tf.norm"})
"""Functions whose layer bears the name they have in ``tf.compat.v1``."""


def op_layer_name(op: str, generation: int) -> str:
    """What the layer of an op on a KerasTensor is called, before it is numbered.

    Keras 3 takes the op's class, whose name is the function's: ``add``; Keras 2 the public name of TensorFlow's
    function: ``tf.math.reduce_mean``.
    """
    short = op.rsplit(".", maxsplit=1)[-1]
    if generation == 3:
        return short
    if op.startswith("keras.ops."):
        return OPERATOR_LAYERS.get(short, short)
    if op in COMPAT_NAMES:
        return f"tf.compat.v1.{short}"
    return op if op.startswith("tf.") else short
