"""Python's builtin functions, as far as model code uses them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from kerascheck.interpreter.arrays import unary
from kerascheck.interpreter.attributes import get_attribute
from kerascheck.interpreter.builtin_iterators import (
    enumerate_values,
    filter_values,
    iter_values,
    map_values,
    next_values,
    zip_values,
)
from kerascheck.interpreter.containers import sort_values
from kerascheck.interpreter.core import Interpreter, UserRaise
from kerascheck.interpreter.dataset_values import INFINITE, DatasetValue
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.named_tuples import NamedTupleValue
from kerascheck.interpreter.nests import is_constant, is_key, of_constants, truth
from kerascheck.interpreter.open_batch import note_number
from kerascheck.interpreter.operations import binary_operation
from kerascheck.interpreter.reflection import (
    has_attribute,
    is_callable,
    is_instance,
    is_subclass,
    read_attribute,
    write_attribute,
)
from kerascheck.interpreter.shown import note_shown
from kerascheck.interpreter.unknowns import UNKNOWN_SIZE, UnknownShape
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    AttributesValue,
    BoundMethod,
    Builtin,
    DictValue,
    Instance,
    ListValue,
    RangeValue,
    SizeValue,
    TensorValue,
    Value,
)

Function = Callable[[Interpreter, Arguments, ast.AST], Value]


def _len(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "obj")
    match value:
        case ListValue(copy_of=(str(), Instance() as owner)) if owner.layer is not None:
            owner.layer.weight_reads -= 1
            return NOTHING_KNOWN if value.items is None else len(value.items)
        case str() | bytes() | tuple():
            return len(value)
        case ListValue(items=list() as items) if value.kind != "set":
            return len(items)
        case DictValue(items=dict() as entries):
            return len(entries)
        case DatasetValue(length=int() as length) if length != INFINITE:
            return length
        case RangeValue(values=values):
            return 0 if not values else (values[-1] - values[0]) // values.step + 1
        case TensorValue() if value.spec.shape.dims:
            size = value.spec.shape.dims[0]
            return size if isinstance(size, int) else SizeValue(size) if not is_unknown_dim(size) else NOTHING_KNOWN
        case Instance():
            method = get_attribute(interpreter, value, "__len__", node)
            return interpreter.call(method, Arguments(), node) if isinstance(method, BoundMethod) else NOTHING_KNOWN
        case UnknownShape():
            return UNKNOWN_SIZE
    return NOTHING_KNOWN


def is_unknown_dim(dim: Any) -> bool:
    """Whether a size is not known at all."""
    from kerascheck.shapes import UNKNOWN

    return dim is UNKNOWN


def _range(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    if arguments.positional and all(isinstance(each, int) for each in arguments.positional) and not arguments.open:
        if len(arguments.positional) == 3 and arguments.positional[2] == 0:
            raise UserRaise("ValueError")
        return RangeValue(range(*arguments.positional[:3]))
    for each in arguments.positional:
        note_number(interpreter, "range", each, node)
    return NOTHING_KNOWN


def _sequence(kind: str) -> Function:
    def make(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
        items: list[Value] | None = []
        if arguments.positional:
            source = arguments.positional[0]
            items = iterate(interpreter, source)
            if kind == "tuple":
                return NOTHING_KNOWN if items is None else tuple(items)
        if kind == "tuple":
            return ()
        return interpreter.heap.new(ListValue(items, kind=kind))

    return make


def _dict(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    items: dict[Any, Value] | None = {}
    doubtful: frozenset[Any] = frozenset()
    if arguments.positional:
        source = arguments.positional[0]
        if isinstance(source, DictValue):
            items, doubtful = None if source.items is None else dict(source.items), source.doubtful
        else:
            pairs = iterate(interpreter, source)
            rows = [iterate(interpreter, pair) for pair in pairs or ()]
            known = pairs is not None and all(row is not None and len(row) == 2 and is_key(row[0]) for row in rows)
            items = {row[0]: row[1] for row in rows if row is not None} if known else None
    if items is not None and not arguments.open:
        items.update(arguments.keywords)
    made = interpreter.heap.new(DictValue(None if arguments.open else items))
    made.doubtful = doubtful
    return made


def _int(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "x", 0)
    match value:
        case SizeValue():
            note_number(interpreter, "int", value, node)
            return value
        case int() | float() | str():
            base = arguments.get(1, "base", 10)
            try:
                return int(value, base) if isinstance(value, str) else int(value)
            except (ValueError, TypeError, OverflowError):
                return NOTHING_KNOWN
    return NOTHING_KNOWN


def _convert(kind: Callable[[Any], Any]) -> Function:
    def convert(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
        if not arguments.positional:
            return kind("") if kind is str else kind(0)
        value = arguments.positional[0]
        note_shown(interpreter, value, node)
        if not is_constant(value) or arguments.keywords:
            return NOTHING_KNOWN
        try:
            return kind(value)
        except (ValueError, TypeError, OverflowError):
            return NOTHING_KNOWN

    return convert


def _bool(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    decided = truth(arguments.get(0, "x", False))
    return NOTHING_KNOWN if decided is None else decided


def _numeric(function: Callable[..., Any]) -> Function:
    def compute(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
        values = list(arguments.positional)
        if not all(is_constant(value) for value in values) or arguments.keywords or arguments.open:
            return NOTHING_KNOWN
        return of_constants(function, values)

    return compute


def _power(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    if len(arguments.positional) != 2 or arguments.keywords or arguments.open:
        return NOTHING_KNOWN
    return binary_operation(interpreter, ast.Pow(), *arguments.positional, node)


def _absolute(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "x")
    if isinstance(value, TensorValue) and value.is_numpy:
        return unary(interpreter, "abs", value, node)
    return _numeric(abs)(interpreter, arguments, node)


def _extreme(function: Callable[..., Any]) -> Function:
    def find(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
        given = list(arguments.positional)
        values = iterate(interpreter, given[0]) if len(given) == 1 else given
        if values is None or arguments.open or arguments.keywords.keys() - {"key", "default"}:
            return NOTHING_KNOWN
        if not values:
            return arguments.keywords.get("default", NOTHING_KNOWN)
        key = arguments.keywords.get("key")
        keys = values if key is None else [interpreter.call(key, Arguments((each,)), node) for each in values]
        if not all(is_constant(each) for each in keys):
            return NOTHING_KNOWN
        try:
            return values[function(range(len(keys)), key=lambda index: keys[index])]
        except TypeError:
            return NOTHING_KNOWN

    return find


def _sum(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    items = iterate(interpreter, arguments.get(0, "iterable"))
    total = arguments.get(1, "start", 0)
    if items is None:
        return NOTHING_KNOWN
    for item in items:
        total = (
            item
            if total == 0 and isinstance(item, TensorValue)
            else binary_operation(interpreter, ast.Add(), total, item, node)
        )
    return total


def _sorted(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "iterable")
    items = iterate(interpreter, value)
    if isinstance(value, ListValue) and value.kind == "set" and value.items and is_constant(tuple(value.items)):
        items = list(dict.fromkeys(value.items))
    return interpreter.heap.new(ListValue(None if items is None else sort_values(interpreter, items, arguments, node)))


def _reversed(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    items = iterate(interpreter, arguments.get(0, "sequence"))
    return NOTHING_KNOWN if items is None else interpreter.heap.new(ListValue(items[::-1], kind="generator"))


def _quantifier(stops: bool) -> Function:
    def decide(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
        items = iterate(interpreter, arguments.get(0, "iterable"))
        if items is None:
            return NOTHING_KNOWN
        outcomes = [truth(item) for item in items]
        if stops in outcomes:
            return stops
        return NOTHING_KNOWN if None in outcomes else not stops

    return decide


def _type(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "object")
    match value:
        case Instance():
            return value.cls
        case bool():
            return BUILTINS["bool"]
        case NamedTupleValue():
            return value.cls
        case int() | float() | str() | tuple():
            return BUILTINS[type(value).__name__]
        case ListValue(kind="list"):
            return BUILTINS["list"]
    return NOTHING_KNOWN


def _slice(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    given = arguments.positional
    return slice(*given) if 1 <= len(given) <= 3 else NOTHING_KNOWN


def _print(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    for value in arguments.positional:
        note_shown(interpreter, value, node)


def _unknown(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    return NOTHING_KNOWN


def _vars(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``vars(instance)`` is its ``__dict__``."""
    match arguments.positional:
        case (Instance() as instance,):
            return interpreter.heap.new(AttributesValue(instance))
        case (DictValue(default_factory="namespace") as namespace,):
            return namespace
    return NOTHING_KNOWN


