"""Functions that join tensors or repeat one: concatenate, stack, tile, repeat, pad; and split, unstack."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

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
    tensors,
    tuple_content,
    unknown_like,
)
from kerascheck.semantics.ops.contents import known
from kerascheck.semantics.ops.dtypes import common_dtype, is_keras
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, Unknown, as_int, compare, exact_div, unify
from kerascheck.shapes.dim import depends_on
from kerascheck.shapes.tensor import Content


def _meet(left: Dim, right: Dim) -> Dim | None:
    """The size of two axes that must be equal, or None where they certainly are not."""
    if compare(left, right) is False:
        return None
    if isinstance(left, Unknown) or (depends_on(right) and not depends_on(left)):
        return right
    return right if as_int(left) is None and as_int(right) is not None and not depends_on(left) else left


def concatenated(name: str, operands: Sequence[TensorSpec], axis: int | None) -> TensorSpec:
    """The operands one after the other along ``axis``; raises CONCATENATE where the other axes certainly differ."""
    dtype = common_dtype(name, operands)
    ranked = [operand for operand in operands if operand.shape.dims is not None]
    if not ranked:
        return result(Shape(None), dtype, *operands)
    first = ranked[0]
    rank = first.shape.rank or 0
    for other in ranked[1:]:
        if other.shape.rank != rank:
            raise _join_problem("concatenate", operands, axis, "the ranks differ")
    if axis is None:
        return result(Shape((UNKNOWN,) * rank), dtype, *operands)
    place = normal_axis(axis, rank, first.shape)
    dims = list(first.shape.dims or ())
    for other in ranked[1:]:
        for index, dim in enumerate(other.shape.dims or ()):
            if index == place:
                dims[index] = dims[index] + dim
                continue
            met = _meet(dims[index], dim)
            if met is None:
                raise _join_problem("concatenate", operands, axis, f"all axes but {axis} must match")
            dims[index] = met
    if len(ranked) < len(operands):
        dims[place] = UNKNOWN
    content = _joined_content(operands) if rank == 1 else None
    return result(Shape(tuple(dims)), dtype, *operands, content=content)


def _joined_content(operands: Sequence[TensorSpec]) -> Content | None:
    joined: list[Content] = []
    for operand in operands:
        if not isinstance(operand.content, tuple):
            return None
        joined.extend(operand.content)
    return tuple(joined)


def _join_problem(verb: str, operands: Sequence[TensorSpec], axis: int | None, label: str) -> ShapeProblem:
    shapes = " with ".join(str(operand.shape) for operand in operands)
    where = "" if axis is None else f" on axis {axis}"
    return ShapeProblem(
        ProblemKind.CONCATENATE,
        f"cannot {verb} {shapes}{where}",
        label=label,
        help="pad, crop or project the operands to the same size on the other axes",
    )


def _list_rank(value: Any) -> int | None:
    shape = tensor(value).shape
    return None if shape.rank is None else shape.rank - 1


def _concatenate(call: OpCall, operand: str) -> TensorSpec:
    values = argument(call, operand)
    operands = tensors(values)
    if operands is None:
        rank = _list_rank(values)
        return result(Shape(None if rank is None else (UNKNOWN,) * rank), tensor(values).dtype, tensor(values))
    return concatenated(call.name, operands, integer(argument(call, "axis")))


@op("keras.ops.concatenate", family=Family.JOIN, operand="xs", axis="axis")
def keras_concatenate(call: OpCall) -> TensorSpec:
    """Tensors one after the other along an axis."""
    return _concatenate(call, "xs")


@op("tf.concat", family=Family.JOIN, operand="values", axis="axis")
def tf_concat(call: OpCall) -> TensorSpec:
    """Tensors one after the other along an axis; a tensor by itself is given back."""
    values = argument(call, "values")
    return values if isinstance(values, TensorSpec) else _concatenate(call, "values")


@op("keras.backend.concatenate", family=Family.JOIN, operand="tensors", axis="axis")
def backend_concatenate(call: OpCall) -> TensorSpec:
    """Tensors one after the other along an axis."""
    return _concatenate(call, "tensors")


def _at_least(x: TensorSpec, rank: int) -> TensorSpec:
    """``x`` as ``numpy.atleast_1d`` to ``3d`` make it."""
    dims = x.shape.dims
    if dims is None or len(dims) >= rank:
        return x
    if rank == 3 and len(dims) == 2:
        return x.with_shape(Shape((*dims, 1)))
    padded = {1: (1,), 2: (1, *dims), 3: (1, *(dims or (1,)), 1)}[rank]
    return x.with_shape(Shape(((1,) * rank) if not dims else padded))


def _stack_along(rank: int, axis: Callable[[int], int]) -> Callable[[OpCall], TensorSpec]:
    def stacked_along(call: OpCall) -> TensorSpec:
        operands = tensors(argument(call, "xs"))
        if not operands or any(operand.shape.rank is None for operand in operands):
            return unknown_like(*(operands or ()))
        raised = [_at_least(operand, rank) for operand in operands]
        return concatenated(call.name, raised, axis(raised[0].shape.rank or rank))

    return stacked_along


op("keras.ops.hstack", family=Family.JOIN, operand="xs")(_stack_along(1, lambda rank: 0 if rank == 1 else 1))
op("keras.ops.vstack", family=Family.JOIN, operand="xs")(_stack_along(1, lambda rank: 0))
op("keras.ops.dstack", family=Family.JOIN, operand="xs")(_stack_along(3, lambda rank: 2))


@op("keras.ops.append", family=Family.JOIN, operand="x1", axis="axis")
def append(call: OpCall) -> TensorSpec:
    """Two tensors one after the other; flattened where no axis is given."""
    given = [tensor(argument(call, name)) for name in ("x1", "x2")]
    axis = argument(call, "axis")
    if axis is not None:
        place = integer(axis)
        return unknown_like(*given) if place is None else concatenated(call.name, given, place)
    flat = [x.with_shape(Shape.of(x.shape.size)) for x in given]
    return concatenated(call.name, flat, 0)


def stacked(name: str, operands: Sequence[TensorSpec], axis: int | None) -> TensorSpec:
    """The operands side by side along a new axis; raises CONCATENATE where their shapes certainly differ."""
    dtype = common_dtype(name, operands)
    ranked = [operand for operand in operands if operand.shape.dims is not None]
    if not ranked:
        return result(Shape(None), dtype, *operands)
    dims = list(ranked[0].shape.dims or ())
    for other in ranked[1:]:
        if other.shape.rank != len(dims):
            raise _join_problem("stack", operands, axis, "the ranks differ")
        for index, dim in enumerate(other.shape.dims or ()):
            met = _meet(dims[index], dim)
            if met is None:
                raise _join_problem("stack", operands, axis, "all axes must match")
            dims[index] = met
    if axis is None:
        return result(Shape((UNKNOWN,) * (len(dims) + 1)), dtype, *operands)
    place = normal_axis(axis, len(dims), ranked[0].shape, extra=1)
    content = tuple_content(operand.content for operand in operands) if not dims else None
    dims.insert(place, len(operands))
    return result(Shape(tuple(dims)), dtype, *operands, content=content)


def _stack(call: OpCall, operand: str) -> TensorSpec:
    values = argument(call, operand)
    axis = integer(argument(call, "axis"))
    operands = tensors(values)
    if operands is not None:
        return stacked(call.name, operands, axis)
    whole = tensor(values)
    return result(whole.shape if axis == 0 else Shape(None), whole.dtype, whole)


@op("keras.ops.stack", "keras.backend.stack", family=Family.JOIN, operand="x", axis="axis")
def keras_stack(call: OpCall) -> TensorSpec:
    """Tensors side by side along a new axis."""
    return _stack(call, "x")


@op("tf.stack", family=Family.JOIN, operand="values", axis="axis")
def tf_stack(call: OpCall) -> TensorSpec:
    """Tensors side by side along a new axis."""
    return _stack(call, "values")


@op("tf.parallel_stack", family=Family.JOIN, operand="values")
def parallel_stack(call: OpCall) -> TensorSpec:
    """Tensors side by side along a new first axis."""
    operands = tensors(argument(call, "values"))
    return stacked(call.name, operands, 0) if operands is not None else unknown_like(tensor(argument(call, "values")))


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
            ProblemKind.VALUE,
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
            ProblemKind.VALUE,
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
            ProblemKind.VALUE,
            f"cannot split axis {axis} of {x.shape} into parts of {[as_int(part) for part in parts]}",
            label=f"the parts do not add up to {as_int(whole)}",
            help="make the sizes add up, or let one of them be -1",
            operands=(0,),
        )
    return [rest if index in free else part for index, part in enumerate(parts)]


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


@op("tf.meshgrid", operand="args")
@op("keras.ops.meshgrid", operand="x")
def meshgrid(call: OpCall) -> Structure:
    """One grid for each operand, the first two axes exchanged for the "xy" indexing."""
    operands = tensors(argument(call, "x" if is_keras(call.name) else "args"))
    options = call.arguments.get("kwargs")
    indexing = call.arguments.get("indexing")
    if indexing is None and isinstance(options, dict):
        indexing = options.get("indexing", "xy")
    if operands is None:
        return None
    lengths: list[Dim] = [operand.shape.size for operand in operands]
    if indexing not in {"xy", "ij"}:
        lengths = [UNKNOWN] * len(lengths)
    elif indexing == "xy" and len(lengths) > 1:
        lengths[0], lengths[1] = lengths[1], lengths[0]
    common = unify(operand.shape for operand in operands)
    dtype = operands[0].dtype if operands and common is not None else None
    return [result(Shape(tuple(lengths)), dtype, operand) for operand in operands]
