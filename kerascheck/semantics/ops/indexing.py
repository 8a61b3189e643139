"""Functions that pick elements: gather, take, slice, boolean_mask, where, one_hot, scatter."""

from __future__ import annotations

from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, Structure, op
from kerascheck.semantics.ops.arguments import (
    FLOATS,
    argument,
    dim_of,
    dtype_name,
    flag,
    integer,
    normal_axis,
    result,
    sizes,
    tensor,
    tensors,
    unknown_like,
)
from kerascheck.semantics.ops.broadcasting import broadcast_operands, broadcast_shapes
from kerascheck.semantics.ops.contents import known
from kerascheck.semantics.ops.dtypes import common_dtype
from kerascheck.semantics.ops.slicing import getitem
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int
from kerascheck.shapes.tensor import Content


def gathered(params: TensorSpec, indices: TensorSpec, axis: int, batch_dims: int = 0) -> TensorSpec:
    """The slices of ``params`` along ``axis`` at ``indices``, whose shape takes the axis's place."""
    dims, inner = params.shape.dims, indices.shape.dims
    if dims is None or inner is None:
        return result(Shape(None), params.dtype, params, indices)
    place = normal_axis(axis, len(dims), params.shape)
    shared = batch_dims + len(inner) if batch_dims < 0 else batch_dims
    if not 0 <= shared <= min(place, len(inner)):
        return result(Shape(None), params.dtype, params, indices)
    shape = Shape((*dims[:place], *inner[shared:], *dims[place + 1 :]))
    return result(shape, params.dtype, params, indices, content=_picked(params, indices, dims))


def _picked(params: TensorSpec, indices: TensorSpec, dims: tuple[Dim, ...]) -> Content | None:
    if len(dims) != 1 or not isinstance(params.content, tuple):
        return None
    wanted = indices.content if isinstance(indices.content, tuple) else (indices.content,)
    found: list[Content] = []
    for index in wanted:
        if not isinstance(index, int) or not -len(params.content) <= index < len(params.content):
            return None
        found.append(params.content[index])
    return tuple(found) if isinstance(indices.content, tuple) else known(found[0])


@op("tf.gather", "tf.compat.v1.gather", family=Family.INDEXING, operand="params", axis="axis")
def tf_gather(call: OpCall) -> TensorSpec:
    """Slices along an axis; without one, along the first axis that is not of the batch."""
    params, indices = tensor(argument(call, "params")), tensor(argument(call, "indices"))
    batch_dims = integer(argument(call, "batch_dims"))
    axis = batch_dims if argument(call, "axis") is None else integer(argument(call, "axis"))
    if axis is None or batch_dims is None:
        return result(Shape(None), params.dtype, params, indices)
    if argument(call, "axis") is None and batch_dims < 0 and indices.shape.rank is not None:
        axis = batch_dims + indices.shape.rank
    return gathered(params, indices, axis, batch_dims)


@op("tf.compat.v1.batch_gather", family=Family.INDEXING, operand="params")
def batch_gather(call: OpCall) -> TensorSpec:
    """Slices along the last axis of the indices, the axes before it in step."""
    params, indices = tensor(argument(call, "params")), tensor(argument(call, "indices"))
    if indices.shape.rank is None or indices.shape.rank < 1:
        return unknown_like(params, indices)
    return gathered(params, indices, indices.shape.rank - 1, indices.shape.rank - 1)


@op("keras.backend.gather", family=Family.INDEXING, operand="reference")
def backend_gather(call: OpCall) -> TensorSpec:
    """Slices along the first axis."""
    return gathered(tensor(argument(call, "reference")), tensor(argument(call, "indices")), 0)


@op("keras.ops.take", family=Family.INDEXING, axis="axis")
def take(call: OpCall) -> TensorSpec:
    """Slices along an axis; without one, elements of the flattened operand."""
    x, indices = tensor(argument(call, "x")), tensor(argument(call, "indices"))
    if argument(call, "axis") is None:
        return result(indices.shape, x.dtype, x, indices)
    axis = integer(argument(call, "axis"))
    return gathered(x, indices, axis) if axis is not None else unknown_like(x, indices)


