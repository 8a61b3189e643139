"""The parts of Python's library that decide shapes in model code."""

from __future__ import annotations

import ast
import json
import math
import posixpath
import string
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kerascheck.interpreter.argument_parsers import argument_parser
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.library_iterators import FUNCTIONS as ITERATOR_FUNCTIONS
from kerascheck.interpreter.named_tuples import named_tuple
from kerascheck.interpreter.nests import is_constant, is_too_large, of_constants
from kerascheck.interpreter.numpy_functions import numpy_value
from kerascheck.interpreter.operations import binary_operation
from kerascheck.interpreter.regular_expressions import FUNCTIONS as EXPRESSION_FUNCTIONS
from kerascheck.interpreter.sklearn_functions import MODULES as SKLEARN
from kerascheck.interpreter.sklearn_functions import sklearn_value
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    BoundMethod,
    Builtin,
    ClassValue,
    DictValue,
    External,
    FieldValue,
    FunctionValue,
    Instance,
    ListValue,
    PartialValue,
    SizeValue,
    UnknownValue,
    Value,
)

MODULES = frozenset(
    [
        "math",
        "os",
        "os.path",
        "functools",
        "itertools",
        "collections",
        "numpy",
        "copy",
        "operator",
        "typing",
        "dataclasses",
        "abc",
        "os",
        "sys",
        "random",
        "time",
        "argparse",
        "json",
        "re",
        "warnings",
        "logging",
        "pathlib",
        "string",
        "enum",
        "contextlib",
        "types",
        "inspect",
        "numbers",
        "shutil",
        "tempfile",
        "datetime",
        "pickle",
        "glob",
        "io",
        "subprocess",
        "multiprocessing",
        "threading",
        "collections.abc",
        "os.environ",
        "os.path",
        "numpy.random",
        "numpy.linalg",
        "numpy.fft",
        "urllib",
        "urllib.request",
        "typing_extensions",
        "six",
        "six.moves",
        "tqdm",
        "tqdm.auto",
        "tqdm.notebook",
        *SKLEARN,
    ]
)
"""Modules that are named, so that a file of the project with the same name is not taken for them."""


@lru_cache(maxsize=4096)
def standard_module(name: str) -> Value | None:
    """The module of that name, where kerascheck knows it; None for any other."""
    return External(name) if name in MODULES else None


def library_value(name: str) -> Value | None:
    """What a name of those modules stands for; None for a name of keras or tensorflow."""
    top = name.split(".", maxsplit=1)[0]
    if top in ("keras", "tf_keras", "tensorflow"):
        return None
    if name in MODULES:
        return External(name)
    if name in VALUES:
        return VALUES[name]
    for functions in (ITERATOR_FUNCTIONS, EXPRESSION_FUNCTIONS):
        if name in functions:
            return Builtin(name, functions[name])
    if name.startswith("six.moves."):
        return _of_python_2(name)
    if top == "numpy":
        return numpy_value(name)
    if top == "sklearn":
        return sklearn_value(name)
    if top in ("abc", "enum", "random", "typing"):
        return External(name)
    return UnknownValue(name) if top in MODULES else None


