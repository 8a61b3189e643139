"""NumPy's functions that rearrange, join, split and repeat: each has the shape rule of its twin in ``keras.ops``."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

from kerascheck.semantics.api import Structure
from kerascheck.semantics.numpy.api import NumpyCall, rule, with_dtype
from kerascheck.semantics.numpy.dtypes import common
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.semantics.ops.arguments import LONGEST_CONTENT, integer, sizes
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, unify

ARRAY = ("a", "A", "m", "arr", "array", "ary", "x", "v", "filt")
"""How NumPy's functions call the array they rearrange."""


@rule("reshape")
def reshape(call: NumpyCall) -> Structure:
    """The same elements in another shape, one size of which may be -1; a method takes the sizes one by one."""
    shape = call.get("newshape", "shape", default=UNKNOWN)
    if isinstance(shape, tuple) and len(shape) == 1 and not isinstance(shape[0], int):
        shape = shape[0] if isinstance(shape[0], (tuple, list)) or as_array(shape[0]).shape.rank != 0 else shape
    return _same(call, "keras.ops.reshape", newshape=shape)


def _same(call: NumpyCall, op: str, *, operand: str = "x", **arguments: Any) -> Structure:
    """What the twin makes of the array, of which the dtype stays."""
    x = call.array(*ARRAY)
    return with_dtype(call.twin(op, **{operand: x}, **arguments), x.dtype)


@rule("ravel")
def ravel(call: NumpyCall) -> TensorSpec:
    """One axis of all elements."""
    x = call.array(*ARRAY)
    return TensorSpec(Shape.of(x.shape.size), x.dtype)


@rule("resize")
def resize(call: NumpyCall) -> TensorSpec:
    """The elements repeated to fill a shape."""
    return TensorSpec(Shape(sizes(call.get("new_shape", default=UNKNOWN))), call.array("a").dtype)


@rule("transpose", "permute_dims")
def transpose(call: NumpyCall) -> Structure:
    """The axes in another order, or turned round; a method takes them one by one."""
    axes = call.get("axes")
    if isinstance(axes, tuple) and len(axes) == 1 and not isinstance(axes[0], int):
        axes = axes[0]
    if axes == ():
        axes = None
    return _same(call, "keras.ops.transpose", axes=axes)


@rule("swapaxes")
def swapaxes(call: NumpyCall) -> Structure:
    """Two axes exchanged."""
    return _same(call, "keras.ops.swapaxes", axis1=call.get("axis1"), axis2=call.get("axis2"))


@rule("moveaxis")
def moveaxis(call: NumpyCall) -> Structure:
    """Axes moved to new places."""
    return _same(call, "keras.ops.moveaxis", source=call.get("source"), destination=call.get("destination"))


@rule("rollaxis")
def rollaxis(call: NumpyCall) -> TensorSpec:
    """An axis moved before another."""
    x = call.array("a")
    return TensorSpec(Shape(None if x.shape.rank is None else (UNKNOWN,) * x.shape.rank), x.dtype)


@rule("expand_dims")
def expand_dims(call: NumpyCall) -> Structure:
    """New axes of size one."""
    return _same(call, "keras.ops.expand_dims", axis=call.get("axis", default=UNKNOWN))


@rule("squeeze")
def squeeze(call: NumpyCall) -> Structure:
    """Axes of size one taken away."""
    return _same(call, "keras.ops.squeeze", axis=call.get("axis"))


@rule("broadcast_to")
def broadcast_to(call: NumpyCall) -> Structure:
    """The array repeated to a shape."""
    return _same(call, "keras.ops.broadcast_to", shape=call.get("shape", default=UNKNOWN))


@rule("flip", "flipud", "fliplr", "triu", "tril", "fft.fftshift", "fft.ifftshift")
def kept(call: NumpyCall) -> TensorSpec:
    """The same shape."""
    x = call.array(*ARRAY)
    least = {"numpy.triu": 2, "numpy.tril": 2, "numpy.fliplr": 2, "numpy.flipud": 1}.get(call.name, 0)
    rank = x.shape.rank
    return TensorSpec(x.shape if rank is None or rank >= least else Shape(None), x.dtype)


