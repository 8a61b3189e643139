"""Python's builtin functions, as far as model code uses them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kerascheck.graph import EXPECTED_GUARD, VERSION_GUARD
from kerascheck.interpreter.arrays import unary
from kerascheck.interpreter.attributes import get_attribute, set_attribute
from kerascheck.interpreter.builtin_iterators import (
    enumerate_values,
    filter_values,
    iter_values,
    map_values,
    next_values,
    zip_values,
)
from kerascheck.interpreter.classes import (
    LAYER,
    MODEL,
    find_member,
    has_unknown_base,
    keras_base,
    layer_class,
    resolution_order,
)
from kerascheck.interpreter.containers import sort_values
from kerascheck.interpreter.conversion import is_keras_tensor
from kerascheck.interpreter.core import Interpreter, UserRaise
from kerascheck.interpreter.heap import join
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.named_tuples import NamedTupleValue
from kerascheck.interpreter.names import canonical, describe, find_symbol
from kerascheck.interpreter.nests import is_constant, is_key, of_constants, truth
from kerascheck.interpreter.open_batch import note_number
from kerascheck.interpreter.operations import binary_operation
from kerascheck.interpreter.optimizers import lacks
from kerascheck.interpreter.shown import note_shown
from kerascheck.interpreter.values import (
    INFINITE,
    NOTHING_KNOWN,
    Arguments,
    AttributesValue,
    BoundMethod,
    Builtin,
    ClassValue,
    DatasetValue,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    MissingAttribute,
    NativeMethod,
    PartialValue,
    RangeValue,
    SizeValue,
    TensorValue,
    UnknownValue,
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
    if arguments.positional:
        source = arguments.positional[0]
        if isinstance(source, DictValue):
            items = None if source.items is None else dict(source.items)
        else:
            pairs = iterate(interpreter, source)
            rows = [iterate(interpreter, pair) for pair in pairs or ()]
            known = pairs is not None and all(row is not None and len(row) == 2 and is_key(row[0]) for row in rows)
            items = {row[0]: row[1] for row in rows if row is not None} if known else None
    if items is not None and not arguments.open:
        items.update(arguments.keywords)
    return interpreter.heap.new(DictValue(None if arguments.open else items))


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
        if not values or arguments.keywords or not all(isinstance(value, (int, float, str)) for value in values):
            return NOTHING_KNOWN
        try:
            return function(values)
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


PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (float,),
    "str": (str,),
    "bool": (bool,),
    "bytes": (bytes,),
    "complex": (complex,),
    "tuple": (tuple,),
    "list": (ListValue,),
    "dict": (DictValue,),
}


def _isinstance(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value, classes = arguments.get(0, "obj"), arguments.get(1, "class_or_tuple")
    candidates = list(classes) if isinstance(classes, tuple) else [classes]
    outcomes = [instance_of(interpreter, value, each) for each in candidates]
    if True in outcomes:
        return True
    return NOTHING_KNOWN if None in outcomes or arguments.open else False


def instance_of(interpreter: Interpreter, value: Value, cls: Value) -> bool | None:
    """``isinstance(value, cls)`` for one class; None where undecided."""
    match value, cls:
        case (UnknownValue() | SizeValue(parameter=True), _) | (_, UnknownValue()):
            return None
        case (SizeValue(missing=missing), Builtin(name="int")):
            return not missing
        case (ListValue(kind="list"), Builtin(name=name)) if name in PYTHON_TYPES:
            return name == "list"
        case (_, Builtin(name=name)) if name in PYTHON_TYPES:
            return isinstance(value, PYTHON_TYPES[name])
        case (TensorValue(), External(name="numpy.ndarray")):
            if value.is_numpy:
                return True if value.spec.shape.rank else None
            return None if value.is_array else False
        case (TensorValue(), External()):
            return _is_tensor_of(interpreter, value, cls)
        case (Instance(), ClassValue()):
            return True if any(each is cls for each in resolution_order(value.cls)) else _maybe_not(value)
        case (Instance(), External()) if value.layer is not None:
            wanted = layer_class(cls.name, interpreter.program.generation)
            base = keras_base(value.cls, interpreter.program.generation)
            if wanted is None or base is None:
                return None
            from kerascheck.interpreter.classes import LAYER, MODEL, external_bases

            if wanted[0] == LAYER or base[0] == wanted[0]:
                return True
            if any(
                layer_class(each.name, interpreter.program.generation) == wanted for each in external_bases(value.cls)
            ):
                return True
            return None if wanted[0] == MODEL else False
        case (TensorValue(), ClassValue()) | (None | bool() | int() | float() | str() | tuple(), ClassValue()):
            return False
        case (ListValue() | DictValue(), ClassValue()):
            return False
        case (None | bool() | int() | float() | str() | tuple() | ListValue() | DictValue(), External()):
            return False
    return None


def _is_tensor_of(interpreter: Interpreter, value: TensorValue, cls: External) -> bool | None:
    """Whether a tensor is a ``keras.KerasTensor``, or one of TensorFlow's own; None where undecided."""
    match canonical(cls.name, interpreter.program.generation):
        case "keras.KerasTensor":
            return is_keras_tensor(value, in_layer=interpreter.context.layer_calls > 0)
        case "tf.Tensor" | "tf.Variable" if value.spec.keras_tensor:
            return False
    return None


