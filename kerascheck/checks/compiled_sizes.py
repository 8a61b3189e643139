"""The sizes that XLA has to know at compile time: what the rules about them share."""

from __future__ import annotations

from collections.abc import Mapping

from kerascheck.catalog import find
from kerascheck.graph import ModelGraph, Node

SIZES: Mapping[str, tuple[str, ...]] = {
    "keras.ops.arange": ("start", "stop", "step"),
    "keras.ops.broadcast_to": ("shape",),
    "keras.ops.full": ("shape",),
    "keras.ops.one_hot": ("num_classes",),
    "keras.ops.ones": ("shape",),
    "keras.ops.pad": ("pad_width",),
    "keras.ops.reshape": ("newshape",),
    "keras.ops.tile": ("repeats",),
    "keras.ops.zeros": ("shape",),
    "tf.broadcast_to": ("shape",),
    "tf.eye": ("num_rows", "num_columns"),
    "tf.fill": ("dims",),
    "tf.image.resize": ("size",),
    "tf.linspace": ("num",),
    "tf.one_hot": ("depth",),
    "tf.ones": ("shape",),
    "tf.pad": ("paddings",),
    "tf.random.normal": ("shape",),
    "tf.random.uniform": ("shape",),
    "tf.range": ("start", "limit", "delta"),
    "tf.reshape": ("shape",),
    "tf.scatter_nd": ("shape",),
    "tf.sequence_mask": ("maxlen",),
    "tf.tile": ("multiples",),
    "tf.zeros": ("shape",),
}
"""The arguments that XLA has to know at compile time, as lowering each showed."""


def size_operands(model: ModelGraph, node: Node) -> list[Node]:
    """The tensors that an op is given as such a size."""
    symbol = find(node.op)
    names = SIZES.get(node.op) or (SIZES.get(symbol.canonical, ()) if symbol is not None else ())
    return [source for source, edge in model.operands(node) if edge.argument.partition(".")[0] in names]