def _number(function: Callable[..., Any]) -> Callable[[Interpreter, Arguments, ast.AST], Value]:
    def compute(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
        values = arguments.positional
        if not values or not all(isinstance(value, (int, float)) for value in values) or arguments.keywords:
            return NOTHING_KNOWN
        return of_constants(function, values)

    return compute


def _join_paths(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``os.path.join(...)``, as every system but Windows joins."""
    parts = arguments.positional
    if arguments.open or not parts or not all(isinstance(part, str) for part in parts):
        return NOTHING_KNOWN
    return posixpath.join(*(str(part) for part in parts))


def _shuffle(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``random.shuffle(items)``: which is where is not known any more."""
    shuffled = arguments.get(0, "x")
    if isinstance(shuffled, ListValue):
        interpreter.heap.touch(shuffled)
        shuffled.items = None
    return None


def _product(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    values = iterate(interpreter, arguments.get(0, "a"))
    if values is None or len(arguments.positional) > 1 or arguments.keywords:
        return NOTHING_KNOWN
    total: Value = 1
    for value in values:
        if not isinstance(value, (int, float, SizeValue)):
            return NOTHING_KNOWN
        total = binary_operation(interpreter, ast.Mult(), total, value, node)
    return total


def _partial(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    if not arguments.positional:
        return NOTHING_KNOWN
    return PartialValue(
        arguments.positional[0], Arguments(arguments.positional[1:], arguments.keywords, arguments.open)
    )


def _reduce(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    items = iterate(interpreter, arguments.get(1, "iterable"))
    if items is None:
        return NOTHING_KNOWN
    if len(arguments.positional) > 2:
        items = [arguments.positional[2], *items]
    if not items:
        return NOTHING_KNOWN
    total = items[0]
    for item in items[1:]:
        total = interpreter.call(arguments.positional[0], Arguments((total, item)), node)
    return total


def _field(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    given = arguments.keywords
    return FieldValue(
        given.get("default", UnknownValue("field")), given.get("default_factory"), given.get("init", True) is not False
    )


def _same(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    return arguments.get(0, "x", NOTHING_KNOWN)


def _of_python_2(name: str) -> Value | None:
    """``six.moves.range``: what the built-in function of that name, or of its older one, is today."""
    from kerascheck.interpreter.builtins import BUILTINS

    short = name.rsplit(".", maxsplit=1)[-1]
    return VALUES["functools.reduce"] if short == "reduce" else BUILTINS.get({"xrange": "range"}.get(short, short))


def _progress(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``tqdm(values)``: it goes through the values, and shows how far it has come."""
    return arguments.get(0, "iterable", NOTHING_KNOWN)


def _progress_range(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    from kerascheck.interpreter.builtins import BUILTINS

    return interpreter.call(BUILTINS["range"], Arguments(arguments.positional), node)


def _wraps(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    return Builtin("wraps", _same)


def _copy(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "x")
    match value:
        case ListValue(items=list() as items):
            return interpreter.heap.new(ListValue(list(items), value.kind))
        case DictValue(items=dict() as entries):
            return interpreter.heap.new(DictValue(dict(entries)))
    return value if is_constant(value) else NOTHING_KNOWN


def _dataclass_replace(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``dataclasses.replace``: the class again, with the fields of the object that are not given anew."""
    value = arguments.get(0, "obj")
    if not isinstance(value, Instance) or not isinstance(value.cls, ClassValue) or value.cls.dataclass_fields is None:
        return NOTHING_KNOWN
    fields = {name: value.attributes.get(name, NOTHING_KNOWN) for name in value.cls.dataclass_fields}
    return interpreter.call(value.cls, Arguments((), {**fields, **arguments.keywords}), node)


def _as_dict(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``dataclasses.asdict``: the fields by name, down through what they hold."""
    value = arguments.get(0, "obj")
    if arguments.keywords or len(arguments.positional) > 1 or is_too_large(value):
        return NOTHING_KNOWN
    return _fields_as_dict(interpreter, value)


def _fields_as_dict(interpreter: Interpreter, value: Value) -> Value:
    def inner(each: Value) -> Value:
        return _fields_as_dict(interpreter, each)

    match value:
        case Instance(cls=ClassValue(dataclass_fields=tuple() as fields)):
            found = {name: inner(value.attributes.get(name, NOTHING_KNOWN)) for name in fields}
            return interpreter.heap.new(DictValue(found))
        case ListValue(items=list() as items):
            return interpreter.heap.new(ListValue([inner(each) for each in items], value.kind))
        case DictValue(items=dict() as entries):
            return interpreter.heap.new(DictValue({key: inner(each) for key, each in entries.items()}))
        case tuple():
            return tuple(inner(each) for each in value)
    return value


MAXIMUM_TEXT = 100_000
"""A longer text is not read."""


def _read_json(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``json.loads(text)`` of a text that is known."""
    text = arguments.get(0, "s")
    if not isinstance(text, str) or len(text) > MAXIMUM_TEXT or len(arguments.positional) + len(arguments.keywords) > 1:
        return NOTHING_KNOWN
    try:
        return _from_python(interpreter, json.loads(text))
    except (ValueError, RecursionError):
        return NOTHING_KNOWN


def _from_python(interpreter: Interpreter, value: Any) -> Value:
    match value:
        case list():
            return interpreter.heap.new(ListValue([_from_python(interpreter, each) for each in value]))
        case dict():
            return interpreter.heap.new(
                DictValue({key: _from_python(interpreter, each) for key, each in value.items()})
            )
    return value


def _deepcopy(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    value = arguments.get(0, "x")
    return NOTHING_KNOWN if is_too_large(value) else _deeply(interpreter, value)


def _deeply(interpreter: Interpreter, value: Value) -> Value:
    match value:
        case ListValue(items=list() as items):
            return interpreter.heap.new(ListValue([_deeply(interpreter, each) for each in items], value.kind))
        case DictValue(items=dict() as entries):
            copied = {key: _deeply(interpreter, each) for key, each in entries.items()}
            return interpreter.heap.new(DictValue(copied, value.default_factory))
        case tuple():
            return tuple(_deeply(interpreter, each) for each in value)
    return value if is_constant(value) else NOTHING_KNOWN


def _deque(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    items = iterate(interpreter, arguments.positional[0]) if arguments.positional else []
    return interpreter.heap.new(ListValue(items, kind="deque"))


def _simple_namespace(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    if arguments.positional or arguments.open:
        return NOTHING_KNOWN
    made = interpreter.heap.new(Instance(External("types.SimpleNamespace")))
    made.attributes.update(arguments.keywords)
    return made


def _ordered_dict(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    from kerascheck.interpreter.builtins import BUILTINS

    return interpreter.call(BUILTINS["dict"], arguments, node)


def _default_dict(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    return interpreter.heap.new(DictValue({}, arguments.get(0, "default_factory")))


def _environment(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``os.getenv(name, default)``: the default, as where nobody has set the variable."""
    default = arguments.get(1, "default", NOTHING_KNOWN)
    return default if isinstance(default, str) else NOTHING_KNOWN


def _is_class(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``inspect.isclass``, where it is certain."""
    match arguments.get(0, "object"):
        case ClassValue():
            return True
        case Instance() | FunctionValue() | ListValue() | DictValue() | None | bool() | int() | float() | str():
            return False
    return NOTHING_KNOWN


def _signature(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``inspect.signature``: the names of the parameters."""
    match arguments.get(0, "obj"):
        case BoundMethod(function=FunctionValue() as function):
            bound = 1
        case FunctionValue() as function:
            bound = 0
        case _:
            return NOTHING_KNOWN
    if function.decorators:
        return NOTHING_KNOWN
    parameters = function.node.args
    found = [*parameters.posonlyargs, *parameters.args][bound:]
    rest = [each for each in (parameters.vararg, parameters.kwarg) if each is not None]
    known: dict[Value, Value] = {each.arg: NOTHING_KNOWN for each in (*found, *parameters.kwonlyargs, *rest)}
    return interpreter.heap.new(DictValue({"parameters": interpreter.heap.new(DictValue(known))}, "namespace"))


VALUES: dict[str, Value] = {
    **{f"string.{name}": value for name, value in vars(string).items() if isinstance(value, str) and name[0] != "_"},
    "argparse.ArgumentParser": Builtin("argparse.ArgumentParser", argument_parser),
    "argparse.Namespace": Builtin("argparse.Namespace", _simple_namespace),
    "collections.namedtuple": Builtin("collections.namedtuple", named_tuple),
    "random.shuffle": Builtin("random.shuffle", _shuffle),
    "os.path.join": Builtin("os.path.join", _join_paths),
    "math.pi": math.pi,
    "math.e": math.e,
    "math.inf": math.inf,
    "math.ceil": Builtin("math.ceil", _number(math.ceil)),
    "math.floor": Builtin("math.floor", _number(math.floor)),
    "math.sqrt": Builtin("math.sqrt", _number(math.sqrt)),
    "math.log": Builtin("math.log", _number(math.log)),
    "math.log2": Builtin("math.log2", _number(math.log2)),
    "math.log10": Builtin("math.log10", _number(math.log10)),
    "math.exp": Builtin("math.exp", _number(math.exp)),
    "math.pow": Builtin("math.pow", _number(math.pow)),
    "math.gcd": Builtin("math.gcd", _number(math.gcd)),
    "math.prod": Builtin("math.prod", _product),
    "functools.partial": Builtin("functools.partial", _partial),
    "functools.reduce": Builtin("functools.reduce", _reduce),
    "functools.wraps": Builtin("functools.wraps", _wraps),
    "functools.lru_cache": Builtin("functools.lru_cache", _same),
    "functools.cache": Builtin("functools.cache", _same),
    "dataclasses.replace": Builtin("dataclasses.replace", _dataclass_replace),
    "dataclasses.asdict": Builtin("dataclasses.asdict", _as_dict),
    "json.loads": Builtin("json.loads", _read_json),
    "dataclasses.field": Builtin("dataclasses.field", _field),
    "inspect.signature": Builtin("inspect.signature", _signature),
    "inspect.isclass": Builtin("inspect.isclass", _is_class),
    **{
        f"{module}.{name}": Builtin(f"{module}.{name}", function)
        for module in ("tqdm", "tqdm.auto", "tqdm.notebook")
        for name, function in (("tqdm", _progress), ("trange", _progress_range))
    },
    "copy.copy": Builtin("copy.copy", _copy),
    "copy.deepcopy": Builtin("copy.deepcopy", _deepcopy),
    "collections.deque": Builtin("collections.deque", _deque),
    "collections.OrderedDict": Builtin("collections.OrderedDict", _ordered_dict),
    "collections.defaultdict": Builtin("collections.defaultdict", _default_dict),
    "types.SimpleNamespace": Builtin("types.SimpleNamespace", _simple_namespace),
    "os.getenv": Builtin("os.getenv", _environment),
    "os.environ.get": Builtin("os.environ.get", _environment),
    "warnings.warn": Builtin("warnings.warn", lambda interpreter, arguments, node: None),
    "sys.exit": Builtin("sys.exit", lambda interpreter, arguments, node: _exit()),
}


def _exit() -> Value:
    from kerascheck.interpreter.core import UserRaise

    raise UserRaise("SystemExit")
