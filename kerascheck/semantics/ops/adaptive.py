"""Pooling to a given size, and windows laid out one after the other."""

from __future__ import annotations

from typing import Any

from kerascheck.semantics.api import OpCall, op
from kerascheck.semantics.ops.arguments import argument, result, sizes, tensor, unknown_like
from kerascheck.semantics.ops.windows import channel_axis, window_size
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, product


@op("keras.ops.adaptive_average_pool", "keras.ops.adaptive_max_pool", operand="inputs")
def adaptive_pool(call: OpCall) -> TensorSpec:
    """The spatial axes brought to the given size."""
    x, channel = tensor(argument(call, "inputs")), channel_axis(argument(call, "data_format"))
    dims = x.shape.dims
    if dims is None or len(dims) < 3 or channel is None:
        return unknown_like(x)
    if x.keras_tensor and not isinstance(argument(call, "output_size"), int):
        # Of a KerasTensor and several sizes Keras infers an axis too many.
        return unknown_like(x)
    wanted = _for_each(argument(call, "output_size"), len(dims) - 2)
    if wanted is None:
        wanted = [UNKNOWN] * (len(dims) - 2)
    shape = (dims[0], dims[1], *wanted) if channel == 1 else (dims[0], *wanted, dims[-1])
    return result(Shape(shape), x.dtype, x)


def _for_each(value: Any, count: int) -> list[Dim] | None:
    """A size for each of ``count`` axes; None where it is not known."""
    listed = sizes(value)
    if listed is None or isinstance(value, TensorSpec):
        return None
    if len(listed) == 1:
        return list(listed) * count
    return list(listed) if len(listed) == count else None


@op("keras.ops.unfold")
def unfold(call: OpCall) -> TensorSpec:
    """(batch, channels, height, width) to (batch, channels and window, places)."""
    x = tensor(argument(call, "x"))
    if x.shape.rank != 4 or x.shape.dims is None:
        return unknown_like(x)
    batch, channels, *space = x.shape.dims
    window, dilation, padding, stride = (
        _for_each(argument(call, name), 2) for name in ("kernel_size", "dilation", "padding", "stride")
    )
    if window is None or dilation is None or padding is None or stride is None:
        return result(Shape.of(batch, UNKNOWN, UNKNOWN), x.dtype, x)
    places = [
        window_size(size + 2 * margin, width, step, spread, "VALID")
        for size, margin, width, step, spread in zip(space, padding, window, stride, dilation, strict=True)
    ]
    if any(count is not None and count < 1 for count in map(as_int, places)):
        places = [UNKNOWN]
    return result(Shape.of(batch, channels * product(window), product(places)), x.dtype, x)


@op("keras.ops.fold")
def fold(call: OpCall) -> TensorSpec:
    """(batch, channels and window, places) to (batch, channels, height, width)."""
    x, size = tensor(argument(call, "x")), _for_each(argument(call, "output_size"), 2)
    if x.shape.rank != 3 or x.shape.dims is None:
        return unknown_like(x)
    window = _for_each(argument(call, "kernel_size"), 2)
    channels, area = as_int(x.shape.dims[1]), None if window is None else as_int(product(window))
    known: Dim = channels // area if channels is not None and area else UNKNOWN
    height, width = size if size is not None else (UNKNOWN, UNKNOWN)
    return result(Shape.of(x.shape.dims[0], known, height, width), x.dtype, x)


@op("keras.ops.correlate", operand="x1")
def correlate(call: OpCall) -> TensorSpec:
    """Two vectors slid past each other."""
    x, y = tensor(argument(call, "x1")), tensor(argument(call, "x2"))
    if x.shape.rank != 1 or y.shape.rank != 1 or x.shape.dims is None or y.shape.dims is None:
        return unknown_like(x, y)
    total: Dim = x.shape.dims[0] + y.shape.dims[0] - 1
    return result(Shape.of(total if argument(call, "mode") == "full" else UNKNOWN), None, x, y)
