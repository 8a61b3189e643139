"""NumPy's indexing: ints, slices, new axes, masks and arrays of indices, in any mixture."""

from __future__ import annotations

from typing import Any

from kerascheck.problems import ShapeProblem
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.semantics.ops.slicing import getitem, sliced_size
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, TensorSpec, broadcast


def numpy_item(x: TensorSpec, key: Any) -> TensorSpec:
    """``x[key]``; of unknown shape where the key is not followed, or certainly raises.

    Args:
        x: the array.
        key: an int, a Dim, None, Ellipsis, a slice, an array's spec, a list, UNKNOWN, or a tuple of these.
    """
    keys = key if isinstance(key, tuple) else (key,)
    nothing = TensorSpec(dtype=x.dtype)
    if any(isinstance(part, (list, TensorSpec)) for part in keys):
        return TensorSpec(_advanced(x.shape, keys), x.dtype)
    try:
        found = getitem(TensorSpec(x.shape, x.dtype), key)
    except ShapeProblem:
        return nothing
    return found if found.shape.dims is not None else nothing


def _advanced(shape: Shape, keys: tuple[Any, ...]) -> Shape:
    """Indexing with arrays: they are broadcast together, a mask standing for one array of indices an axis it has.

    What they give takes their place where they stand side by side, and comes first where something is between them.
    """
    written = _written_out(shape, keys)
    if written is None or shape.dims is None:
        return Shape(None)
    before: list[Dim] = []
    after: list[Dim] = []
    indexed = False
    together: Shape | None = Shape(())
    axis = 0
    for part in written:
        if part is None or isinstance(part, slice):
            size = 1 if part is None else sliced_size(shape.dims[axis], part)
            (after if indexed else before).append(size)
            axis += part is not None
            continue
        indexed = True
        index, width = _index(part)
        axis += width
        together = None if together is None else broadcast(together, index)
    if together is None or together.dims is None:
        return Shape(None)
    rest = (*after, *shape.dims[axis:])
    return Shape((*together.dims, *before, *rest) if _are_apart(keys) else (*before, *together.dims, *rest))


def _are_apart(keys: tuple[Any, ...]) -> bool:
    """Whether something stands between two indices: a slice, a new axis, or an ellipsis, be it for no axis at all."""
    places = [
        place
        for place, part in enumerate(keys)
        if part is not None and part is not Ellipsis and not isinstance(part, slice)
    ]
    return places != list(range(places[0], places[0] + len(places)))


def _written_out(shape: Shape, keys: tuple[Any, ...]) -> list[Any] | None:
    """The keys with arrays for lists, and slices for an ellipsis; None where one is not understood."""
    parts = [as_array(part) if isinstance(part, list) else part for part in keys]
    if shape.dims is None or any(not _is_understood(part) for part in parts):
        return None
    used = sum(_index(part)[1] for part in parts if part is not None and part is not Ellipsis)
    spare = len(shape.dims) - used
    if spare < 0 or parts.count(Ellipsis) > 1:
        return None
    written: list[Any] = []
    for part in parts:
        written.extend([slice(None)] * spare if part is Ellipsis else [part])
    return written


def _is_understood(part: Any) -> bool:
    match part:
        case bool():
            return False
        case None | int() | Expression() | slice():
            return True
        case TensorSpec(shape=Shape(dims=dims), dtype=dtype):
            return dims is not None and dtype is not None and (dtype != "bool" or len(dims) > 0)
    return part is Ellipsis


def _index(part: Any) -> tuple[Shape, int]:
    """The shape of the indices that a key stands for, and how many axes it indexes."""
    match part:
        case TensorSpec(shape=shape, dtype="bool"):
            return Shape.of(UNKNOWN), shape.rank or 1
        case TensorSpec(shape=shape):
            return shape, 1
    return Shape(()), 1
