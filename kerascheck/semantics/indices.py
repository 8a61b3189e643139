"""What indexing keeps of one axis of its operand: one element, a fixed part, or what a mask picks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from kerascheck.semantics.ops.arguments import axes_argument, integer, sizes, tensor
from kerascheck.shapes import Dim, Expression, TensorSpec, as_int


class Kept(Enum):
    """What is left of an axis whose elements are not all kept in order."""

    ONE = "one element, by a fixed index"
    SOME = "elements at fixed indices"
    REVERSED = "all elements, in reverse order"
    MASKED = "the elements where a mask holds"
    PARTS = "parts, each of them a result of its own"


def kept_of_axis(name: str, arguments: Mapping[str, Any], operand: TensorSpec, axis: int) -> Kept | None:
    """What a call of an indexing function certainly keeps of ``axis``; None where that is all of it, or not known.

    Args:
        name: the function's canonical name.
        arguments: its arguments by parameter name, tensors as :class:`TensorSpec`.
        operand: the tensor that is indexed.
        axis: the axis of it, counted from the front.
    """
    match name.rpartition(".")[2]:
        case "get_item":
            key = arguments.get("key")
            return _of_parts(key if isinstance(key, tuple) else (key,), operand, axis)
        case "slice":
            return _of_block(arguments, operand, axis)
        case "strided_slice":
            return _of_strides(arguments, operand, axis)
        case "gather" | "take":
            return _of_gather(arguments, operand, axis)
        case "boolean_mask":
            return _of_mask(arguments, operand, axis)
        case "split" | "array_split":
            return _of_split(arguments, operand, axis)
    return None


def _of_parts(parts: Sequence[Any], operand: TensorSpec, axis: int) -> Kept | None:
    """What ``operand[parts]`` keeps of the axis."""
    found = _part_of_axis(parts, operand, axis)
    match found:
        case slice():
            return _of_slice(found, (operand.shape.dims or (None,) * (axis + 1))[axis])
        case bool() | None:
            return None
        case int() | Expression():
            return Kept.ONE if as_int(found) is not None else None
        case TensorSpec(dtype="bool") if found.shape.rank == 1:
            return Kept.MASKED
        case list() if found and all(isinstance(index, int) and not isinstance(index, bool) for index in found):
            return Kept.SOME
    return None


def _part_of_axis(parts: Sequence[Any], operand: TensorSpec, axis: int) -> Any:
    """The part of a key that indexes the axis; None where none does, or that is not known."""
    place = 0
    for position, part in enumerate(parts):
        if part is None:
            continue
        if part is Ellipsis:
            rest = sum(1 for later in parts[position + 1 :] if later is not None)
            if operand.shape.rank is None:
                return None
            place = max(place, operand.shape.rank - rest)
            if axis < place:
                return None
            continue
        if isinstance(part, TensorSpec) and (
            part.shape.rank is None or (part.dtype == "bool" and part.shape.rank != 1)
        ):
            return None
        if place == axis:
            return part
        place += 1
    return None


def _of_slice(part: slice, dim: Dim | None) -> Kept | None:
    written = (part.start, part.stop, part.step)
    bounds = [as_int(bound) if isinstance(bound, int | Expression) else None for bound in written]
    if any(bound is None and given is not None for bound, given in zip(bounds, written, strict=True)):
        return None
    start, stop, step = bounds
    if step == -1 and start is None and stop is None:
        return Kept.REVERSED
    if step not in {None, 1} or (start in {None, 0} and stop is None):
        return None
    size = None if dim is None else as_int(dim)
    if size is not None and range(size)[slice(start, stop)] == range(size):
        return None
    return Kept.SOME


def _of_block(arguments: Mapping[str, Any], operand: TensorSpec, axis: int) -> Kept | None:
    starts = sizes(arguments.get("begin", arguments.get("start_indices")))
    lengths = sizes(arguments.get("size", arguments.get("shape")))
    if starts is None or lengths is None or not axis < len(starts) == len(lengths):
        return None
    start, length = as_int(starts[axis]), as_int(lengths[axis])
    if start is None or length is None:
        return None
    return _of_slice(slice(start, None if length == -1 else start + length), (operand.shape.dims or ())[axis])


def _of_strides(arguments: Mapping[str, Any], operand: TensorSpec, axis: int) -> Kept | None:
    masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    begin, end = sizes(arguments.get("begin")), sizes(arguments.get("end"))
    strides = arguments.get("strides")
    if begin is None or end is None or not axis < len(begin) == len(end):
        return None
    if strides is not None or any(arguments.get(mask) for mask in masks):
        return None
    bounds = as_int(begin[axis]), as_int(end[axis])
    return None if None in bounds else _of_slice(slice(*bounds), (operand.shape.dims or ())[axis])


def _of_gather(arguments: Mapping[str, Any], operand: TensorSpec, axis: int) -> Kept | None:
    if integer(arguments.get("batch_dims", 0)) != 0:
        return None
    given = arguments.get("axis")
    along = 0 if given is None else integer(given)
    rank = operand.shape.rank
    if along is None or (along < 0 and rank is None) or (along if rank is None else along % rank) != axis:
        return None
    indices = tensor(arguments.get("indices"))
    match indices.content:
        case bool() | None:
            return None
        case int():
            return Kept.ONE
        case tuple() as content if content and all(isinstance(index, int) for index in content):
            return Kept.SOME
    return None


def _of_split(arguments: Mapping[str, Any], operand: TensorSpec, axis: int) -> Kept | None:
    along, rank = integer(arguments.get("axis", 0)), operand.shape.rank
    parts = arguments.get("num_or_size_splits", arguments.get("indices_or_sections"))
    several = len(parts) > 1 if isinstance(parts, list | tuple) else isinstance(parts, int) and parts > 1
    if not several or along is None or rank is None:
        return None
    return Kept.PARTS if along % rank == axis else None


def _of_mask(arguments: Mapping[str, Any], operand: TensorSpec, axis: int) -> Kept | None:
    given = arguments.get("axis")
    along = 0 if given is None else axes_argument(given)
    along = along[0] if isinstance(along, tuple) and along else along
    mask = arguments.get("mask")
    if not isinstance(along, int) or not isinstance(mask, TensorSpec) or mask.shape.rank != 1:
        return None
    rank = operand.shape.rank
    if along < 0 and rank is None:
        return None
    return Kept.MASKED if (along if rank is None else along % rank) == axis else None