def _maybe_not(value: Instance) -> bool | None:
    return None if any(isinstance(each, UnknownValue) for each in resolution_order(value.cls)) else False


def _issubclass(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    cls, base = arguments.get(0, "cls"), arguments.get(1, "class_or_tuple")
    if isinstance(cls, ClassValue) and isinstance(base, ClassValue):
        return any(each is base for each in resolution_order(cls))
    return NOTHING_KNOWN


def _hasattr(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value, name = arguments.get(0, "obj"), arguments.get(1, "name")
    if isinstance(value, External):
        return UnknownValue("version", guard=VERSION_GUARD)
    if isinstance(value, Instance) and isinstance(name, str) and name in value.attributes:
        return True
    if isinstance(name, str) and lacks(value, name):
        return False
    if isinstance(value, Instance) and isinstance(name, str) and value.layer is None and not value.open:
        found = get_attribute(interpreter, value, name, node)
        return False if isinstance(found, MissingAttribute) else NOTHING_KNOWN
    if isinstance(value, TensorValue) and value.spec.keras_tensor and name == "__len__":
        # That of tf_keras is there, and raises.
        return interpreter.program.generation == 2
    if isinstance(value, Instance) and isinstance(name, str) and value.layer is not None:
        return False if _certainly_lacks(value, name) else NOTHING_KNOWN
    return False if is_constant(value) and isinstance(name, str) and not hasattr(value, name) else NOTHING_KNOWN


def _certainly_lacks(layer: Instance, name: str) -> bool:
    """Whether a layer of the user's has no such attribute yet: neither its code nor Keras has given it one."""
    base = layer.layer.base
    if base not in (LAYER, MODEL) or layer.open or name.startswith("_") or has_unknown_base(layer.cls):
        return False
    if find_member(layer.cls, name) is not None or find_member(layer.cls, "__getattr__") is not None:
        return False
    described = describe(base, layer.layer.generation)
    symbol = None if described is None else find_symbol(replace(described, generation=layer.layer.generation))
    return symbol is not None and name not in symbol.members


def _getattr(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value, name = arguments.get(0, "obj"), arguments.get(1, "name")
    if not isinstance(name, str):
        return NOTHING_KNOWN
    # With a default, a missing attribute is no mistake.
    with interpreter.guarded(EXPECTED_GUARD if len(arguments.positional) > 2 else None):
        found = get_attribute(interpreter, value, name, node)
    if isinstance(found, MissingAttribute) and len(arguments.positional) > 2:
        return arguments.positional[2]
    if len(arguments.positional) > 2 and isinstance(value, External):
        return NOTHING_KNOWN
    if len(arguments.positional) > 2 and isinstance(found, NativeMethod):
        return join(found, arguments.positional[2])
    return found


def _setattr(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value, name = arguments.get(0, "obj"), arguments.get(1, "name")
    if isinstance(name, str):
        set_attribute(interpreter, value, name, arguments.get(2, "value"), node)
    elif isinstance(value, Instance):
        value.open = True
    return None


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


def _callable(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "obj")
    if isinstance(value, (FunctionValue, BoundMethod, ClassValue, Builtin, PartialValue, NativeMethod)):
        return True
    return False if is_constant(value) else NOTHING_KNOWN


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
    "isinstance": _isinstance,
    "issubclass": _issubclass,
    "hasattr": _hasattr,
    "getattr": _getattr,
    "setattr": _setattr,
    "type": _type,
    "callable": _callable,
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
