"""What a layer of Keras's keeps of its constructor's arguments: ``conv.kernel_size`` is a tuple, whatever was given."""

from __future__ import annotations

import re

from kerascheck.interpreter.classes import LAYER
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.values import NOTHING_KNOWN, External, ListValue, Value

_RANKED = re.compile(r"(\d)D(Transpose)?$")
_PER_AXIS = frozenset({"kernel_size", "strides", "dilation_rate", "pool_size", "size"})
_PER_SIDE = frozenset({"padding", "cropping"})
_OBJECTS = ("initializer", "regularizer", "constraint")
"""Arguments of which Keras makes objects of its own."""
_OF_EVERY = frozenset({"name", "trainable", "dtype"})
_SIZING = frozenset({"filters", "kernel_size", "units", "use_bias"})
_NOT_KEPT = frozenset({"function", "layers", "weights"})


def layer_setting(state: LayerState, name: str) -> Value:
    """``layer.name``, an argument of its constructor, as the layer keeps it.

    Raises:
        KeyError: it keeps no argument of that name.
    """
    if state.kind not in ("builtin", "user") or state.base == LAYER or name in _NOT_KEPT:
        raise KeyError(name)
    value = state.config[name]
    axes = _RANKED.search(state.base)
    if name.endswith(_OBJECTS):
        return None if value is None else NOTHING_KNOWN
    if name.endswith("activation"):
        return _activation(value)
    if axes is None or state.base == "keras.layers.UpSampling1D":
        return value
    rank = int(axes.group(1))
    if name == "strides" and value is None and "pool_size" in state.config:
        value = state.config["pool_size"]
    if name in _PER_AXIS:
        return _per_axis(value, rank)
    return _per_side(value, rank) if name in _PER_SIDE and not isinstance(value, str) else value


def change_setting(state: LayerState, name: str, value: Value, *, certain: bool) -> None:
    """``layer.name = value`` for an argument of its constructor: Keras computes with what the layer has now."""
    if state.kind not in ("builtin", "user") or state.base == LAYER or name not in state.config or name in _OF_EVERY:
        return
    state.config[name] = value if certain else NOTHING_KNOWN
    if state.built and name in _SIZING:
        # Whether its weights are made anew is up to the code.
        state.rejected = True


def rename(state: LayerState, name: str, value: Value, *, certain: bool) -> None:
    """``layer.name = value`` in Keras 3, ``layer._name = value`` in tf_keras, where ``name`` is a property of it."""
    if name == ("name" if state.generation == 3 else "_name") and state.name and isinstance(value, str) and certain:
        state.name = value


def _activation(value: Value) -> Value:
    if value is None:
        return External("keras.activations.linear")
    return External(f"keras.activations.{value}") if isinstance(value, str) else value


def _per_axis(value: Value, rank: int) -> Value:
    """One number for each axis."""
    match value:
        case None | bool():
            return value
        case int():
            return (value,) * rank
        case tuple():
            return value
        case ListValue(items=list() as items):
            return tuple(items)
    return NOTHING_KNOWN


def _per_side(value: Value, rank: int) -> Value:
    """Two numbers for each axis; of a single axis, just these two."""
    items = _per_axis(value, 2 if rank == 1 else rank)
    if not isinstance(items, tuple) or rank == 1:
        return items
    return tuple((each, each) if isinstance(each, int) else _per_axis(each, 2) for each in items)
