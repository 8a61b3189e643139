"""Calling NumPy: its functions, the methods of its arrays, and those of its random generators."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from kerascheck.catalog import OPAQUE, REQUIRED, ParameterKind, Parameters
from kerascheck.catalog.numpy_functions import numpy_parameters
from kerascheck.interpreter.arrays import as_argument, new_array, new_arrays, only_data
from kerascheck.interpreter.binding import bind_to
from kerascheck.interpreter.conversion import from_dim, tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.extremes import CHANGING, extreme_number, extremes_of_call, note_change
from kerascheck.interpreter.flows import NUMPY, derived, flow_of, has_flow
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.nests import is_constant, of_constants
from kerascheck.interpreter.operations import binary_operation
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.symbolic_uses import note_symbolic_arguments
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Builtin,
    External,
    Instance,
    ListValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.semantics.numpy.api import NumpyCall, find_rule
from kerascheck.semantics.numpy.dtypes import chosen
from kerascheck.semantics.numpy.table import dtype_names, result_types
from kerascheck.shapes import Shape, TensorSpec, as_int

MODULES = frozenset({"numpy", "numpy.random", "numpy.linalg", "numpy.fft"})
GENERATORS = {
    "numpy.random.default_rng": "numpy.random.Generator",
    "numpy.random.Generator": "numpy.random.Generator",
    "numpy.random.RandomState": "numpy.random.RandomState",
}
"""What makes an object that draws numbers, and the class of which it is."""

PYTHON_DTYPES = {"int": "int64", "float": "float64", "bool": "bool", "complex": "complex128", "object": "object"}
"""Python's types as the dtypes that NumPy takes them for."""

WITHOUT_RESULT = frozenset(
    f"numpy.{name}"
    for name in (
        "random.seed", "random.shuffle", "random.set_state", "save", "savez", "savez_compressed", "savetxt", "copyto",
        "put", "place", "fill_diagonal", "putmask", "ndarray.sort", "ndarray.fill", "ndarray.partition",
        "ndarray.itemset", "ndarray.put", "ndarray.tofile", "ndarray.dump", "ndarray.setflags",
        "random.Generator.shuffle", "random.RandomState.shuffle", "random.RandomState.seed",
    )
)  # fmt: skip
"""What gives None, whatever it is called with."""

CERTAIN = frozenset(
    f"numpy.{name}"
    for name in (
        "array", "asarray", "asanyarray", "ascontiguousarray", "concatenate", "concat", "stack", "vstack", "hstack",
        "dstack", "column_stack", "loadtxt", "genfromtxt", "frombuffer", "fromfile", "memmap", "append",
    )
)  # fmt: skip
"""What gives an array whatever it is called with; others give a data frame for a data frame."""


def numpy_value(name: str) -> Value:
    """What a name of NumPy's stands for."""
    last = name.rsplit(".", maxsplit=1)[-1]
    if name in MODULES or name == "numpy.ndarray":
        return External(name)
    if name in CONSTANTS:
        return CONSTANTS[name]
    if name in GENERATORS:
        return Builtin(name, partial(_generator, GENERATORS[name]))
    if name in WITHOUT_RESULT:
        return Builtin(name, partial(_without_result, last))
    if find_rule(name) is not None or name in NUMBERS:
        return Builtin(name, partial(call_numpy, name))
    spelled = "bool" if last == "bool_" else dtype_names().get(last)
    if spelled is not None and name == f"numpy.{last}":
        return spelled
    # Its result is not known, what it is given may still be told of.
    return Builtin(name, partial(call_numpy, name)) if numpy_parameters(name) is not None else UnknownValue(name)


