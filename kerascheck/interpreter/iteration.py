"""What a loop over a value goes through."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.interpreter.classes import find_member
from kerascheck.interpreter.core import NOWHERE, Interpreter
from kerascheck.interpreter.dataset_values import DatasetValue
from kerascheck.interpreter.datasets import run_eagerly
from kerascheck.interpreter.enumerations import members_of
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Alike,
    Arguments,
    ClassValue,
    ComputedValue,
    DictValue,
    Flow,
    FunctionValue,
    Instance,
    ListValue,
    ManyValue,
    RangeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.shapes import Shape, TensorSpec, as_int

MAXIMUM_RANGE = 100_000
MAXIMUM_ROWS = 8
"""An array of more rows than this is not gone through row by row: one stands for all."""


def iterate(interpreter: Interpreter, value: Value) -> list[Value] | None:
    """The values that iterating gives, or None where they are not known."""
    match value:
        case tuple():
            return list(value)
        case ListValue(kind="set", items=list() as items) if len(items) > 1:
            # What a set's order is depends on hashes.
            return None
        case ListValue(items=items):
            return None if items is None else list(items)
        case RangeValue(values=values):
            return list(values) if not values[MAXIMUM_RANGE:] else None
        case DictValue(items=items):
            return None if items is None else list(items)
        case str():
            return list(value)
        case TensorValue(is_numpy=True, spec=TensorSpec(shape=Shape(dims=(_,)), content=tuple() as numbers)):
            return list(numbers)
        case TensorValue(is_array=True, flow=Flow() as flow) if (spaced := _even_numbers(flow)) is not None:
            return spaced
        case TensorValue() if value.spec.shape.dims:
            return _rows(interpreter, value)
        case ClassValue() if (members := members_of(value)) is not None:
            return list(members)
        case Instance(layer=None, native=None):
            return _iterate_object(interpreter, value)
    return None


def _even_numbers(flow: Flow) -> list[Value] | None:
    """The numbers of ``tf.linspace(start, stop, num)``; None of what was computed in another way."""
    match flow:
        case Flow(op="numpy", operands=(TensorValue(flow=Flow() as before), *_)):
            return _even_numbers(before)
        case Flow(
            op="tf.linspace" | "keras.ops.linspace",
            operands=(int() | float() as start, int() | float() as stop, int() as count, *_),
        ) if 0 < count <= MAXIMUM_RANGE:
            step = (stop - start) / max(count - 1, 1)
            return [float(start + index * step) for index in range(count)]
    return None


def _iterate_object(interpreter: Interpreter, value: Instance) -> list[Value] | None:
    """What the ``__iter__`` of a class of the user's gives, where that goes through something known."""
    found = find_member(value.cls, "__iter__")
    if found is None or not isinstance(found[1], FunctionValue):
        return None
    given = interpreter.call(found[1], Arguments((value,)), found[1].node)
    return None if isinstance(given, Instance) else iterate(interpreter, given)


def _rows(interpreter: Interpreter, value: TensorValue) -> list[Value] | None:
    dims = value.spec.shape.dims or ()
    length = as_int(dims[0])
    if length is None or length > (MAXIMUM_ROWS if value.is_numpy else 256) or (value.is_array and not value.is_numpy):
        return None
    from kerascheck.interpreter import tensors

    node = NOWHERE
    return [tensors.item(interpreter, value, index, node) for index in range(length)]


def element_of(interpreter: Interpreter, value: Value, node: ast.AST) -> Value:
    """What any one element of ``value`` looks like, where how many there are is unknown."""
    match value:
        case UnknownValue(guard="dataset") | ComputedValue():
            return value
        case ManyValue(element=element) | ListValue(alike=Alike(element=element)):
            return element
        case DatasetValue():
            return run_eagerly(interpreter, value.element)
        case TensorValue() if value.spec.shape.dims:
            row = value.spec.with_shape(Shape(value.spec.shape.dims[1:]))
            return replace(value, spec=row, history=None, variable=None, source=None)
    return NOTHING_KNOWN
