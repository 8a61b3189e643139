"""Calls of TensorFlow and Keras that make a variable: ``tf.Variable(...)``, ``tf.get_variable(...)``."""

from __future__ import annotations

import ast

from kerascheck.interpreter.binding import bind_to
from kerascheck.interpreter.conversion import plain
from kerascheck.interpreter.core import ExternalHandler, Interpreter
from kerascheck.interpreter.names import canonical, describe, find_symbol
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
    bound = _bound(interpreter, function, arguments)
    first = next((bound[each] for each in _INITIAL_VALUES if each in bound), NOTHING_KNOWN)
    spec = first.spec if isinstance(first, TensorValue) else _literal_spec(first)
    shape, dtype = spec.shape, spec.dtype
    declared = bound.get("shape")
    if declared is not None:
        # TensorFlow's may be open: the variable takes values of other shapes then.
        known = shape_dims(declared) is not None
        shape = spec_from_shape(declared).shape if known else Shape(None)
        if known and keras_made and dtype is None and not isinstance(first, UnknownValue):
            dtype = "float32"
    given = plain(bound.get("dtype"))
    return make_variable(
        interpreter, "keras.Variable" if keras_made else "tf.Variable", shape,
        given if isinstance(given, str) else dtype, node,
        trainable=bound.get("trainable", True),
        name=arguments.keywords.get("name"),
    )  # fmt: skip


_INITIAL_VALUES = ("initial_value", "initializer", "value")
"""What ``tf.Variable``, ``keras.Variable`` and ``K.variable`` call what a variable begins with."""


def _bound(interpreter: Interpreter, function: External, arguments: Arguments) -> dict[str, Value]:
    """The arguments by the names of their parameters; only those given by name where the signature is not known."""
    described = describe(function.name, interpreter.program.generation)
    symbol = None if described is None else find_symbol(described)
    if symbol is None or symbol.parameters is None:
        return dict(arguments.keywords)
    return bind_to(symbol.parameters, arguments)


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
    bound = _bound(interpreter, function, arguments)
    shape, initializer = bound.get("shape"), bound.get("initializer")
    spec = spec_from_shape(shape) if shape is not None else TensorSpec()
    if shape is None and isinstance(initializer, TensorValue):
        spec = initializer.spec
    given = plain(bound.get("dtype"))
    return make_variable(
        interpreter, "tf.compat.v1.get_variable", spec.shape, given if isinstance(given, str) else "float32", node,
        trainable=bound.get("trainable", True), name=bound.get("name"),
    )  # fmt: skip


HANDLERS: dict[str, ExternalHandler] = {
    "tf.Variable": _variable,
    "keras.Variable": _variable,
    "keras.backend.variable": _variable,
    "tf.get_variable": _get_variable,
}