def _exit(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    raise UserRaise("SystemExit")


FUNCTIONS: dict[str, Function] = {
    "len": _len,
    "range": _range,
    "enumerate": enumerate_values,
    "zip": zip_values,
    "map": map_values,
    "filter": filter_values,
    "list": _sequence("list"),
    "tuple": _sequence("tuple"),
    "set": _sequence("set"),
    "frozenset": _sequence("set"),
    "dict": _dict,
    "int": _int,
    "float": _convert(float),
    "str": _convert(str),
    "repr": _convert(repr),
    "bool": _bool,
    "abs": _absolute,
    "round": _numeric(round),
    "divmod": _numeric(divmod),
    "pow": _power,
    "ord": _numeric(ord),
    "chr": _numeric(chr),
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": _sum,
    "sorted": _sorted,
    "reversed": _reversed,
    "any": _quantifier(True),
    "all": _quantifier(False),
    "isinstance": is_instance,
    "issubclass": is_subclass,
    "hasattr": has_attribute,
    "getattr": read_attribute,
    "setattr": write_attribute,
    "type": _type,
    "callable": is_callable,
    "next": next_values,
    "iter": iter_values,
    "slice": _slice,
    "print": _print,
    "exit": _exit,
    "quit": _exit,
    "super": _unknown,
    "open": _unknown,
    "input": _unknown,
    "eval": _unknown,
    "exec": _unknown,
    "id": _unknown,
    "hash": _unknown,
    "vars": _vars,
    "dir": _unknown,
    "locals": _unknown,
    "globals": _unknown,
    "object": _unknown,
    "property": _unknown,
    "staticmethod": _unknown,
    "classmethod": _unknown,
}
BUILTINS: dict[str, Value] = {name: Builtin(name, function) for name, function in FUNCTIONS.items()}
