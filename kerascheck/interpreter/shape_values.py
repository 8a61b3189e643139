"""Shapes as programs write them, and as programs read them."""

from __future__ import annotations

from typing import Any

from kerascheck.interpreter.conversion import (
    from_dim,
)
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.unknowns import UnknownShape, UnknownSize
from kerascheck.interpreter.values import (
    ListValue,
    SizeValue,
    TensorValue,
    Value,
)
from kerascheck.shapes import UNKNOWN, Expression, Shape, TensorSpec


def input_shape_value(interpreter: Interpreter, inputs: Value) -> Value:
    """What ``build(input_shape)`` is given for ``inputs``."""
    match inputs:
        case TensorValue():
            dims = inputs.spec.shape.dims
            if dims is None:
                return UnknownShape("input shape", tensor=inputs)
            return tuple(from_dim(dim, missing=True) for dim in dims)
        case tuple():
            return tuple(input_shape_value(interpreter, part) for part in inputs)
        case ListValue(items=list() as items):
            return interpreter.heap.new(ListValue([input_shape_value(interpreter, part) for part in items]))
    return UnknownSize("input shape")


def spec_from_shape(shape: Value, dtype: Value = None) -> TensorSpec:
    """The spec of a tensor whose shape a program wrote as a tuple or list."""
    dims = shape_dims(shape)
    known = Shape(None) if dims is None else Shape(tuple(UNKNOWN if dim is None else dim for dim in dims))
    return TensorSpec(known, dtype if isinstance(dtype, str) else None)


def shape_dims(shape: Value) -> tuple[Any, ...] | None:
    """The sizes of a shape as written: None stays None, what is not known is UNKNOWN. Several shapes are none."""
    match shape:
        case int():
            return (shape,)
        case ListValue(items=list() as items):
            sizes = items
        case tuple():
            sizes = list(shape)
        case _:
            return None
    if any(isinstance(size, (tuple, ListValue)) for size in sizes):
        return None
    return tuple(written_size(size) for size in sizes)


def written_size(value: Value) -> Any:
    """A size as a program wrote it: None stays None, what is no size or not known is UNKNOWN."""
    match value:
        case bool():
            return UNKNOWN
        case int() | Expression() | None:
            return value
        case SizeValue(dim=dim):
            return dim
        case float() if value.is_integer():
            return int(value)
    return UNKNOWN
