"""Functions that take a tensor apart along one axis: unstack, split."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, Structure, op
from kerascheck.semantics.ops.arguments import (
    LONGEST_CONTENT,
    argument,
    dim_of,
    integer,
    normal_axis,
    result,
    sizes,
    tensor,
    unknown_like,
)
from kerascheck.semantics.ops.contents import known
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, exact_div
from kerascheck.shapes.tensor import Content


def _slices(x: TensorSpec, dims: tuple[Dim, ...], count: int, axis: int) -> list[Structure]:
    contents: Sequence[Content | None] = [None] * count
    if axis == 0 and isinstance(x.content, tuple) and len(x.content) == count and not dims:
        contents = x.content
    return [result(Shape(dims), x.dtype, x, content=known(content)) for content in contents]


def unstacked(x: TensorSpec, axis: int | None, number: int | None) -> Structure:
    """The slices of ``x`` along ``axis``, or None where it is not known how many there are."""
    dims = x.shape.dims
    if dims is None or axis is None:
        return None if number is None else [unknown_like(x) for _ in range(number)]
    place = normal_axis(axis, len(dims), x.shape)
    size = as_int(dims[place])
    if size is not None and number is not None and size != number:
        raise ShapeProblem(
            ProblemKind.AXIS,
            f"cannot unstack {x.shape} into {number} on axis {axis}",
            label=f"axis {axis} has size {size}",
            help=f"use num={size}, or leave it out",
            operands=(0,),
        )
    count = number if size is None else size
    if count is None or count > 4 * LONGEST_CONTENT:
        return None
    return _slices(x, dims[:place] + dims[place + 1 :], count, place)


@op("keras.ops.unstack", family=Family.INDEXING, axis="axis")
def keras_unstack(call: OpCall) -> Structure:
    """The slices along an axis, as a list."""
    return unstacked(tensor(argument(call, "x")), integer(argument(call, "axis")), integer(argument(call, "num")))


@op("tf.unstack", family=Family.INDEXING, operand="value", axis="axis")
def tf_unstack(call: OpCall) -> Structure:
    """The slices along an axis, as a list."""
    return unstacked(tensor(argument(call, "value")), integer(argument(call, "axis")), integer(argument(call, "num")))


def split_sizes(x: TensorSpec, parts: Sequence[Dim], axis: int) -> Structure:
    """Pieces of ``x`` of the given sizes along ``axis``."""
    pieces: list[Structure] = []
    start = 0
    for part in parts:
        size = as_int(part)
        content = None
        if x.shape.rank == 1 and isinstance(x.content, tuple) and size is not None:
            content = x.content[start : start + size]
        start += size or 0
        pieces.append(result(x.shape.replace(axis, part), x.dtype, x, content=content))
    return pieces


def split_evenly(x: TensorSpec, count: int, axis: int | None, *, uneven: bool = False) -> Structure:
    """``count`` pieces of ``x`` along ``axis``; raises VALUE where they certainly do not come out equal."""
    if count < 1 or count > 4 * LONGEST_CONTENT:
        return None
    if x.shape.dims is None or axis is None:
        rank = x.shape.rank
        unknown = Shape(None if rank is None else (UNKNOWN,) * rank)
        return [result(unknown, x.dtype, x) for _ in range(count)]
    place = normal_axis(axis, len(x.shape.dims), x.shape)
    dim = x.shape.dims[place]
    number = as_int(dim)
    if number is None:
        return split_sizes(x, [UNKNOWN if uneven else exact_div(dim, count)] * count, place)
    if number % count and not uneven:
        raise ShapeProblem(
            ProblemKind.AXIS,
            f"cannot split axis {axis} of {x.shape} into {count} equal parts",
            label=f"{number} does not divide by {count}",
            help="give the sizes of the parts as a list",
            operands=(0,),
        )
    share, rest = divmod(number, count)
    # A whole share keeps what is known of the dim (a fixed batch), an uneven one is a plain number.
    if not rest:
        return split_sizes(x, [exact_div(dim, count)] * count, place)
    return split_sizes(x, [share + 1] * rest + [share] * (count - rest), place)


def _split_at(x: TensorSpec, indices: Sequence[Dim], axis: int | None) -> Structure:
    """Pieces of ``x`` between ``indices``, as NumPy splits."""
    if x.shape.dims is None or axis is None:
        return [unknown_like(x) for _ in range(len(indices) + 1)]
    place = normal_axis(axis, len(x.shape.dims), x.shape)
    whole = x.shape.dims[place]
    bounds = [0, *indices, whole]
    numbers = [as_int(bound) for bound in bounds]
    plain = all(number is not None and number >= 0 for number in numbers) and numbers == sorted(
        numbers, key=lambda number: number or 0
    )
    if not plain:
        return split_sizes(x, [UNKNOWN] * (len(indices) + 1), place)
    return split_sizes(x, [after - before for before, after in itertools.pairwise(bounds)], place)


def _numpy_split(call: OpCall, axis: int | None, *, uneven: bool = False) -> Structure:
    x, parts = tensor(argument(call, "x")), argument(call, "indices_or_sections")
    if isinstance(parts, list | tuple):
        return _split_at(x, [dim_of(part) for part in parts], axis)
    count = integer(parts)
    if count is None or tensor(parts).shape.rank != 0:
        return None
    return split_evenly(x, count, axis, uneven=uneven)


@op("keras.ops.split", family=Family.INDEXING, axis="axis")
def keras_split(call: OpCall) -> Structure:
    """Equal parts, or the parts between indices."""
    return _numpy_split(call, integer(argument(call, "axis")))


@op("keras.ops.array_split", family=Family.INDEXING, axis="axis")
def array_split(call: OpCall) -> Structure:
    """Parts as equal as can be."""
    return _numpy_split(call, integer(argument(call, "axis")), uneven=True)


@op("keras.ops.hsplit", "keras.ops.vsplit", "keras.ops.dsplit", family=Family.INDEXING)
def axis_split(call: OpCall) -> Structure:
    """A split along the second, first or third axis."""
    rank = tensor(argument(call, "x")).shape.rank
    axis = {"hsplit": 0 if rank == 1 else 1, "vsplit": 0, "dsplit": 2}[call.name.rsplit(".", 1)[-1]]
    return _numpy_split(call, axis if rank is not None and axis < rank else None)


@op("tf.split", family=Family.INDEXING, operand="value", axis="axis")
def tf_split(call: OpCall) -> Structure:
    """Equal parts, or parts of given sizes, one of which may be -1."""
    x, parts, axis = tensor(argument(call, "value")), argument(call, "num_or_size_splits"), argument(call, "axis")
    axis = integer(axis)
    if not isinstance(parts, list | tuple) and tensor(parts).shape.rank == 0:
        count = integer(parts)
        return None if count is None else split_evenly(x, count, axis)
    listed = sizes(parts)
    if listed is None:
        return None
    if x.shape.dims is None or axis is None:
        return [unknown_like(x) for _ in listed]
    place = normal_axis(axis, len(x.shape.dims), x.shape)
    return split_sizes(x, _with_remainder(x, list(listed), place), place)


def _with_remainder(x: TensorSpec, parts: list[Dim], axis: int) -> list[Dim]:
    whole = (x.shape.dims or ())[axis]
    given: Dim = 0
    for part in parts:
        given = given + (0 if as_int(part) == -1 else part)
    rest = whole - given
    free = [index for index, part in enumerate(parts) if as_int(part) == -1]
    number = as_int(rest)
    if number is not None and (number < 0 or (number > 0 and not free)):
        raise ShapeProblem(
            ProblemKind.AXIS,
            f"cannot split axis {axis} of {x.shape} into parts of {[as_int(part) for part in parts]}",
            label=f"the parts do not add up to {as_int(whole)}",
            help="make the sizes add up, or let one of them be -1",
            operands=(0,),
        )
    return [rest if index in free else part for index, part in enumerate(parts)]
