"""Python's indexing: ``x[:, -1]``, ``x[..., None]``, ``tf.shape(x)[1:3]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.ops.arguments import dim_of, result, unknown_like
from kerascheck.semantics.ops.contents import known
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, TensorSpec, Unknown, as_int, ceil_div, steps_between
from kerascheck.shapes.dim import bounds
from kerascheck.shapes.tensor import Content

_PLAIN = frozenset({int, slice, type(None), type(Ellipsis)})
"""The types of nearly all that a tensor is indexed by: neither an array nor of a kind that is not known."""


def getitem(spec: TensorSpec, key: Any) -> TensorSpec:
    """``spec[key]``.

    Args:
        spec: the tensor.
        key: an int, a Dim, None, Ellipsis, a slice, a TensorSpec, UNKNOWN, or a tuple of these.

    Raises:
        ShapeProblem: RANK for more indices than axes, VALUE for an index outside its axis.
    """
    keys: Sequence[Any] = key if isinstance(key, tuple) else (key,)
    if not _PLAIN.issuperset(map(type, keys)):
        if any(_is_array(part) for part in keys):
            return _advanced(spec, keys)
        if any(_is_unclear(part) for part in keys):
            return unknown_like(spec)
    dims = spec.shape.dims
    if dims is None:
        return unknown_like(spec)
    keys = _without_ellipsis(keys, spec.shape)
    kept: list[Dim] = []
    axis = 0
    for part in keys:
        if part is None:
            kept.append(1)
            continue
        if isinstance(part, slice):
            kept.append(sliced_size(dims[axis], part))
        else:
            _check_index(part, axis, spec.shape)
        axis += 1
    shape = Shape((*kept, *dims[axis:]))
    return TensorSpec(shape, spec.dtype, _content(spec.content, keys), spec.keras_tensor)


def _is_array(part: Any) -> bool:
    match part:
        case list():
            return True
        case TensorSpec(shape=Shape(dims=dims), dtype=dtype):
            return (dims is not None and len(dims) > 0) or dtype == "bool"
    return False


def _is_unclear(part: Any) -> bool:
    match part:
        case bool():
            return True
        case None | int() | Expression() | slice():
            return False
        case TensorSpec(shape=Shape(dims=dims)):
            return dims != ()
    return part is not Ellipsis


def _without_ellipsis(keys: Sequence[Any], shape: Shape) -> list[Any]:
    """``keys`` with an ellipsis written as the full slices that it stands for."""
    rank = shape.rank or 0
    used = sum(1 for part in keys if part is not None and part is not Ellipsis)
    if used > rank:
        raise ShapeProblem(
            ProblemKind.RANK,
            f"{used} indices for a tensor of shape {shape}",
            label=f"{used} indices, {rank} axes",
            help="use one index for each axis at most",
            operands=(0,),
        )
    written: list[Any] = []
    for part in keys:
        if part is Ellipsis:
            written.extend([slice(None)] * (rank - used))
            used = rank
        else:
            written.append(part)
    return written


def _check_index(part: Any, axis: int, shape: Shape) -> None:
    index, size = as_int(dim_of(part)), as_int((shape.dims or ())[axis])
    if index is None or size is None or isinstance(part, TensorSpec) or -size <= index < size:
        return
    raise ShapeProblem(
        ProblemKind.AXIS,
        f"index {index} is out of range for axis {axis} of {shape}",
        label=f"axis {axis} has size {size}",
        help=f"use an index from {-size} to {size - 1}" if size else "the axis is empty",
        operands=(0,),
    )


def sliced_size(dim: Dim, part: slice) -> Dim:
    """The size of what ``part`` takes of an axis."""
    if part.start is None and part.stop is None and part.step is None:
        lowest = bounds(dim)[0] if as_int(dim) is None else 0
        return dim if lowest is not None and lowest >= 0 else UNKNOWN
    start, stop, step = (None if bound is None else dim_of(bound) for bound in (part.start, part.stop, part.step))
    stride = 1 if step is None else as_int(step)
    if not stride or any(isinstance(bound, Unknown) for bound in (start, stop)):
        return UNKNOWN
    size = as_int(dim)
    begin, end = (None if bound is None else as_int(bound) for bound in (start, stop))
    exact = (start is None or begin is not None) and (stop is None or end is not None)
    if size is not None and exact:
        length = steps_between(*slice(begin, end, stride).indices(size))
        return dim if length == size else length
    return _symbolic_slice(dim, start, stop, stride)


def _symbolic_slice(dim: Dim, start: Dim | None, stop: Dim | None, stride: int) -> Dim:
    if stride < 0:
        return ceil_div(dim, -stride) if start is None and stop is None else UNKNOWN
    first, last = _place(start, dim, 0), _place(stop, dim, dim)
    if isinstance(first, Unknown) or isinstance(last, Unknown):
        return UNKNOWN
    if not _within(first, dim) or not _within(last, dim):
        return UNKNOWN
    return ceil_div(last - first, stride)


def _place(bound: Dim | None, dim: Dim, default: Dim) -> Dim:
    """A bound counted from the front; a negative one counts from the end."""
    if bound is None:
        return default
    number = as_int(bound)
    if number is None:
        lowest, highest = bounds(bound)
        if lowest is not None and lowest >= 0:
            return bound
        return dim + bound if highest is not None and highest < 0 else UNKNOWN
    return dim + number if number < 0 else bound


def _within(place: Dim, dim: Dim) -> bool:
    """Whether a bound certainly lies inside its axis, or is counted from its end.

    An axis is taken to hold what is cut from its end; whether one of unknown size has a tenth element is not known.
    """
    rest = dim - place
    lowest, _ = bounds(rest)
    return (lowest is not None and lowest >= 0) or isinstance(rest, int)


def _content(content: Content | None, keys: Sequence[Any]) -> Content | None:
    """The part of a one-dimensional content that the keys take."""
    if not isinstance(content, tuple) or len(keys) != 1:
        return None
    part = keys[0]
    if isinstance(part, slice):
        bounds_ = [None if bound is None else as_int(dim_of(bound)) for bound in (part.start, part.stop, part.step)]
        given = (part.start, part.stop, part.step)
        if any(bound is None and wanted is not None for bound, wanted in zip(bounds_, given, strict=True)):
            return None
        return content[slice(*bounds_)] if bounds_[2] != 0 else None
    index = None if part is None else as_int(dim_of(part))
    if index is None or not -len(content) <= index < len(content):
        return None
    return known(content[index])


def _advanced(spec: TensorSpec, keys: Sequence[Any]) -> TensorSpec:
    """Indexing with one array: its shape takes the axis's place, or a mask's axes become one of unknown size."""
    arrays = [part for part in keys if _is_array(part)]
    dims = spec.shape.dims
    if len(arrays) != 1 or dims is None or not isinstance(arrays[0], TensorSpec):
        return unknown_like(spec)
    array = arrays[0]
    inner = array.shape.dims
    if (
        inner is None
        or array.dtype is None
        or any(part is None or _is_unclear(part) for part in keys if part is not array)
    ):
        return unknown_like(spec)
    width = len(inner) if array.dtype == "bool" else 1
    place = next(index for index, part in enumerate(keys) if part is array)
    if any(not isinstance(part, slice) and part is not Ellipsis for part in keys if part is not array):
        return unknown_like(spec)
    before = list(keys[:place])
    if Ellipsis in before:
        return unknown_like(spec)
    if place + width > len(dims):
        return unknown_like(spec)
    front = [sliced_size(dims[axis], part) for axis, part in enumerate(before)]
    middle: tuple[Dim, ...] = (UNKNOWN,) if array.dtype == "bool" else inner
    rest = getitem(TensorSpec(Shape(dims[place + width :])), tuple(keys[place + 1 :])) if keys[place + 1 :] else None
    end = dims[place + width :] if rest is None else rest.shape.dims
    if end is None:
        return unknown_like(spec)
    return result(Shape((*front, *middle, *end)), spec.dtype, spec)