@op("keras.ops.take_along_axis", family=Family.INDEXING, axis="axis")
def take_along_axis(call: OpCall) -> TensorSpec:
    """For each place outside the axis, the elements at the indices there."""
    x, indices = tensor(argument(call, "x")), tensor(argument(call, "indices"))
    if argument(call, "axis") is None:
        return result(Shape.of(indices.shape.size), x.dtype, x, indices)
    axis, dims, inner = integer(argument(call, "axis")), x.shape.dims, indices.shape.dims
    if axis is None or dims is None or inner is None or len(dims) != len(inner):
        return unknown_like(x, indices)
    place = normal_axis(axis, len(dims), x.shape)
    around = broadcast_shapes(x.shape.replace(place, 1), indices.shape.replace(place, 1))
    return result(around.replace(place, inner[place]), x.dtype, x, indices)


@op("tf.gather_nd", "tf.compat.v1.gather_nd", family=Family.INDEXING, operand="params")
def gather_nd(call: OpCall) -> TensorSpec:
    """The slices at the index vectors that the last axis of ``indices`` holds."""
    params, indices = tensor(argument(call, "params")), tensor(argument(call, "indices"))
    batch_dims = integer(argument(call, "batch_dims"))
    dims, inner = params.shape.dims, indices.shape.dims
    depth = as_int(inner[-1]) if inner else None
    if dims is None or inner is None or depth is None or batch_dims is None or batch_dims < 0:
        return unknown_like(params, indices)
    if batch_dims + depth > len(dims):
        raise ShapeProblem(
            ProblemKind.AXIS,
            f"gather_nd with index vectors of length {depth} on {params.shape}",
            label=f"{depth} indices for {len(dims) - batch_dims} axes",
            help="let the last axis of the indices be no longer than the rank",
        )
    return result(Shape((*inner[:-1], *dims[batch_dims + depth :])), params.dtype, params, indices)


@op("tf.nn.embedding_lookup", "tf.compat.v1.nn.embedding_lookup", family=Family.INDEXING, operand="params")
def embedding_lookup(call: OpCall) -> TensorSpec:
    """A row of the table for each id."""
    params, ids = argument(call, "params"), tensor(argument(call, "ids"))
    if isinstance(params, list | tuple):
        if len(params) != 1:
            return unknown_like(ids)
        params = params[0]
    table = tensor(params)
    return gathered(table, ids, 0) if table.shape.rank != 0 else unknown_like(table, ids)


@op("tf.boolean_mask", "tf.compat.v1.boolean_mask", family=Family.INDEXING, operand="tensor", axis="axis")
def boolean_mask(call: OpCall) -> TensorSpec:
    """The elements where the mask holds: its axes become one whose size depends on the values."""
    x, mask = tensor(argument(call, "tensor")), tensor(argument(call, "mask"))
    axis = 0 if argument(call, "axis") is None else integer(argument(call, "axis"))
    dims, inner = x.shape.dims, mask.shape.dims
    if dims is None or not inner or axis is None:
        return result(Shape(None), x.dtype, x, mask)
    place = normal_axis(axis, len(dims), x.shape)
    if place + len(inner) > len(dims):
        return unknown_like(x, mask)
    return result(Shape((*dims[:place], UNKNOWN, *dims[place + len(inner) :])), x.dtype, x, mask)


@op("tf.slice", family=Family.INDEXING, operand="input_")
def tf_slice(call: OpCall) -> TensorSpec:
    """A block that starts at ``begin``; a size of -1 goes on to the end."""
    x = tensor(argument(call, "input_"))
    starts, lengths = sizes(argument(call, "begin")), sizes(argument(call, "size"))
    return _block(x, starts, lengths)


@op("keras.ops.slice", family=Family.INDEXING, operand="inputs")
def keras_slice(call: OpCall) -> TensorSpec:
    """A block of a given shape; a size of -1 goes on to the end."""
    x = tensor(argument(call, "inputs"))
    return _block(x, sizes(argument(call, "start_indices")), sizes(argument(call, "shape")))


