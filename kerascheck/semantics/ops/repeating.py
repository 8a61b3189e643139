"""Functions that make a tensor larger: tile, repeat, pad."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import (
    argument,
    dim_of,
    integer,
    normal_axis,
    result,
    sizes,
    tensor,
    unknown_like,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int


def tiled(x: TensorSpec, multiples: Any, *, numpy: bool) -> TensorSpec:
    """``x`` repeated along each axis; ``numpy`` pads the shorter of the two with ones in front."""
    factors = sizes(multiples)
    if factors is None or x.shape.dims is None:
        rank = len(factors) if factors is not None and not numpy else x.shape.rank if not numpy else None
        return result(Shape(None if rank is None else (UNKNOWN,) * rank), x.dtype, x)
    dims = x.shape.dims
    if not numpy and len(factors) != len(dims):
        raise ShapeProblem(
            ProblemKind.RANK,
            f"cannot tile {x.shape} with {len(factors)} multiples",
            label=f"{len(dims)} multiples are wanted",
            help="give one multiple for each axis",
            operands=(0,),
        )
    rank = max(len(dims), len(factors))
    padded = (1,) * (rank - len(dims)) + dims
    spread = (1,) * (rank - len(factors)) + factors
    return result(Shape(tuple(dim * factor for dim, factor in zip(padded, spread, strict=True))), x.dtype, x)


@op("keras.ops.tile", family=Family.JOIN)
def keras_tile(call: OpCall) -> TensorSpec:
    """The operand repeated along its axes."""
    return tiled(tensor(argument(call, "x")), argument(call, "repeats"), numpy=True)


@op("keras.backend.tile", family=Family.JOIN)
def backend_tile(call: OpCall) -> TensorSpec:
    """The operand repeated along its axes."""
    return tiled(tensor(argument(call, "x")), argument(call, "n"), numpy=False)


@op("tf.tile", family=Family.JOIN, operand="input")
def tf_tile(call: OpCall) -> TensorSpec:
    """The operand repeated along its axes."""
    return tiled(tensor(argument(call, "input")), argument(call, "multiples"), numpy=False)


def repeated(x: TensorSpec, repeats: Any, axis: Any) -> TensorSpec:
    """``x`` with each element along ``axis`` repeated; flattened where that is None."""
    place = integer(axis)
    if axis is not None and place is None:
        return result(Shape(None), x.dtype, x)
    if axis is None:
        return result(Shape.of(_repeated_size(x.shape.size, repeats)), x.dtype, x)
    if x.shape.dims is None or place is None:
        return result(Shape(None), x.dtype, x)
    found = normal_axis(place, len(x.shape.dims), x.shape)
    return result(x.shape.replace(found, _repeated_size(x.shape.dims[found], repeats)), x.dtype, x)


def _repeated_size(size: Dim, repeats: Any) -> Dim:
    counts = sizes(repeats)
    if counts is None or (not isinstance(repeats, list | tuple) and tensor(repeats).shape.rank is None):
        return UNKNOWN
    if len(counts) == 1:
        return size * counts[0]
    total: Dim = 0
    for count in counts:
        total = total + count
    return total


@op("keras.ops.repeat", family=Family.JOIN, axis="axis")
def keras_repeat(call: OpCall) -> TensorSpec:
    """Each element repeated along an axis."""
    return repeated(tensor(argument(call, "x")), argument(call, "repeats"), argument(call, "axis"))


@op("tf.repeat", family=Family.JOIN, operand="input", axis="axis")
def tf_repeat(call: OpCall) -> TensorSpec:
    """Each element repeated along an axis."""
    return repeated(tensor(argument(call, "input")), argument(call, "repeats"), argument(call, "axis"))


@op("keras.backend.repeat_elements", family=Family.JOIN, axis="axis")
def repeat_elements(call: OpCall) -> TensorSpec:
    """Each element repeated along an axis."""
    return repeated(tensor(argument(call, "x")), argument(call, "rep"), argument(call, "axis"))


@op("keras.backend.repeat", family=Family.RESHAPE)
def backend_repeat(call: OpCall) -> TensorSpec:
    """A matrix repeated along a new second axis."""
    x = tensor(argument(call, "x"))
    if x.shape.dims is None or len(x.shape.dims) != 2:
        return result(Shape((UNKNOWN,) * 3), x.dtype, x)
    return result(Shape.of(x.shape.dims[0], dim_of(argument(call, "n")), x.shape.dims[1]), x.dtype, x)


def padded(x: TensorSpec, pairs: Any) -> TensorSpec:
    """``x`` with a margin before and after each axis."""
    margins = _margins(pairs, x.shape.rank)
    if margins is None:
        return result(Shape(None if x.shape.rank is None else (UNKNOWN,) * x.shape.rank), x.dtype, x)
    if x.shape.dims is None:
        return result(Shape((UNKNOWN,) * len(margins)), x.dtype, x)
    if len(margins) != len(x.shape.dims):
        raise ShapeProblem(
            ProblemKind.RANK,
            f"cannot pad {x.shape} with {len(margins)} pairs of margins",
            label=f"{len(x.shape.dims)} pairs are wanted",
            help="give one pair for each axis, (0, 0) for those that stay",
            operands=(0,),
        )
    return result(Shape(tuple(dim + margin for dim, margin in zip(x.shape.dims, margins, strict=True))), x.dtype, x)


def _margins(pairs: Any, rank: int | None) -> list[Dim] | None:
    """What padding adds to each axis, or None where that is not known."""
    value = pairs.content if isinstance(pairs, TensorSpec) else pairs
    if value is None and isinstance(pairs, TensorSpec) and pairs.shape.dims and len(pairs.shape.dims) == 2:
        count = as_int(pairs.shape.dims[0])
        return None if count is None else [UNKNOWN] * count
    if not isinstance(value, list | tuple):
        return None
    margins: list[Dim] = []
    for pair in value:
        ends = sizes(pair) if isinstance(pair, list | tuple | TensorSpec) else None
        if ends is None or len(ends) != 2:
            return None
        margins.append(ends[0] + ends[1])
    return margins


@op("keras.ops.pad")
def keras_pad(call: OpCall) -> TensorSpec:
    """A margin around the operand: one number, one pair, or a pair for each axis."""
    x, width = tensor(argument(call, "x")), argument(call, "pad_width")
    both = sizes(width) if isinstance(width, int | list | tuple) else None
    if both is not None and x.shape.rank is not None and len(both) in {1, 2}:
        pair = (both[0], both[-1])
        return padded(x, [pair] * x.shape.rank)
    if isinstance(width, list | tuple) and len(width) == 1 and x.shape.rank is not None:
        return padded(x, list(width) * x.shape.rank)
    return padded(x, width)


@op("tf.pad", "tf.compat.v1.pad", operand="tensor")
def tf_pad(call: OpCall) -> TensorSpec:
    """A margin around the operand, a pair for each axis."""
    return padded(tensor(argument(call, "tensor")), argument(call, "paddings"))


def _backend_padding(first_axis: int, spatial: int) -> Callable[[OpCall], TensorSpec]:
    def spatial_padding(call: OpCall) -> TensorSpec:
        x, padding = tensor(argument(call, "x")), argument(call, "padding")
        if call.arguments.get("data_format") not in {None, "channels_last"} or not isinstance(padding, list | tuple):
            return unknown_like(x)
        pairs = [padding] if spatial == 1 else list(padding)
        if len(pairs) != spatial:
            return unknown_like(x)
        return padded(x, [(0, 0)] * first_axis + pairs + [(0, 0)])

    return spatial_padding


op("keras.backend.temporal_padding")(_backend_padding(1, 1))
op("keras.backend.spatial_2d_padding")(_backend_padding(1, 2))
op("keras.backend.spatial_3d_padding")(_backend_padding(1, 3))
