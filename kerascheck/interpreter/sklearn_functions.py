"""scikit-learn, as far as its documentation says for certain what arrays its functions give."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from functools import partial

from kerascheck.interpreter.arrays import new_array
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Builtin,
    External,
    Instance,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int

MODULES = frozenset({"sklearn", "sklearn.model_selection", "sklearn.preprocessing", "sklearn.datasets"})

BUNCH = "sklearn.utils.Bunch"

TABLES: dict[str, tuple[int, int]] = {
    "load_iris": (150, 4),
    "load_digits": (1797, 64),
    "load_wine": (178, 13),
    "load_breast_cancer": (569, 30),
    "load_diabetes": (442, 10),
}
"""The rows and columns of the data that come with it."""

SCALERS = frozenset({"StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "Normalizer"})
"""What changes each number of a table, and neither its rows nor its columns."""


def sklearn_value(name: str) -> Value:
    """What a name of scikit-learn's stands for."""
    module, _, last = name.rpartition(".")
    if name in MODULES:
        return External(name)
    match module:
        case "sklearn.model_selection" if last == "train_test_split":
            return Builtin(name, _train_test_split)
        case "sklearn.datasets" if last in TABLES:
            return Builtin(name, partial(_table, last))
        case "sklearn.datasets" if last in MADE:
            return Builtin(name, MADE[last])
        case "sklearn.preprocessing" if last in SCALERS or last == "LabelEncoder":
            return Builtin(name, partial(_instance, name))
    return UnknownValue(name)


def _instance(name: str, interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    return interpreter.heap.new(Instance(External(name), native=name))


def _train_test_split(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """Two parts of each array: so many rows, or such a part of them, to test on, and the rest to train."""
    if arguments.open:
        return NOTHING_KNOWN
    rows = next((count for value in arguments.positional if (count := _rows(value)) is not None), None)
    sizes = _parts(rows, arguments.keywords.get("test_size"), arguments.keywords.get("train_size"))
    parts: list[Value] = []
    for value in arguments.positional:
        for size in sizes:
            parts.append(_part(interpreter, value, size, node))
    return interpreter.heap.new(ListValue(parts))


def _rows(value: Value) -> int | None:
    dims = value.spec.shape.dims if isinstance(value, TensorValue) else None
    return as_int(dims[0]) if dims else None


def _part(interpreter: Interpreter, value: Value, size: Dim, node: ast.AST) -> Value:
    if not isinstance(value, TensorValue) or not value.is_numpy or not value.spec.shape.dims:
        return NOTHING_KNOWN
    return new_array(interpreter, TensorSpec(value.spec.shape.replace(0, size), value.spec.dtype), node)


def _parts(rows: int | None, test: Value, train: Value) -> tuple[Dim, Dim]:
    """The rows to train and to test on: a part of a number of rows is rounded up to test, and down to train."""
    if test is None and train is None:
        test = 0.25
    testing, training = _share(rows, test, math.ceil), _share(rows, train, math.floor)
    if rows is None:
        return UNKNOWN if training is None else training, UNKNOWN if testing is None else testing
    if train is None and testing is not None:
        training = rows - testing
    if test is None and training is not None:
        testing = rows - training
    if training is None or testing is None or min(training, testing) <= 0 or training + testing > rows:
        return UNKNOWN, UNKNOWN
    return training, testing


def _share(rows: int | None, asked: Value, rounded: Callable[[float], int]) -> int | None:
    match asked:
        case bool():
            return None
        case int():
            return asked
        case float() if rows is not None and 0 < asked < 1:
            return rounded(asked * rows)
    return None


def _table(name: str, interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``load_iris()``: an object that holds the table and the targets; both as a pair for ``return_X_y``."""
    if arguments.open or arguments.keywords.get("as_frame", False) is not False:
        return NOTHING_KNOWN
    if arguments.positional or "n_class" in arguments.keywords:
        return NOTHING_KNOWN
    rows, columns = TABLES[name]
    data = new_array(interpreter, TensorSpec(Shape.of(rows, columns), "float64"), node)
    kind = "float64" if name == "load_diabetes" else "int64"
    target = new_array(interpreter, TensorSpec(Shape.of(rows), kind), node)
    match arguments.keywords.get("return_X_y", False):
        case True:
            return data, target
        case False:
            bunch = interpreter.heap.new(Instance(External(BUNCH), native=BUNCH))
            bunch.attributes.update({"data": data, "target": target})
            if name == "load_digits":
                bunch.attributes["images"] = new_array(interpreter, TensorSpec(Shape.of(rows, 8, 8), "float64"), node)
            return bunch
    return NOTHING_KNOWN


def sklearn_method(
    interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    """A method of a scaler, of a label encoder, or of what holds a table."""
    given = arguments.get(0, "X", arguments.keywords.get("y"))
    if instance.native == BUNCH:
        return instance.attributes.get(given, NOTHING_KNOWN) if name == "__getitem__" else NOTHING_KNOWN
    if name in {"fit", "partial_fit"}:
        return instance
    if name not in {"fit_transform", "transform", "inverse_transform"}:
        return NOTHING_KNOWN
    if not isinstance(given, TensorValue) or not given.is_numpy or given.spec.shape.dims is None:
        return NOTHING_KNOWN
    if (instance.native or "").endswith("LabelEncoder"):
        known = len(given.spec.shape.dims) == 1 and name != "inverse_transform"
        return new_array(interpreter, TensorSpec(given.spec.shape, "int64"), node, [given]) if known else NOTHING_KNOWN
    if len(given.spec.shape.dims) != 2:
        return NOTHING_KNOWN
    dtype = given.spec.dtype if given.spec.dtype in {"float32", "float64"} else None
    return new_array(interpreter, TensorSpec(given.spec.shape, dtype), node, [given])


def _size(value: Value) -> Dim:
    return value if isinstance(value, int) and not isinstance(value, bool) else UNKNOWN


def _samples(features: int | None, kind: str, interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``make_moons(n_samples)`` and its like: points, and the class or value of each.

    ``features`` is how many coordinates a point has unless ``n_features`` says; None where it always has two.
    """
    names = ("n_samples", "n_features") if features is not None else ("n_samples",)
    given = dict(zip(names, arguments.positional, strict=False)) | arguments.keywords
    unusual = {"n_targets", "coef", "return_X_y", "return_centers"} & given.keys()
    if arguments.open or unusual or len(arguments.positional) > len(names):
        return NOTHING_KNOWN
    rows = _size(given.get("n_samples", 100))
    columns = 2 if features is None else _size(given.get("n_features", features))
    points = new_array(interpreter, TensorSpec(Shape.of(rows, columns), "float64"), node)
    return points, new_array(interpreter, TensorSpec(Shape.of(rows), kind), node)


MADE = {
    "make_classification": partial(_samples, 20, "int64"),
    "make_regression": partial(_samples, 100, "float64"),
    "make_moons": partial(_samples, None, "int64"),
    "make_circles": partial(_samples, None, "int64"),
}
"""Functions that make points of two axes and one target each."""
