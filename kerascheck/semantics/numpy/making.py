"""NumPy's functions that make arrays: of sizes, of values, of what a program already has."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce

from kerascheck.semantics.api import Structure
from kerascheck.semantics.numpy.api import NumpyCall, rule, with_dtype
from kerascheck.semantics.numpy.dtypes import common
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.semantics.ops.arguments import dim_of, integer, sizes
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec

MAXIMUM_CONTENT = 1_000
"""Longer arrays keep their shape only."""


@rule("array", "asarray", "asanyarray", "ascontiguousarray", "asarray_chkfinite", "copy", "asfortranarray")
def array(call: NumpyCall) -> TensorSpec:
    """An array of what is given: of numbers, of lists of them, of other arrays."""
    x = call.array("object", "a")
    least = integer(call.get("ndmin", default=0))
    dtype = call.dtype(x.dtype)
    if x.shape.dims is None or least is None or "object" in {dtype, x.dtype}:
        return TensorSpec(dtype=dtype)
    dims = (1,) * (least - len(x.shape.dims)) + x.shape.dims
    return TensorSpec(Shape(dims), dtype, x.content if dtype == x.dtype and not dims else None)


@rule("zeros", "ones", "empty")
def filled(call: NumpyCall) -> TensorSpec:
    """An array of a given shape."""
    return TensorSpec(Shape(sizes(call.get("shape", default=UNKNOWN))), call.dtype(call.made))


@rule("full")
def full(call: NumpyCall) -> TensorSpec:
    """One value in a given shape."""
    return TensorSpec(Shape(sizes(call.get("shape", default=UNKNOWN))), call.dtype(call.array("fill_value").dtype))


@rule("zeros_like", "ones_like", "empty_like", "full_like")
def like(call: NumpyCall) -> TensorSpec:
    """An array of another's shape and dtype."""
    x, shape = call.array("a", "prototype"), call.get("shape")
    return TensorSpec(x.shape if shape is None else Shape(sizes(shape)), call.dtype(x.dtype))


@rule("eye", "tri")
def eye(call: NumpyCall) -> TensorSpec:
    """A matrix of ``N`` rows and ``M`` columns."""
    rows, columns = dim_of(call.get("N", default=UNKNOWN)), call.get("M")
    return TensorSpec(Shape.of(rows, rows if columns is None else dim_of(columns)), call.dtype(call.made))


@rule("identity")
def identity(call: NumpyCall) -> TensorSpec:
    """A square identity matrix."""
    size = dim_of(call.get("n", default=UNKNOWN))
    return TensorSpec(Shape.of(size, size), call.dtype(call.made))


@rule("arange")
def arange(call: NumpyCall) -> Structure:
    """The numbers from ``start`` to ``stop``, or from 0 to ``start``."""
    start, stop, step = call.get("start_or_stop", "start"), call.get("stop"), call.get("step", default=1)
    step = 1 if step is None else step
    dtypes = [as_array(value).dtype for value in (start, stop, step) if value is not None]
    found = reduce(common, dtypes) if dtypes else None
    made = call.twin("keras.ops.arange", start=start, stop=stop, step=step, dtype=None)
    return with_dtype(made, call.dtype(found if found in {"int64", "float64"} else None))


@rule("linspace", "logspace", "geomspace")
def linspace(call: NumpyCall) -> Structure:
    """Evenly spaced numbers, with the step if ``retstep``."""
    ends = [TensorSpec(call.array(name).shape) for name in ("start", "stop")]
    axis, count = call.get("axis", default=0), call.get("num", default=50)
    spaced = call.twin("keras.ops.logspace", start=ends[0], stop=ends[1], num=count, axis=axis, dtype=None)
    plain = all(call.array(name).dtype in {"int64", "float64"} for name in ("start", "stop"))
    found = with_dtype(spaced, call.dtype(call.made if plain else None))
    if isinstance(found, TensorSpec) and call.name == "numpy.linspace" and found.dtype == "float64":
        found = replace(found, content=_even_numbers(call, count))
    match call.get("retstep", default=False):
        case False:
            return found
        case True:
            return (found, TensorSpec(Shape(None)))
    return None


def _even_numbers(call: NumpyCall, count: object) -> tuple[float, ...] | None:
    """The numbers themselves, as NumPy computes them; None where an end is not a plain number."""
    start, stop, closed = call.get("start"), call.get("stop"), call.get("endpoint", default=True)
    if not isinstance(count, int) or not 0 < count <= MAXIMUM_CONTENT or not isinstance(closed, bool):
        return None
    if not isinstance(start, int | float) or not isinstance(stop, int | float):
        return None
    gaps = count - 1 if closed else count
    step = (stop - start) / gaps if gaps else math.nan
    numbers = [start + index * step if index else float(start) for index in range(count)]
    if closed and count > 1:
        numbers[-1] = float(stop)
    return tuple(numbers)


@rule("hamming", "hanning", "blackman", "bartlett")
def window(call: NumpyCall) -> TensorSpec:
    """A window of ``M`` points."""
    return TensorSpec(Shape.of(dim_of(call.get("M", default=UNKNOWN))), call.made)


@rule("frombuffer", "fromfile", "fromiter")
def read(call: NumpyCall) -> TensorSpec:
    """A vector of what is read."""
    count = integer(call.get("count", default=-1))
    size: Dim = UNKNOWN if count is None or count < 0 else count
    return TensorSpec(Shape.of(size), call.dtype("float64"))


@rule("loadtxt", "genfromtxt", "memmap")
def loaded(call: NumpyCall) -> TensorSpec:
    """An array of whatever a file holds."""
    return TensorSpec()


@rule("meshgrid")
def meshgrid(call: NumpyCall) -> Structure:
    """A grid for each of the vectors; the first two axes are exchanged for the "xy" indexing."""
    vectors = [as_array(value) for value in call.get("xi", default=())]
    lengths = [vector.shape.size for vector in vectors]
    options = {name: call.get(name, default=value) for name, value in (("indexing", "xy"), ("sparse", False))}
    if options["sparse"] is not False or options["indexing"] not in {"xy", "ij"}:
        return None
    if options["indexing"] == "xy" and len(lengths) > 1:
        lengths[0], lengths[1] = lengths[1], lengths[0]
    return tuple(TensorSpec(Shape(tuple(lengths)), vector.dtype) for vector in vectors)
