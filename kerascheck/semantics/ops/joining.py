"""Functions that join tensors: concatenate, stack, append, meshgrid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, Structure, op
from kerascheck.semantics.ops.arguments import (
    argument,
    integer,
    normal_axis,
    result,
    tensor,
    tensors,
    tuple_content,
    unknown_like,
)
from kerascheck.semantics.ops.dtypes import common_dtype, is_keras
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, Unknown, as_int, compare, unify
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
    if len(operands) == 1:
        return result(first.shape, dtype, first, content=first.content)
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
    return shape.rank - 1 if shape.rank else None


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