def _block(x: TensorSpec, starts: tuple[Dim, ...] | None, lengths: tuple[Dim, ...] | None) -> TensorSpec:
    dims = x.shape.dims
    if lengths is None:
        return result(Shape(None if dims is None else (UNKNOWN,) * len(dims)), x.dtype, x)
    begins = starts if starts is not None and len(starts) == len(lengths) else (UNKNOWN,) * len(lengths)
    wholes = dims if dims is not None and len(dims) == len(lengths) else (UNKNOWN,) * len(lengths)
    kept = [
        whole - begin if as_int(length) == -1 else length
        for whole, begin, length in zip(wholes, begins, lengths, strict=True)
    ]
    for axis, (whole, begin, length) in enumerate(zip(wholes, begins, lengths, strict=True)):
        numbers = as_int(whole), as_int(begin), as_int(length)
        if None not in numbers and (numbers[1] or 0) + max(numbers[2] or 0, 0) > (numbers[0] or 0):
            raise ShapeProblem(
                ProblemKind.CROP,
                f"a slice of {numbers[2]} from {numbers[1]} runs over axis {axis} of {x.shape}",
                label=f"axis {axis} has size {numbers[0]}",
                help="make start and size fit the axis",
                operands=(0,),
            )
    content = None
    if len(kept) == 1 and isinstance(x.content, tuple):
        first, count = as_int(begins[0]), as_int(kept[0])
        content = None if first is None or count is None else x.content[first : first + count]
    return result(Shape(tuple(kept)), x.dtype, x, content=content)


@op("tf.strided_slice", family=Family.INDEXING, operand="input_")
def strided_slice(call: OpCall) -> TensorSpec:
    """What ``input_[begin:end:strides]`` is, without the masks."""
    x = tensor(argument(call, "input_"))
    masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    begin, end = sizes(argument(call, "begin")), sizes(argument(call, "end"))
    strides = argument(call, "strides")
    steps = (1,) * len(begin or ()) if strides is None else sizes(strides)
    plain = all(call.arguments.get(name, 0) == 0 for name in masks)
    if not plain or begin is None or end is None or steps is None or not len(begin) == len(end) == len(steps):
        return unknown_like(x)
    return getitem(x, tuple(slice(*bounds) for bounds in zip(begin, end, steps, strict=True)))


@op("keras.ops.get_item", family=Family.INDEXING)
def get_item(call: OpCall) -> TensorSpec:
    """``x[key]``."""
    return getitem(tensor(argument(call, "x")), argument(call, "key"))


def one_hot(indices: TensorSpec, depth: Dim, axis: Any, dtype: str | None) -> TensorSpec:
    """A new axis of size ``depth`` at ``axis`` (the last for None)."""
    place = -1 if axis is None else integer(axis)
    dims = indices.shape.dims
    if dims is None or place is None:
        rank = indices.shape.rank
        return result(Shape(None if rank is None else (UNKNOWN,) * (rank + 1)), dtype, indices)
    at = normal_axis(place, len(dims), indices.shape, extra=1)
    return result(Shape((*dims[:at], depth, *dims[at:])), dtype, indices)


@op("tf.one_hot", operand="indices")
def tf_one_hot(call: OpCall) -> TensorSpec:
    """One row of ``depth`` for each index."""
    values = [argument(call, name) for name in ("on_value", "off_value")]
    default = "float32" if all(value is None for value in values) else None
    dtype = dtype_name(argument(call, "dtype"), default)
    return one_hot(tensor(argument(call, "indices")), dim_of(argument(call, "depth")), argument(call, "axis"), dtype)


@op("keras.ops.one_hot")
def keras_one_hot(call: OpCall) -> TensorSpec:
    """One row of ``num_classes`` for each index."""
    dtype = dtype_name(argument(call, "dtype"), "float32")
    return one_hot(tensor(argument(call, "x")), dim_of(argument(call, "num_classes")), argument(call, "axis"), dtype)


@op("keras.backend.one_hot", operand="indices")
def backend_one_hot(call: OpCall) -> TensorSpec:
    """One row of ``num_classes`` for each index."""
    return one_hot(tensor(argument(call, "indices")), dim_of(argument(call, "num_classes")), -1, "float32")