@rule("roll")
def roll(call: NumpyCall) -> TensorSpec:
    """The same shape, the elements pushed round."""
    x = call.array("a")
    return TensorSpec(x.shape, x.dtype)


@rule("rot90")
def rot90(call: NumpyCall) -> Structure:
    """Two axes turned by a quarter ``k`` times."""
    turns, axes = call.get("k", default=1), call.get("axes", default=(0, 1))
    return _same(call, "keras.ops.rot90", operand="array", k=turns, axes=axes)


@rule("repeat")
def repeat(call: NumpyCall) -> Structure:
    """Each element repeated along an axis; flattened where that is None."""
    return _same(call, "keras.ops.repeat", repeats=_counts(call.get("repeats")), axis=call.get("axis"))


@rule("tile")
def tile(call: NumpyCall) -> Structure:
    """The array repeated along its axes."""
    return _same(call, "keras.ops.tile", repeats=_counts(call.get("reps")))


def _counts(value: Any) -> Any:
    return TensorSpec() if value is UNKNOWN else value


@rule("pad")
def pad(call: NumpyCall) -> TensorSpec:
    """A margin before and after each axis: of one width, of a pair for all axes, or of a pair each."""
    x, width = call.array("array"), call.get("pad_width", default=UNKNOWN)
    rank = x.shape.rank
    if rank is None or x.shape.dims is None:
        return TensorSpec(dtype=x.dtype)
    pairs = _pairs(width, rank)
    if pairs is None:
        return TensorSpec(Shape((UNKNOWN,) * rank), x.dtype)
    return TensorSpec(Shape(tuple(dim + sum(pair) for dim, pair in zip(x.shape.dims, pairs, strict=True))), x.dtype)


def _pairs(width: Any, rank: int) -> list[tuple[int, int]] | None:
    """What each axis gets before and after it; None where that is not known."""
    match width:
        case int():
            return [(width, width)] * rank
        case (int() as each,) | [int() as each]:
            return [(each, each)] * rank
        case (int() as before, int() as after) | [int() as before, int() as after]:
            return [(before, after)] * rank
        case tuple() | list():
            found = [_pair(part) for part in width]
            pairs = [pair for pair in found if pair is not None]
            if len(pairs) != len(found):
                return None
            return pairs * rank if len(pairs) == 1 else pairs if len(pairs) == rank else None
    return None


def _pair(part: Any) -> tuple[int, int] | None:
    match part:
        case (int() as each,) | [int() as each]:
            return each, each
        case (int() as before, int() as after) | [int() as before, int() as after]:
            return before, after
    return None


@rule("concatenate", "concat", "vstack", "hstack", "dstack", "row_stack")
def concatenate(call: NumpyCall) -> Structure:
    """Arrays one after the other along an axis, which for the stacks is the first, second or third."""
    parts = _parts(call.get("arrays", "tup", default=UNKNOWN))
    name = call.name.split(".")[-1]
    if parts is None:
        return _of_any_count(call, concatenate)
    dtype = call.dtype(_common(parts))
    axis = call.get("axis", default=0)
    if name not in {"concatenate", "concat"}:
        if name in {"vstack", "row_stack"}:
            return with_dtype(call.twin("keras.ops.concatenate", xs=[raised(part, 2) for part in parts], axis=0), dtype)
        return with_dtype(call.twin(f"keras.ops.{name}", xs=parts), dtype)
    if axis is None:
        total: Dim = 0
        for part in parts:
            total = total + part.shape.size
        return TensorSpec(Shape.of(total), dtype)
    return with_dtype(call.twin("keras.ops.concatenate", xs=parts, axis=axis), dtype)


@rule("stack")
def stack(call: NumpyCall) -> Structure:
    """Arrays side by side along a new axis."""
    parts = _parts(call.get("arrays", default=UNKNOWN))
    if parts is None:
        return _of_any_count(call, stack)
    return with_dtype(
        call.twin("keras.ops.stack", x=parts, axis=call.get("axis", default=0)), call.dtype(_common(parts))
    )


