"""Methods of lists, sets, dicts, tuples and strings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from kerascheck.interpreter.comparisons import compare_values
from kerascheck.interpreter.core import Interpreter, UserRaise
from kerascheck.interpreter.heap import more_alike
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.nests import is_constant, is_key, truth
from kerascheck.interpreter.operations import MAXIMUM_CONSTANT, has_long_number, together
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    AttributesValue,
    DictValue,
    ListValue,
    UnknownValue,
    Value,
)
from kerascheck.shapes import as_int

EDITING = frozenset({"__init__", "__setitem__", "update", "pop", "setdefault", "clear", "popitem"})
"""The methods that write a dict."""


def list_method(interpreter: Interpreter, value: ListValue, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """``value.name(...)`` of a list, deque or set."""
    first = arguments.get(0, "object")
    items = value.items
    if name in (
        "append",
        "add",
        "extend",
        "insert",
        "pop",
        "popleft",
        "appendleft",
        "remove",
        "clear",
        "reverse",
        "sort",
        "update",
    ):
        interpreter.heap.touch(value)
        if name == "clear":
            value.items = []
            return None
        if items is None:
            return _edit_unknown(value, name, first)
        return _edit(interpreter, value, items, name, arguments, node)
    if items is None:
        return NOTHING_KNOWN
    match name:
        case "copy" | "union" if not arguments.positional:
            return interpreter.heap.new(ListValue(list(items), value.kind))
        case "index":
            for index, candidate in enumerate(items):
                match truth(compare_values(interpreter, ast.Eq(), candidate, first, node)):
                    case True:
                        return index
                    case None:
                        return NOTHING_KNOWN
            raise UserRaise("ValueError")
        case "count":
            outcomes = [truth(compare_values(interpreter, ast.Eq(), each, first, node)) for each in items]
            return NOTHING_KNOWN if None in outcomes else outcomes.count(True)
    return NOTHING_KNOWN


def _edit_unknown(value: ListValue, name: str, first: Value) -> Value:
    """The same of a list of unknown length: only what is appended, and the order, leave known how its items look."""
    if value.alike is not None and name == "append":
        value.alike = more_alike(value.alike.element, (first,))
    elif name not in ("sort", "reverse"):
        value.alike = None
    return NOTHING_KNOWN if name in ("pop", "popleft") else None


def _edit(
    interpreter: Interpreter, value: ListValue, items: list[Value], name: str, arguments: Arguments, node: ast.AST
) -> Value:
    first = arguments.get(0, "object")
    match name:
        case "append" | "add":
            items.append(first)
        case "appendleft":
            items.insert(0, first)
        case "extend" | "update":
            value.items = together(items, iterate(interpreter, first))
        case "insert":
            if isinstance(first, int):
                items.insert(first, arguments.get(1, "object"))
            else:
                value.items = None
        case "pop" | "popleft":
            index = 0 if name == "popleft" else arguments.get(0, "index", -1)
            if not items:
                raise UserRaise("IndexError")
            if isinstance(index, int) and -len(items) <= index < len(items):
                return items.pop(index)
            value.items = None
            return NOTHING_KNOWN
        case "reverse":
            items.reverse()
        case "sort":
            value.items = sort_values(interpreter, items, arguments, node)
        case "remove" if value.kind != "set":
            _remove(interpreter, value, items, first, node)
        case _:
            value.items = None
    return None


def _remove(interpreter: Interpreter, value: ListValue, items: list[Value], wanted: Value, node: ast.AST) -> None:
    """Take the first item out that equals ``wanted``."""
    for index, candidate in enumerate(items):
        match truth(compare_values(interpreter, ast.Eq(), candidate, wanted, node)):
            case True:
                del items[index]
                return
            case None:
                value.items = None
                return
    raise UserRaise("ValueError")


def sort_values(
    interpreter: Interpreter, items: list[Value], arguments: Arguments, node: ast.AST
) -> list[Value] | None:
    """The items sorted, or None where their order is not known."""
    function = arguments.keywords.get("key")
    keys = items if function is None else [interpreter.call(function, Arguments((item,)), node) for item in items]
    reverse = arguments.keywords.get("reverse", False)
    if not isinstance(reverse, bool) or not all(is_constant(key) for key in keys):
        return None
    try:
        order = sorted(range(len(items)), key=lambda index: keys[index], reverse=reverse)
    except TypeError:
        return None
    return [items[index] for index in order]


def dict_method(interpreter: Interpreter, value: DictValue, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """``value.name(...)`` of a dict."""
    if name not in EDITING:
        return _of_dict(interpreter, value, name, arguments)
    with editing(interpreter, value):
        return _of_dict(interpreter, value, name, arguments)


@contextmanager
def editing(interpreter: Interpreter, value: DictValue) -> Iterator[None]:
    """While it lasts, a dict is written; if it is the ``__dict__`` of an object, so are the object's attributes."""
    interpreter.heap.touch(value)
    value.filled, value.spelled = True, False
    if not isinstance(value, AttributesValue):
        yield
        return
    owner = value.owner
    if value.items is not None:
        value.items = dict(owner.attributes)
    yield
    if owner.layer is None:
        interpreter.heap.touch(owner)
        owner.open = owner.open or value.items is None
        owner.attributes = dict.fromkeys(owner.attributes, NOTHING_KNOWN) if value.items is None else dict(value.items)


