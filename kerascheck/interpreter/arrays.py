"""NumPy's arrays: making them, and what Python's own syntax does to them: operators, subscripts, attributes.

An array is a :class:`TensorValue` with ``is_numpy``. It is data: no node is recorded of it. Its ``source`` is the
expression of the user's that gave it its shape, which a later finding shows beside the model's own trail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kerascheck.interpreter.conversion import from_dim, operand, plain, tensors_in, to_values
from kerascheck.interpreter.core import NOWHERE, Interpreter
from kerascheck.interpreter.extremes import note_change
from kerascheck.interpreter.flows import NUMPY, flow_of
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.stretching import is_still_predicted
from kerascheck.interpreter.unknowns import UnknownSize
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Extremes,
    Instance,
    ListValue,
    NativeMethod,
    TensorValue,
    Value,
)
from kerascheck.semantics.api import Structure
from kerascheck.semantics.numpy.arithmetic import UNARY_OPERATORS, elementwise, operator
from kerascheck.semantics.numpy.indexing import numpy_item
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.shapes import UNKNOWN, Expression, Shape, TensorSpec

HELD = "\0array"
"""Where an object that NumPy can read, such as an image of PIL's, holds the array it gives."""


def new_array(
    interpreter: Interpreter, spec: TensorSpec, node: ast.AST, made_of: Iterable[TensorValue] = ()
) -> TensorValue:
    """An array made at ``node``; one of the same shape as what it was made of keeps that array's source."""
    operands = tuple(made_of)
    kept = next((each.source for each in operands if each.source is not None and each.spec.shape == spec.shape), None)
    source = kept if kept is not None or node is NOWHERE else source_of(interpreter, node)
    flow = flow_of(interpreter, NUMPY, operands, source) if any(each.flow is not None for each in operands) else None
    predicted = is_still_predicted(spec, operands)
    made = spec.marked(False)
    return TensorValue(made, is_array=True, is_numpy=True, source=source, flow=flow, prediction=predicted)


def new_arrays(
    interpreter: Interpreter, structure: Structure, node: ast.AST, made_of: Iterable[TensorValue] = ()
) -> Value:
    """A structure of arrays."""
    if structure is None:
        return NOTHING_KNOWN
    operands = list(made_of)
    return to_values(structure, lambda spec, _: new_array(interpreter, spec, node, operands), interpreter.heap.new)


def as_argument(value: Value) -> Any:
    """``value`` in the terms of the semantics, with the array that an object holds for the object."""
    if isinstance(value, Instance) and HELD in value.attributes:
        return plain(value.attributes[HELD])
    if isinstance(value, ListValue) and value.items and any(isinstance(item, Instance) for item in value.items):
        return [as_argument(item) for item in value.items]
    if isinstance(value, ListValue) and value.alike is not None:
        return _any_number_of(operand(value.alike.element))
    return operand(value)


def _any_number_of(element: Any) -> Any:
    """An array of an unknown number of rows that all look like ``element``."""
    row = as_array(element)
    return UNKNOWN if row.shape.dims is None else TensorSpec(Shape((UNKNOWN, *row.shape.dims)), row.dtype)


def only_data(values: Iterable[Value]) -> bool:
    """Whether every tensor among some values is data, so that NumPy can compute with them."""
    return all(tensor.is_array for value in values for _, tensor in tensors_in(value))


def only_numpy(values: Iterable[Value]) -> bool:
    """Whether there are arrays of NumPy's among some values, and no other tensors."""
    found = False
    for value in values:
        for _, tensor in tensors_in(value):
            if not tensor.is_numpy:
                return False
            found = True
    return found


def binary(interpreter: Interpreter, symbol: str, left: Value, right: Value, node: ast.AST) -> Value:
    """``left symbol right`` of arrays, numbers and lists."""
    first, second = as_argument(left), as_argument(right)
    if not _is_operand(first) or not _is_operand(second):
        # What it is not known of may be a data frame, whose own operators would be called.
        return NOTHING_KNOWN
    spec = operator(symbol, first, second)
    operands = [value for value in (left, right) if isinstance(value, TensorValue)]
    return replace(new_array(interpreter, spec, node, operands), extremes=_shifted(symbol, left, right))


def _shifted(symbol: str, left: Value, right: Value) -> Extremes | None:
    """What is known of integers plus or minus a number."""
    if symbol not in ("+", "-") or not isinstance(left, TensorValue) or type(right) is not int:
        return None
    known = left.extremes
    step = right if symbol == "+" else -right
    return (
        None
        if known is None or known.changed
        else Extremes(known.lowest + step, known.highest + step, exact=known.exact)
    )


def _is_operand(value: Any) -> bool:
    return isinstance(value, (TensorSpec, Expression, int, float, complex, list, tuple))


def unary(interpreter: Interpreter, symbol: str, value: TensorValue, node: ast.AST) -> Value:
    """``symbol value``; ``abs(value)`` too."""
    return new_array(interpreter, elementwise(f"numpy.{UNARY_OPERATORS[symbol]}", value.spec), node, [value])


def augmented(interpreter: Interpreter, symbol: str, target: TensorValue, value: Value, node: ast.AST) -> Value:
    """``target symbol= value``, which writes into the array: its shape and dtype stay."""
    note_change(target)
    if target.spec.shape.rank == 0:
        return binary(interpreter, symbol, target, value, node)
    return target


def item(interpreter: Interpreter, value: TensorValue, key: Value, node: ast.AST) -> Value:
    """``value[key]``."""
    numbers = value.spec.content
    if isinstance(numbers, tuple) and value.spec.shape.rank == 1:
        match key:
            case int() if -len(numbers) <= key < len(numbers) and isinstance(numbers[key], int | float):
                return numbers[key]
            case slice(start=int() | None, stop=int() | None, step=int() | None) if key.step != 0:
                part = numbers[key]
                return new_array(interpreter, TensorSpec(Shape.of(len(part)), value.spec.dtype, part), node, [value])
    keys = tuple(as_argument(part) for part in key) if isinstance(key, tuple) else as_argument(key)
    return new_array(interpreter, numpy_item(value.spec, keys), node, [value])


def attribute(interpreter: Interpreter, value: TensorValue, name: str, node: ast.AST) -> Value:
    """``value.name``; every size of an array is a number, known or not."""
    dims = value.spec.shape.dims
    match name:
        case "shape":
            return UnknownSize("shape") if dims is None else tuple(from_dim(dim) for dim in dims)
        case "dtype":
            return value.spec.dtype if value.spec.dtype is not None else NOTHING_KNOWN
        case "ndim":
            return NOTHING_KNOWN if dims is None else len(dims)
        case "size":
            return NOTHING_KNOWN if dims is None else from_dim(value.spec.shape.size)
        case "T" | "mT":
            turned = None if dims is None else (*dims[:-2], *reversed(dims[-2:])) if name == "mT" else dims[::-1]
            return new_array(interpreter, TensorSpec(Shape(turned), value.spec.dtype), node, [value])
        case "real" | "imag":
            return new_array(interpreter, elementwise(f"numpy.{name}", value.spec), node, [value])
        case "flat":
            flat = TensorSpec(Shape.of(value.spec.shape.size), value.spec.dtype)
            return new_array(interpreter, flat, node)
        case "itemsize" | "nbytes" | "strides" | "base" | "data" | "flags" | "ctypes" | "name" | "device":
            return NOTHING_KNOWN
    return NativeMethod(value, name)