@op("keras.ops.multi_hot", operand="inputs")
def multi_hot(call: OpCall) -> TensorSpec:
    """One row of ``num_classes`` for each set of labels, the axis after the batch reduced away."""
    x = tensor(argument(call, "inputs"))
    axis = argument(call, "axis")
    dims = x.shape.dims
    if dims is None or axis != -1 or argument(call, "num_classes") is None:
        return unknown_like(x)
    reduced = Shape(dims[:1] + dims[2:] if len(dims) > 1 else ())
    encoded = one_hot(result(reduced, None, x), dim_of(argument(call, "num_classes")), -1, None)
    return TensorSpec(encoded.shape, dtype_name(argument(call, "dtype")), None, x.keras_tensor)


def where(call: OpCall, left: str, right: str) -> Structure:
    """One of two operands by the condition; the places where it holds if there are none."""
    condition = tensor(argument(call, "condition"))
    a, b = argument(call, left), argument(call, right)
    if a is None and b is None:
        if call.name.startswith("keras"):
            return None
        rank = condition.shape.rank
        return result(Shape.of(UNKNOWN, UNKNOWN if rank is None else rank), "int64", condition)
    first, second = tensor(a), tensor(b)
    dtype = common_dtype(call.name, (a, b))
    shape = broadcast_operands(condition, first, second)
    return result(shape, dtype if dtype in FLOATS else None, condition, first, second)


@op("tf.where", family=Family.ELEMENTWISE, operand="condition")
def tf_where(call: OpCall) -> Structure:
    """One of two operands by the condition, or the places where it holds."""
    return where(call, "x", "y")


@op("keras.ops.where", family=Family.ELEMENTWISE, operand="condition")
def keras_where(call: OpCall) -> Structure:
    """One of two operands by the condition, or the places where it holds."""
    return where(call, "x1", "x2")


@op("tf.compat.v1.where", family=Family.ELEMENTWISE, operand="condition")
def v1_where(call: OpCall) -> Structure:
    """As ``tf.where``, but the operands have one shape, of which the condition may be the first axis."""
    first, second = argument(call, "x"), argument(call, "y")
    if first is None and second is None:
        return where(call, "x", "y")
    one, other = tensor(first), tensor(second)
    return result(broadcast_operands(one, other), common_dtype(call.name, (first, second)), one, other)


@op("keras.backend.switch", family=Family.ELEMENTWISE, operand="condition")
def switch(call: OpCall) -> TensorSpec:
    """One of two operands by the condition."""
    first, second = (argument(call, name) for name in ("then_expression", "else_expression"))
    if not isinstance(first, TensorSpec) or first.shape != tensor(second).shape:
        return TensorSpec()
    return result(first.shape, common_dtype(call.name, (first, second)), first, tensor(second))


@op("keras.ops.nonzero", family=Family.INDEXING)
def nonzero(call: OpCall) -> Structure:
    """One vector of places for each axis."""
    x = tensor(argument(call, "x"))
    rank = x.shape.rank
    return None if rank is None else tuple(result(Shape.of(UNKNOWN), None, x) for _ in range(rank))


@op("tf.scatter_nd", family=Family.SEGMENT, operand="updates")
def scatter_nd(call: OpCall) -> TensorSpec:
    """Zeros of a given shape with the updates put in."""
    updates = tensor(argument(call, "updates"))
    return result(Shape(sizes(argument(call, "shape"))), updates.dtype, updates)


@op("keras.ops.scatter", family=Family.SEGMENT, operand="values")
def keras_scatter(call: OpCall) -> TensorSpec:
    """Zeros of a given shape with the values put in."""
    values = tensor(argument(call, "values"))
    return result(Shape(sizes(argument(call, "shape"))), values.dtype, values)


@op("tf.tensor_scatter_nd_update", "tf.tensor_scatter_nd_add", "tf.tensor_scatter_nd_sub", operand="tensor")
@op("tf.tensor_scatter_nd_max", "tf.tensor_scatter_nd_min", operand="tensor")
def tensor_scatter(call: OpCall) -> TensorSpec:
    """The operand with some of its elements changed."""
    x = tensor(argument(call, "tensor"))
    return result(x.shape, x.dtype, x)


