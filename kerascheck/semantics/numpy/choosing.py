"""NumPy's functions that choose elements: ``where``, ``unique``, ``take``, ``nonzero``, ``compress``."""

from __future__ import annotations

from typing import Any

from kerascheck.semantics.api import Structure
from kerascheck.semantics.numpy.api import NumpyCall, rule, with_dtype
from kerascheck.semantics.numpy.arithmetic import met
from kerascheck.semantics.numpy.dtypes import common, of_binary
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.semantics.ops.arguments import integer
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec

_PLACES = TensorSpec(Shape.of(UNKNOWN), "int64")


MAXIMUM_CONTENT = 1_000
"""Longer arrays keep their shape only."""


@rule("where")
def where(call: NumpyCall) -> Structure:
    """One of two operands by the condition; without them the places where it holds, an array an axis."""
    condition = call.array("condition")
    first, second = call.get("x"), call.get("y")
    if first is None and second is None:
        return None if condition.shape.rank is None else (_PLACES,) * condition.shape.rank
    one, other = as_array(first), as_array(second)
    weak = isinstance(first, TensorSpec) != isinstance(second, TensorSpec)
    dtype = of_binary("numpy.maximum", first, second) if weak else common(one.dtype, other.dtype)
    return TensorSpec(met(condition, one, other), dtype)


@rule("nonzero")
def nonzero(call: NumpyCall) -> Structure:
    """The places of what is not zero, an array an axis."""
    rank = call.array("a").shape.rank
    return None if rank is None else (_PLACES,) * rank


@rule("flatnonzero")
def flatnonzero(call: NumpyCall) -> TensorSpec:
    """The places of what is not zero in the flattened array."""
    return _PLACES


@rule("argwhere")
def argwhere(call: NumpyCall) -> TensorSpec:
    """The places of what is not zero, a row each."""
    rank = call.array("a").shape.rank
    return TensorSpec(Shape.of(UNKNOWN, UNKNOWN if rank is None else rank), "int64")


@rule("unique")
def unique(call: NumpyCall) -> Structure:
    """The values without repeats, with what else is asked for: their places, and the like."""
    x, axis = call.array("ar"), call.get("axis")
    values = TensorSpec(Shape.of(UNKNOWN), x.dtype)
    if axis is not None:
        place, rank = integer(axis), x.shape.rank
        known = place is not None and rank is not None and -rank <= place < rank
        values = TensorSpec(x.shape.replace(place or 0, UNKNOWN) if known else Shape(None), x.dtype)
    asked = [call.get(name, default=False) for name in ("return_index", "return_inverse", "return_counts")]
    if any(not isinstance(flag, bool) for flag in asked):
        return None
    # The inverse of a matrix has one axis in one version of NumPy and two in another.
    inverse = TensorSpec(x.shape if x.shape.rank == 1 else Shape(None), "int64")
    more = [part for part, flag in zip((_PLACES, inverse, _PLACES), asked, strict=True) if flag]
    return (values, *more) if more else values


@rule("take")
def take(call: NumpyCall) -> Structure:
    """Slices along an axis; without one, elements of the flattened array."""
    x = call.array("a")
    found = call.twin("keras.ops.take", x=x, indices=call.array("indices"), axis=call.get("axis"))
    return with_dtype(found, x.dtype)


@rule("take_along_axis")
def take_along_axis(call: NumpyCall) -> Structure:
    """For each place outside the axis, the elements at the indices there."""
    x = call.array("arr")
    axis = call.get("axis", default=-1)
    found = call.twin("keras.ops.take_along_axis", x=x, indices=call.array("indices"), axis=axis)
    return with_dtype(found, x.dtype)


@rule("delete")
def delete(call: NumpyCall) -> TensorSpec:
    """The array without some places; its numbers where a plain list loses known ones."""
    found = _some(call)
    x, places, axis = call.get("arr"), call.get("obj"), call.get("axis")
    numbers = list(x) if isinstance(x, (list, tuple, range)) else None
    gone = [places] if isinstance(places, int) else places
    if axis is not None or numbers is None or not isinstance(gone, (list, tuple)):
        return found
    if not all(type(each) is int for each in (*numbers, *gone)) or len(numbers) > MAXIMUM_CONTENT:
        return found
    if not all(-len(numbers) <= place < len(numbers) for place in gone):
        return found
    lost = {place % len(numbers) for place in gone}
    left = tuple(number for place, number in enumerate(numbers) if place not in lost)
    return TensorSpec(Shape.of(len(left)), found.dtype, left)


@rule("insert", "compress", "extract", "trim_zeros")
def some(call: NumpyCall) -> TensorSpec:
    """The array with more or fewer places along an axis, how many is not known."""
    return _some(call)


def _some(call: NumpyCall) -> TensorSpec:
    x, axis = call.array("arr", "a", "filt"), call.get("axis")
    place, rank = None if axis is None else integer(axis), x.shape.rank
    if call.name in {"numpy.extract", "numpy.trim_zeros"}:
        return TensorSpec(Shape.of(UNKNOWN) if call.name == "numpy.extract" else Shape(None), x.dtype)
    if axis is None:
        return TensorSpec(Shape.of(UNKNOWN), x.dtype)
    if place is None or rank is None or not -rank <= place < rank:
        return TensorSpec(dtype=x.dtype)
    return TensorSpec(x.shape.replace(place, UNKNOWN), x.dtype)


@rule("histogram")
def histogram(call: NumpyCall) -> Structure:
    """The counts of each bin, and the edges between the bins."""
    bins: Any = call.get("bins", default=10)
    count = integer(bins) if isinstance(bins, int) else None
    return (
        TensorSpec(Shape.of(UNKNOWN if count is None else count)),
        TensorSpec(Shape.of(UNKNOWN if count is None else count + 1)),
    )


@rule("bincount")
def bincount(call: NumpyCall) -> TensorSpec:
    """How often each number occurs."""
    return TensorSpec(Shape.of(UNKNOWN))


@rule("searchsorted", "digitize")
def places(call: NumpyCall) -> TensorSpec:
    """For each value, its place among the sorted ones."""
    return TensorSpec(call.array("v", "x").shape, "int64")
