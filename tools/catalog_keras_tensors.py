"""Which functions refuse a KerasTensor, found by calling each on tensors and then on KerasTensors of their shapes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

SHAPES = ((), (1,), (8,), (8, 4), (8, 8, 3), (4, 4, 4, 3))
"""Sizes behind the batch's: what a function takes only for images, it takes for one of them."""

GIVEN: Mapping[str, Any] = {
    "a": 2.0, "axes": 1, "axis": 1, "data_format": "channels_last", "depth_factor": 2, "dtype": "float32",
    "fn": lambda element, *rest: element, "height_factor": 2, "level": 0.5, "max_value": 1.0, "min_value": 0.0, "n": 2,
    "num_classes": 3, "rep": 2, "width_factor": 2,
}  # fmt: skip
"""Arguments that are no tensors, by the parameter's name."""

OF_RANK: Mapping[str, Callable[[int], Any]] = {
    "pattern": lambda rank: tuple(range(rank)),
    "pool_size": lambda rank: (2,) * (rank - 2),
    "shape": lambda rank: (-1,) + (1,) * (rank - 1),
}
"""Those that depend on the rank of the tensor."""

INTEGERS = frozenset({"indices"})
"""Parameters whose tensors hold integers."""


def refuses_keras_tensors(function: Callable[..., Any]) -> bool:
    """Whether each way to call it that works on tensors raises on KerasTensors; false where none works."""
    tried = [taken for shape in SHAPES for taken in _tried(function, shape)]
    return bool(tried) and not any(tried)


def _tried(function: Callable[..., Any], shape: tuple[int, ...]) -> list[bool]:
    """For each required parameter that takes a tensor of the shape, whether it takes a KerasTensor instead."""
    import keras
    import tensorflow as tf

    needed = [name for name, each in inspect.signature(function).parameters.items() if each.default is each.empty]
    given, tensors = {}, {}
    for name in needed:
        if name in OF_RANK:
            given[name] = OF_RANK[name](len(shape) + 1)
        elif name in GIVEN:
            given[name] = GIVEN[name]
        elif "kernel" in name:
            given[name] = tf.ones((*[1] * (len(shape) - 1), *shape[-1:], 1))
        elif name == "bias":
            given[name] = tf.ones(shape[-1:])
        else:
            tensors[name] = "int32" if name in INTEGERS else "float32"
    real = {name: tf.ones((1, *shape), dtype) for name, dtype in tensors.items()}
    found = []
    for many in (False, True):
        wrapped = {name: [value, value] if many else value for name, value in real.items()}
        if not _runs(function, given | wrapped):
            continue
        for name, dtype in tensors.items():
            symbol = keras.Input(shape, dtype=dtype)
            found.append(_runs(function, given | wrapped | {name: [symbol, symbol] if many else symbol}))
    return found


def _runs(function: Callable[..., Any], arguments: Mapping[str, Any]) -> bool:
    try:
        function(**arguments)
    except Exception:
        return False
    return True