def _without_result(short: str, interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> None:
    if short in CHANGING:
        note_change(arguments.get(0, "a"))


CONSTANTS: dict[str, Value] = {
    "numpy.pi": math.pi,
    "numpy.e": math.e,
    "numpy.inf": math.inf,
    "numpy.nan": math.nan,
    "numpy.newaxis": None,
}


def call_numpy(name: str, interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """Call a function of NumPy's: with numbers it may give a number, with data an array."""
    note_symbolic_arguments(interpreter, name, arguments.given, node)
    number = _number(interpreter, name, arguments, node)
    if number is not None:
        return number
    return from_tensors(interpreter, name, arguments, _call_with_data(name, interpreter, arguments, node), node)


def from_tensors(interpreter: Interpreter, name: str, arguments: Arguments, result: Value, node: ast.AST) -> Value:
    """What NumPy made of TensorFlow's tensors: a gradient does not get back to them."""
    given = arguments.given
    if not any(map(has_flow, given)):
        return result
    if isinstance(result, TensorValue):
        return replace(result, flow=flow_of(interpreter, NUMPY, given, source_of(interpreter, node)))
    return derived(interpreter, NUMPY, given, node) if isinstance(result, UnknownValue) else result


def _call_with_data(name: str, interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    given = arguments.get(0, "a", arguments.keywords.get("ar"))
    alone = len(arguments.positional) + len(arguments.keywords) == 1 and not arguments.open
    if alone and (extreme := extreme_number(name, given)) is not None:
        return extreme
    if isinstance(given, TensorValue) and given.classes is not None and alone:
        known = _of_labels(interpreter, name, given.classes, node)
        if known is not None:
            return known
    return _with_labels(name, given, _call(interpreter, name, name, arguments, {}, node))


def _of_labels(interpreter: Interpreter, name: str, classes: int, node: ast.AST) -> Value:
    """What a function gives of labels of so many classes; None where it is no question of the classes."""
    match name.rpartition(".")[2]:
        case "max" | "amax":
            return classes - 1
        case "min" | "amin":
            return 0
        case "unique":
            return new_array(interpreter, TensorSpec(Shape.of(classes)), node)
    return None


KEEPS_VALUES = frozenset({"array", "asarray", "astype", "copy", "flatten", "ravel", "reshape", "squeeze"})
"""Functions and methods whose result holds the same numbers as their first argument."""


def _with_labels(name: str, given: Value, result: Value) -> Value:
    """The result, which holds the labels that were given where the function changes none."""
    kept = name.rpartition(".")[2] in KEEPS_VALUES
    if not kept or not isinstance(given, TensorValue) or not isinstance(result, TensorValue):
        return result
    if given.extremes is not None and result.extremes is None:
        result = replace(result, extremes=given.extremes)
    if given.classes is None and given.metric is None:
        return result
    return replace(result, classes=given.classes, metric=given.metric)


def array_method(interpreter: Interpreter, value: TensorValue, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """``array.name(...)``: the function of that name, as a rule."""
    if f"numpy.ndarray.{name}" in WITHOUT_RESULT:
        if name in CHANGING:
            note_change(value)
        return None
    alone = not arguments.positional and not arguments.keywords and not arguments.open
    if alone and (extreme := extreme_number(name, value)) is not None:
        return extreme
    if value.classes is not None and not arguments.positional and not arguments.keywords:
        known = _of_labels(interpreter, name, value.classes, node)
        if known is not None:
            return known
    return _with_labels(name, value, _method(interpreter, value, name, arguments, node))


def _method(interpreter: Interpreter, value: TensorValue, name: str, arguments: Arguments, node: ast.AST) -> Value:
    spec = value.spec
    match name:
        case "astype":
            dtype = chosen(_dtype_argument(arguments.get(0, "dtype")), None)
            return new_array(interpreter, TensorSpec(spec.shape, dtype), node, [value])
        case "copy":
            return value
        case "flatten":
            return new_array(interpreter, TensorSpec(Shape.of(spec.shape.size), spec.dtype), node, [value])
        case "tolist" if isinstance(spec.content, tuple) and spec.shape.rank == 1 and is_constant(spec.content):
            return interpreter.heap.new(ListValue(list(spec.content)))
        case "__len__":
            return from_dim(spec.shape.dims[0]) if spec.shape.dims else NOTHING_KNOWN
    if name == "resize":
        return NOTHING_KNOWN
    return _call(interpreter, f"numpy.{name}", f"numpy.ndarray.{name}", arguments, {"a": value}, node)


def generator_method(
    interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    """``rng.name(...)`` of a generator: the function of that name in ``numpy.random``."""
    full = f"{instance.native}.{name}"
    return None if full in WITHOUT_RESULT else _call(interpreter, f"numpy.random.{name}", full, arguments, {}, node)


def cast(interpreter: Interpreter, dtype: str, arguments: Arguments, node: ast.AST) -> Value:
    """``np.float32(x)``: a number, or an array of that dtype."""
    value = arguments.get(0, "x", 0)
    if isinstance(value, (TensorValue, ListValue, tuple)):
        converted = call_numpy("numpy.asarray", interpreter, Arguments((value, dtype)), node)
        return converted if isinstance(converted, TensorValue) else NOTHING_KNOWN
    if "int" in dtype and isinstance(value, (SizeValue, bool, int, float)):
        # A whole number is taken for Python's: it stands for a size as a rule.
        return value if isinstance(value, SizeValue) else _converted(int, value)
    if not isinstance(value, (bool, int, float)):
        return NOTHING_KNOWN
    return new_array(interpreter, TensorSpec(Shape(()), dtype_names().get(dtype)), node)


def _converted(kind: Callable[[Any], Any], value: float) -> Value:
    try:
        return kind(value)
    except (OverflowError, ValueError):
        return NOTHING_KNOWN


def _generator(native: str, interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    return interpreter.heap.new(Instance(External(native), native=native))


def _call(
    interpreter: Interpreter,
    name: str,
    written: str,
    arguments: Arguments,
    given: dict[str, Value],
    node: ast.AST,
) -> Value:
    """Call the function ``name`` with the parameters of ``written``, a method's receiver already ``given``."""
    rule, parameters = find_rule(name), numpy_parameters(written)
    if rule is None or parameters is None or arguments.open:
        return NOTHING_KNOWN
    bound = {**given, **_bound(parameters, arguments)}
    if not only_data(bound.values()):
        return NOTHING_KNOWN
    plain = {key: _argument(key, value) for key, value in bound.items()}
    made = result_types(written).made or result_types(name).made
    found = rule(NumpyCall(name, plain, made))
    if name in SPLITTING and isinstance(found, list):
        found = _with_numbers(bound.get("ary"), found)
    unsure = any(isinstance(value, UnknownValue) for value in bound.values()) and made is None
    if unsure and name not in CERTAIN and isinstance(found, TensorSpec) and found.shape.dims is None:
        return NOTHING_KNOWN
    operands = [tensor for value in bound.values() for _, tensor in tensors_in(value)]
    note_change(bound.get("out"))
    result = new_arrays(interpreter, found, node, operands)
    known = extremes_of_call(name, plain, found) if isinstance(result, TensorValue) else None
    return result if known is None else replace(result, extremes=known)


SPLITTING = frozenset({"numpy.split", "numpy.array_split"})


def _with_numbers(whole: Value, parts: list[Any]) -> list[Any]:
    """The parts of a vector, with those of its numbers that are in each."""
    sizes = [as_int(part.shape.dims[0]) if part.shape.dims else None for part in parts]
    known = isinstance(whole, TensorValue) and whole.spec.shape.rank == 1 and isinstance(whole.spec.content, tuple)
    if not known or None in sizes:
        return parts
    numbers = iter(whole.spec.content)
    return [replace(part, content=tuple(islice(numbers, size))) for part, size in zip(parts, sizes, strict=True)]


def _bound(parameters: Parameters, arguments: Arguments) -> dict[str, Value]:
    """The arguments by parameter name, with the defaults that are literals."""
    names = {each.name for each in parameters if each.default in (REQUIRED, OPAQUE)}
    gathering = {each.name for each in parameters if each.kind is ParameterKind.VARIADIC}
    taken = {each.name for each in parameters[: len(arguments.positional)]} | set(arguments.keywords) | gathering
    return {key: value for key, value in bind_to(parameters, arguments).items() if key in taken or key not in names}


def _argument(name: str, value: Value) -> Any:
    return _dtype_argument(value) if name == "dtype" else as_argument(value)


def _dtype_argument(value: Value) -> Any:
    if isinstance(value, Builtin):
        return PYTHON_DTYPES.get(value.name, NOTHING_KNOWN)
    return as_argument(value)


def _number(interpreter: Interpreter, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """What a function gives for Python's numbers alone; None where it is given anything else."""
    values = arguments.positional
    if arguments.keywords or arguments.open or not values:
        return None
    if name in FOLDS and len(values) == 1 and isinstance(values[0], (tuple, ListValue)):
        return _folded(interpreter, name, values[0], node)
    compute = NUMBERS.get(name)
    if compute is None or not all(isinstance(value, (int, float)) for value in values):
        return None
    return of_constants(compute, values)


def _folded(interpreter: Interpreter, name: str, value: Value, node: ast.AST) -> Value:
    """The sum, product or extreme of a flat list of numbers and sizes; None for any other list."""
    items = iterate(interpreter, value)
    if not items or not all(isinstance(item, (int, float, SizeValue)) for item in items):
        return None
    operator = FOLDS[name]
    if operator is None:
        known = [item for item in items if isinstance(item, (int, float))]
        return NUMBERS[name](known) if len(known) == len(items) else NOTHING_KNOWN
    total: Value = items[0]
    for item in items[1:]:
        total = binary_operation(interpreter, operator, total, item, node)
    return total


FOLDS: dict[str, ast.operator | None] = {
    "numpy.prod": ast.Mult(),
    "numpy.sum": ast.Add(),
    "numpy.max": None,
    "numpy.min": None,
    "numpy.amax": None,
    "numpy.amin": None,
}

NUMBERS: dict[str, Callable[..., Any]] = {
    "numpy.max": max,
    "numpy.min": min,
    "numpy.amax": max,
    "numpy.amin": min,
    "numpy.ceil": lambda value: float(math.ceil(value)),
    "numpy.floor": lambda value: float(math.floor(value)),
    "numpy.round": lambda value, digits=0: round(float(value), digits),
    "numpy.sqrt": math.sqrt,
    "numpy.square": lambda value: value * value,
    "numpy.log": math.log,
    "numpy.log2": math.log2,
    "numpy.log10": math.log10,
    "numpy.exp": math.exp,
    "numpy.abs": abs,
    "numpy.absolute": abs,
    "numpy.maximum": max,
    "numpy.minimum": min,
    "numpy.mod": lambda left, right: left % right,
}
"""Functions of numbers that are given a number: the same one, in Python's own type."""


def as_tensor(value: TensorValue) -> TensorValue:
    """An array as a layer or a compiled function is given it: a tensor."""
    return replace(value, is_numpy=False) if value.is_numpy else value
