"""What the code would have loaded or handed to a model, told by shapes alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascheck.program import DataCall
from kerascheck.tracer.library import Live
from kerascheck.tracer.runtime import Runtime

MOST_CALLS = 200

SHOWN = (
    "x",
    "y",
    "sample_weight",
    "validation_data",
    "batch_size",
    "epochs",
    "steps_per_epoch",
    "steps",
    "generator",
)
"""The arguments of training calls that say what the data are."""


def data_call(
    runtime: Runtime, method: str, arguments: Mapping[str, Any], model: Live = None, shown: tuple[str, ...] = SHOWN
) -> DataCall | None:
    """The record of one call; None where it is in nobody's code."""
    source = runtime.user.here()
    if source is None:
        return None
    shapes = tuple((name, described(runtime, arguments[name])) for name in shown if arguments.get(name) is not None)
    return DataCall(method, source.span, None if model is None else str(model.name), shapes)


def described(runtime: Runtime, value: Any, depth: int = 0) -> str:
    """A value by its shape and type: ``(32, 10) float32``, and what holds several by those it holds."""
    tensorflow = runtime.tensorflow
    if isinstance(value, tensorflow.data.Dataset):
        return f"Dataset of {described(runtime, value.element_spec, depth)}"
    if isinstance(value, (str, int, float, bool)):
        return repr(value) if len(repr(value)) < 120 else type(value).__name__
    shape, dtype = _shape_of(value)
    if shape is not None:
        return f"{shape} {dtype}".rstrip()
    if isinstance(value, dict) and depth < 4:
        return "{" + ", ".join(f"{key}: {described(runtime, item, depth + 1)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple) and depth < 4:
        return "(" + ", ".join(described(runtime, item, depth + 1) for item in value) + ")"
    if isinstance(value, list):
        return _of_list(runtime, value, depth)
    return type(value).__name__


def _of_list(runtime: Runtime, value: list[Any], depth: int) -> str:
    if any(_shape_of(item)[0] is not None for item in value[:20]) and depth < 4:
        return "[" + ", ".join(described(runtime, item, depth + 1) for item in value[:20]) + "]"
    sizes: list[int] = []
    inner: Any = value
    while isinstance(inner, (list, tuple)) and len(sizes) < 8:
        sizes.append(len(inner))
        inner = inner[0] if inner else None
    return f"list of shape ({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def _shape_of(value: Any) -> tuple[str | None, str]:
    try:
        shape, dtype = value.shape, value.dtype
        sizes = tuple(None if size is None else int(size) for size in shape)
    except (AttributeError, TypeError, ValueError):
        return None, ""
    return str(sizes), str(getattr(dtype, "name", dtype))
