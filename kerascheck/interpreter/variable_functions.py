"""Calls of TensorFlow and Keras that make a variable: ``tf.Variable(...)``, ``tf.get_variable(...)``."""

from __future__ import annotations

import ast

from kerascheck.interpreter.conversion import plain
from kerascheck.interpreter.core import ExternalHandler, Interpreter
from kerascheck.interpreter.names import canonical
from kerascheck.interpreter.shape_values import shape_dims, spec_from_shape
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    External,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.interpreter.variables import make_variable
from kerascheck.shapes import Shape, TensorSpec, unify


def _variable(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    name = canonical(function.name, interpreter.program.generation) or ""
    keras_made = name == "keras.Variable" or (name == "keras.backend.variable" and interpreter.program.generation == 3)
    kind = "keras.Variable" if keras_made else "tf.Variable"
    first = arguments.get(0, "initial_value" if not keras_made else "initializer", NOTHING_KNOWN)
    if isinstance(first, UnknownValue) and "value" in arguments.keywords:
        first = arguments.keywords["value"]
    places = _PLACES.get(name, {})
    shape, dtype = Shape(None), None
    if isinstance(first, TensorValue):
        shape, dtype = first.spec.shape, first.spec.dtype
    else:
        literal = _literal_spec(first)
        shape, dtype = literal.shape, literal.dtype
    declared = arguments.get(places.get("shape", _BY_NAME), "shape")
    if shape_dims(declared) is not None:
        shape = spec_from_shape(declared).shape
        if keras_made and dtype is None and not isinstance(first, UnknownValue):
            dtype = "float32"
    given = plain(arguments.get(places.get("dtype", _BY_NAME), "dtype"))
    return make_variable(
        interpreter, kind, shape, given if isinstance(given, str) else dtype, node,
        trainable=arguments.get(places.get("trainable", _BY_NAME), "trainable", True),
        name=arguments.keywords.get("name"),
    )  # fmt: skip


_BY_NAME = 99
"""The place of a parameter that is given by name."""

_PLACES = {
    "keras.Variable": {"shape": 1, "dtype": 2, "trainable": 3},
    "keras.backend.variable": {"dtype": 1},
    "tf.Variable": {"trainable": 1, "dtype": 6},
}
"""Where the parameters of what makes a variable stand."""


def _literal_spec(value: Value) -> TensorSpec:
    """The shape and dtype that TensorFlow gives a number or nested list of numbers."""
    match value:
        case bool():
            return TensorSpec(Shape(()), "bool")
        case int():
            return TensorSpec(Shape(()), "int32")
        case float():
            return TensorSpec(Shape(()), "float32")
        case ListValue(items=list() as items) if items:
            rows = [_literal_spec(item) for item in items]
        case tuple() if value:
            rows = [_literal_spec(item) for item in value]
        case _:
            return TensorSpec()
    shape = unify(row.shape for row in rows)
    kinds = {row.dtype for row in rows}
    dtype = "float32" if kinds == {"int32", "float32"} else kinds.pop() if len(kinds) == 1 else None
    return TensorSpec(Shape(None) if shape.dims is None else Shape((len(rows), *shape.dims)), dtype)


def _get_variable(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    shape = arguments.get(1, "shape")
    initializer = arguments.get(3, "initializer")
    spec = spec_from_shape(shape) if shape is not None else TensorSpec()
    if shape is None and isinstance(initializer, TensorValue):
        spec = initializer.spec
    given = plain(arguments.get(2, "dtype"))
    return make_variable(
        interpreter, "tf.compat.v1.get_variable", spec.shape, given if isinstance(given, str) else "float32", node,
        trainable=arguments.keywords.get("trainable", True), name=arguments.get(0, "name"),
    )  # fmt: skip


HANDLERS: dict[str, ExternalHandler] = {
    "tf.Variable": _variable,
    "keras.Variable": _variable,
    "keras.backend.variable": _variable,
    "tf.get_variable": _get_variable,
}