@op("keras.ops.scatter_update", "keras.ops.slice_update", operand="inputs")
def keras_update(call: OpCall) -> TensorSpec:
    """The operand with some of its elements changed."""
    x = tensor(argument(call, "inputs"))
    return result(x.shape, x.dtype, x)


@op("tf.unique", family=Family.INDEXING)
def unique(call: OpCall) -> Structure:
    """The distinct values, and for each element which it is."""
    x = tensor(argument(call, "x"))
    return result(Shape.of(UNKNOWN), x.dtype, x), result(x.shape, dtype_name(argument(call, "out_idx"), "int32"), x)


@op("tf.unique_with_counts", family=Family.INDEXING)
def unique_with_counts(call: OpCall) -> Structure:
    """The distinct values, for each element which it is, and how many there are of each."""
    x = tensor(argument(call, "x"))
    dtype = dtype_name(argument(call, "out_idx"), "int32")
    values = result(Shape.of(UNKNOWN), x.dtype, x)
    return values, result(x.shape, dtype, x), result(Shape.of(UNKNOWN), dtype, x)


@op("keras.ops.unique", family=Family.INDEXING, axis="axis")
def keras_unique(call: OpCall) -> Structure:
    """The distinct values."""
    x = tensor(argument(call, "x"))
    extra = [flag(argument(call, name)) for name in ("return_index", "return_inverse", "return_counts")]
    if extra != [False, False, False]:
        return None
    known_size = argument(call, "axis") is None
    size: Dim = UNKNOWN if argument(call, "size") is None else dim_of(argument(call, "size"))
    return result(Shape.of(size) if known_size else Shape(None), x.dtype, x)


@op("tf.searchsorted", operand="values")
def tf_searchsorted(call: OpCall) -> TensorSpec:
    """A place for each value."""
    x = tensor(argument(call, "values"))
    return result(x.shape, dtype_name(argument(call, "out_type"), "int32"), x)


@op("keras.ops.searchsorted", operand="values")
def keras_searchsorted(call: OpCall) -> TensorSpec:
    """A place for each value."""
    x = tensor(argument(call, "values"))
    return result(x.shape, None, x)


@op("keras.ops.digitize", family=Family.ELEMENTWISE)
def digitize(call: OpCall) -> TensorSpec:
    """The bin of each element."""
    x = tensor(argument(call, "x"))
    return result(x.shape, "int32", x)


@op("tf.dynamic_partition", family=Family.INDEXING, operand="data")
def dynamic_partition(call: OpCall) -> Structure:
    """The slices of each partition: how many depends on the values."""
    x, partitions = tensor(argument(call, "data")), tensor(argument(call, "partitions"))
    count = integer(argument(call, "num_partitions"))
    if count is None or count > 64:
        return None
    dims, outer = x.shape.dims, partitions.shape.dims
    shape = Shape(None) if dims is None or outer is None else Shape((UNKNOWN, *dims[len(outer) :]))
    return [result(shape, x.dtype, x) for _ in range(count)]


@op("keras.ops.isin", family=Family.ELEMENTWISE, operand="x1")
def isin(call: OpCall) -> TensorSpec:
    """Whether each element is among the others."""
    x = tensor(argument(call, "x1"))
    return result(x.shape, "bool", x)


@op("keras.ops.select", family=Family.ELEMENTWISE, operand="choicelist")
def select(call: OpCall) -> TensorSpec:
    """For each element the first choice whose condition holds."""
    conditions, choices = tensors(argument(call, "condlist")), tensors(argument(call, "choicelist"))
    if conditions is None or choices is None:
        return TensorSpec()
    default = tensor(argument(call, "default"))
    return result(broadcast_operands(*conditions, *choices, default), None, *choices)


@op("keras.ops.unravel_index", operand="indices")
def unravel_index(call: OpCall) -> Structure:
    """For each axis of ``shape``, the index along it of each place."""
    x, shape = tensor(argument(call, "indices")), argument(call, "shape")
    if not isinstance(shape, list | tuple):
        return None
    return tuple(result(x.shape, x.dtype, x) for _ in shape)