@rule("column_stack")
def column_stack(call: NumpyCall) -> Structure:
    """Vectors as the columns of a matrix, matrices beside one another."""
    parts = _parts(call.get("tup", default=UNKNOWN))
    if parts is None or any(part.shape.rank not in {1, 2} for part in parts):
        return TensorSpec()
    columns = [part.with_shape(Shape((*part.shape, 1))) if part.shape.rank == 1 else part for part in parts]
    return with_dtype(call.twin("keras.ops.concatenate", xs=columns, axis=1), _common(parts))


@rule("append")
def append(call: NumpyCall) -> Structure:
    """Two arrays one after the other; flattened where no axis is given."""
    parts = [call.array("arr"), call.array("values")]
    found = call.twin("keras.ops.append", x1=parts[0], x2=parts[1], axis=call.get("axis"))
    return with_dtype(found, _common(parts))


def _of_any_count(call: NumpyCall, rule_of_several: Callable[[NumpyCall], Structure]) -> Structure:
    """What becomes of an unknown number of equal arrays: what two and three of them give alike."""
    for key, value in call.arguments.items():
        if isinstance(value, TensorSpec) and value.shape.dims:
            part = TensorSpec(Shape(value.shape.dims[1:]), value.dtype)
            made = [
                rule_of_several(NumpyCall(call.name, {**call.arguments, key: [part] * count}, call.made))
                for count in (2, 3)
            ]
            specs = [each for each in made if isinstance(each, TensorSpec)]
            if len(specs) == len(made):
                return TensorSpec(unify(each.shape for each in specs), specs[0].dtype)
    return TensorSpec(dtype=call.dtype(None))


def _parts(value: Any) -> list[TensorSpec] | None:
    """The arrays of a sequence; a single array stands for its rows. None where they are not known."""
    match value:
        case list() | tuple() if value:
            return [as_array(part) for part in value]
        case TensorSpec(shape=Shape(dims=dims), dtype=dtype) if dims:
            count = as_int(dims[0])
            return [TensorSpec(Shape(dims[1:]), dtype)] * count if count and count <= LONGEST_CONTENT else None
    return None


def _common(parts: list[TensorSpec]) -> str | None:
    dtypes = [part.dtype for part in parts]
    return reduce(common, dtypes)


@rule("split", "array_split", "hsplit", "vsplit", "dsplit")
def split(call: NumpyCall) -> Structure:
    """Equal parts, or the parts between indices, as a list."""
    parts = call.get("indices_or_sections", default=UNKNOWN)
    axis = call.get("axis", default=0)
    if integer(parts) is None and not isinstance(parts, (list, tuple)):
        return None
    found = _same(call, f"keras.ops.{call.name.split('.')[-1]}", indices_or_sections=parts, axis=axis)
    return None if isinstance(found, TensorSpec) else found


@rule("diag", "diagflat")
def diag(call: NumpyCall) -> Structure:
    """A matrix with a vector on its diagonal, or the diagonal of a matrix."""
    x = call.array("v")
    if call.name == "numpy.diagflat":
        return TensorSpec(dtype=x.dtype)
    return with_dtype(call.twin("keras.ops.diag", x=x, k=call.get("k", default=0)), x.dtype)


@rule("diagonal")
def diagonal(call: NumpyCall) -> Structure:
    """The diagonal of two axes, put last."""
    places = {name: call.get(name, default=place) for place, name in enumerate(("axis1", "axis2"))}
    return _same(call, "keras.ops.diagonal", offset=call.get("offset", default=0), **places)


@rule("atleast_1d", "atleast_2d", "atleast_3d")
def at_least(call: NumpyCall) -> Structure:
    """An array with as many axes at least."""
    given = call.get("arys", default=())
    if len(given) != 1:
        return None
    return raised(as_array(given[0]), int(call.name.split("_")[1][0]))


def raised(x: TensorSpec, rank: int) -> TensorSpec:
    """``x`` with new axes, so that it has ``rank`` of them at least."""
    dims = x.shape.dims
    if dims is None or len(dims) >= rank:
        return TensorSpec(x.shape, x.dtype)
    match rank, len(dims):
        case 3, 2:
            dims = (*dims, 1)
        case 3, 1:
            dims = (1, *dims, 1)
        case _:
            dims = (1,) * (rank - len(dims)) + dims
    return TensorSpec(Shape(dims), x.dtype)
