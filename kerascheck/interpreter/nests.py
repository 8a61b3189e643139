"""Questions about values and nests of them: constants, keys, truth, and what is too large to go through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kerascheck.interpreter.classes import is_always_true
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    ClassValue,
    Constant,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    RangeValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)


def is_constant(value: Value) -> bool:
    """Whether ``value`` is a Python constant, or a tuple of nothing else."""
    if not isinstance(value, tuple):
        return isinstance(value, Constant)
    pending, seen = [value], {id(value)}
    while pending:
        for item in pending.pop():
            if isinstance(item, tuple):
                if id(item) not in seen:
                    seen.add(id(item))
                    pending.append(item)
            elif not isinstance(item, Constant):
                return False
    return True


def of_constants(function: Callable[..., Any], values: Iterable[Value]) -> Value:
    """What one of Python's own functions gives for constants; nothing is known where it refuses them."""
    try:
        result = function(*values)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        return NOTHING_KNOWN
    return result if is_constant(result) else NOTHING_KNOWN


_NESTS = (tuple, ListValue, DictValue)
MAXIMUM_NEST = 50_000
"""A nest of more values than this is not looked into, nor one deeper than :data:`MAXIMUM_NEST_DEPTH`."""
MAXIMUM_NEST_DEPTH = 100


def is_too_large(value: Value) -> bool:
    """Whether a nest of lists, tuples and dicts is too large to go through, as one that holds itself is."""
    if not isinstance(value, _NESTS):
        return False
    pending = _nests_in(value)
    seen = 1 + len(pending)
    depth = 0
    while pending:
        depth += 1
        deeper: list[Value] = []
        for current in pending:
            nested = _nests_in(current)
            seen += 1 + len(nested)
            if seen > MAXIMUM_NEST or depth > MAXIMUM_NEST_DEPTH:
                return True
            deeper += nested
        pending = deeper
    return False


def _nests_in(value: Value) -> list[Value]:
    """The lists, tuples and dicts directly within one."""
    parts: Iterable[Value] = value if isinstance(value, tuple) else value.items or ()
    if isinstance(value, DictValue) and value.items:
        parts = value.items.values()
    return [part for part in parts if isinstance(part, _NESTS)]


def is_key(value: Value) -> bool:
    """Whether ``value`` can be a dict key whose identity is known."""
    return (
        is_constant(value)
        or isinstance(value, (External, FunctionValue, Instance))
        or (isinstance(value, tuple) and all(is_key(item) for item in value))
    )


def _is_true(value: Instance) -> bool:
    return isinstance(value.cls, ClassValue) and is_always_true(value.cls)


def truth(value: Value) -> bool | None:
    """``bool(value)``, or None where that is undecided."""
    match value:
        case bool():
            return value
        case UnknownValue() | TensorValue():
            return None
        case SizeValue(missing=missing):
            return False if missing else None
        case ListValue(items=items) | DictValue(items=items):
            return None if items is None else bool(items)
        case RangeValue(values=values):
            return bool(values)
        case Instance():
            return True if isinstance(value.cls, External) or value.layer is not None or _is_true(value) else None
        case _:
            return bool(value) if isinstance(value, (*Constant, tuple)) else True