def _of_dict(interpreter: Interpreter, value: DictValue, name: str, arguments: Arguments) -> Value:
    new = interpreter.heap.new
    items = value.items
    if items is None:
        return NOTHING_KNOWN
    first, default = arguments.get(0, "key"), arguments.get(1, "default")
    match name:
        case "__getitem__" if is_key(first):
            if first not in items and not value.may_have_more:
                raise UserRaise("KeyError")
            return items.get(first, NOTHING_KNOWN)
        case "__contains__" if is_key(first):
            return first in items or (NOTHING_KNOWN if value.may_have_more else False)
        case "__setitem__" if is_key(first):
            items[first] = arguments.get(1, "value")
            return None
        case "__setitem__":
            value.items = None
            return None
        case "keys":
            return new(ListValue(list(items)))
        case "values":
            return new(ListValue(list(items.values())))
        case "items":
            return new(ListValue([(key, each) for key, each in items.items()]))
        case "get" if is_key(first):
            return items.get(first, NOTHING_KNOWN if value.may_have_more else default)
        case "pop" if is_key(first):
            if first not in items and value.may_have_more:
                return NOTHING_KNOWN
            if first not in items and len(arguments.positional) < 2:
                raise UserRaise("KeyError")
            return items.pop(first, default)
        case "setdefault" if is_key(first):
            return items.setdefault(first, NOTHING_KNOWN if value.may_have_more else default)
        case "popitem":
            if not items:
                raise UserRaise("KeyError")
            return items.popitem()
        case "copy":
            copy = new(DictValue(dict(items), value.default_factory))
            copy.doubtful = value.doubtful
            return copy
        case "clear":
            items.clear()
            return None
        case "update" | "__init__":
            other = first if arguments.positional else None
            if isinstance(other, DictValue) and other.items is not None:
                items.update(other.items)
                value.doubtful |= other.doubtful
            elif arguments.positional or arguments.open:
                value.items = None
                return None
            items.update(arguments.keywords)
            return None
    return NOTHING_KNOWN


def tuple_method(interpreter: Interpreter, value: tuple[Value, ...], name: str, arguments: Arguments) -> Value:
    """``value.name(...)`` of a tuple, or of a tensor's static shape."""
    match name:
        case "as_list":
            return interpreter.heap.new(ListValue(list(value)))
        case "is_fully_defined":
            return all(isinstance(each, int) for each in value) or NOTHING_KNOWN
        case "num_elements":
            total = 1
            for each in value:
                if not isinstance(each, int):
                    return NOTHING_KNOWN
                total *= as_int(each) or 0
            return total
        case "count" | "index" if is_constant(value) and is_constant(arguments.get(0, "value")):
            wanted = arguments.get(0, "value")
            if name == "index" and wanted not in value:
                raise UserRaise("ValueError")
            return value.count(wanted) if name == "count" else value.index(wanted)
        case "concatenate" if isinstance(arguments.get(0, "other"), tuple):
            return value + arguments.get(0, "other")
    return NOTHING_KNOWN


UNSAFE_STRING_METHODS = frozenset(
    {"format_map", "maketrans", "translate", "encode", "zfill", "ljust", "rjust", "center", "expandtabs"}
)


def string_method(interpreter: Interpreter, value: str, name: str, arguments: Arguments) -> Value:
    """``value.name(...)`` of a string."""
    if name == "join" and arguments.positional:
        parts = iterate(interpreter, arguments.positional[0])
        if parts is None or not all(isinstance(part, str) for part in parts):
            return UnknownValue("text")
        length = sum(len(part) for part in parts) + len(value) * len(parts)
        return value.join(parts) if length < MAXIMUM_CONSTANT else UnknownValue("text")
    given = [*arguments.positional, *arguments.keywords.values()]
    if name in UNSAFE_STRING_METHODS or arguments.open or not all(is_constant(each) for each in given):
        return UnknownValue("text")
    if (name == "format" and has_long_number(value)) or (name == "replace" and _is_long_replacement(value, given)):
        return UnknownValue("text")
    try:
        result = getattr(value, name)(*arguments.positional, **arguments.keywords)
    except (TypeError, ValueError, IndexError, KeyError, AttributeError):
        return UnknownValue("text")
    if isinstance(result, list):
        return interpreter.heap.new(ListValue(result))
    if not is_constant(result) or (isinstance(result, str) and len(result) > MAXIMUM_CONSTANT):
        return UnknownValue("text")
    return result


def _is_long_replacement(value: str, given: list[Value]) -> bool:
    """Whether ``value.replace(*given)`` would be too long a text."""
    if len(given) < 2 or not isinstance(given[0], str) or not isinstance(given[1], str):
        return False
    return value.count(given[0]) * len(given[1]) > MAXIMUM_CONSTANT
