"""What kind of layer or op a node is: what a viewer paints it by. Told by where its shape rule is written."""

from __future__ import annotations

from functools import cache

from kerascheck.graph import Node

_LAYER_MODULES = {
    "convolution": "convolution",
    "conv_lstm": "recurrent",
    "core": "dense",
    "pooling": "pooling",
    "reshaping": "reshaping",
    "regularization": "regularization",
    "normalization": "normalization",
    "merging": "merging",
    "activation": "activation",
    "recurrent": "recurrent",
    "attention": "attention",
    "wrappers": "recurrent",
    "preprocessing": "preprocessing",
}
"""The families by the modules of ``semantics.layers``."""

_LAYERS = {
    "keras.layers.Activation": "activation",
    "keras.layers.Identity": "op",
    "keras.layers.Lambda": "custom",
    "keras.layers.Masking": "regularization",
}
"""The families of the layers that share a module with what they are not."""

_OP_FAMILIES = {
    "reduction": "pooling",
    "reshape": "reshaping",
    "transpose": "reshaping",
    "join": "merging",
    "contraction": "dense",
    "elementwise": "activation",
}
"""The families by what ``semantics.api`` says an op does to its axes."""


def family(node: Node) -> str:
    """``convolution``, ``normalization``…; ``custom`` for a user's own layer, ``op`` for what is none of these."""
    if node.kind in ("input", "variable", "constant"):
        return node.kind
    if "." not in node.op:
        return "custom"
    if node.kind == "model":
        return "model"
    return _family_of(node.op)


@cache
def _family_of(op: str) -> str:
    from kerascheck.semantics.api import find_layer, find_op

    if op in _LAYERS:
        return _LAYERS[op]
    layer = find_layer(op)
    if layer is not None:
        return _LAYER_MODULES.get(layer.__module__.rpartition(".")[2], "op")
    info = find_op(op)
    return "op" if info is None else _OP_FAMILIES.get(info.family.value, "op")
