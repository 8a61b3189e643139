"""The array that NumPy makes of what a function is given for one: numbers, nested lists, arrays among them."""

from __future__ import annotations

from functools import reduce
from typing import Any

from kerascheck.semantics.numpy.dtypes import common
from kerascheck.shapes import Expression, Shape, TensorSpec, as_int, compare, unify

SCALAR = Shape(())


def as_array(value: Any) -> TensorSpec:
    """``numpy.asarray(value)``: its content is kept for a number, and dropped for what a program may write to."""
    match value:
        case TensorSpec(shape=shape, dtype=dtype, content=content):
            return TensorSpec(shape, dtype, content if shape.rank == 0 else None)
        case bool():
            return TensorSpec(SCALAR, "bool", value)
        case int() | Expression():
            return TensorSpec(SCALAR, "int64", value)
        case float():
            return TensorSpec(SCALAR, "float64", value)
        case complex():
            return TensorSpec(SCALAR, "complex128")
        case str() | bytes():
            return TensorSpec(SCALAR, "string")
        case None:
            return TensorSpec(SCALAR, "object")
        case list() | tuple():
            return _stacked([as_array(element) for element in value])
    return TensorSpec()


def _stacked(elements: list[TensorSpec]) -> TensorSpec:
    if not elements:
        return TensorSpec(Shape.of(0), "float64")
    shapes = {element.shape for element in elements}
    common_shape = unify(shapes)
    if common_shape.dims is None or any(_differ(common_shape, shape) for shape in shapes):
        return TensorSpec()
    dtypes = list(dict.fromkeys(element.dtype for element in elements))
    dtype = dtypes[0] if len(dtypes) == 1 else reduce(common, dtypes)
    return TensorSpec(Shape((len(elements), *common_shape.dims)), dtype)


def _differ(left: Shape, right: Shape) -> bool:
    """Whether two rows are of different lengths, of which no array is made."""
    return any(
        compare(a, b) is False or (as_int(a) is None and as_int(b) is not None)
        for a, b in zip(left, right, strict=True)
    )
