"""Calls of which nothing came: what a function did with what is not known, twice, without a trace, it would do again.

A library's helpers are called again and again with values that nobody knows, ``convert_format(boxes, "xyxy", "rel")``.
The second such call is watched: if it makes no node, tells no fact, changes nothing that was there before, and gives
what is not known, those that follow are not made.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from kerascheck.interpreter.heap import Delta
from kerascheck.interpreter.syntax import remembered, walk_scope
from kerascheck.interpreter.unknowns import MissingArgument
from kerascheck.interpreter.values import (
    Arguments,
    Builtin,
    ClassValue,
    Constant,
    External,
    FunctionValue,
    UnknownValue,
    Value,
)
from kerascheck.program import NotUnderstood
from kerascheck.records import immutable

if TYPE_CHECKING:
    from kerascheck.interpreter.core import Interpreter

CallKey: TypeAlias = tuple[Any, ...]

MAXIMUM_CALLS = 20_000
"""Calls of a run that are counted by what they are given."""
_ASIDE = frozenset({"recorder", "unknown"})
"""What a program holds besides the facts that are told of it."""


@immutable()
class Untold:
    """What became of the calls that are given the same.

    ``watched`` is set once one was; ``repeats`` where nothing came of it, with what it gave, how many calls in it were
    not followed, and what was noted as not understood.
    """

    watched: bool = False
    repeats: bool = False
    value: Value = None
    doubts: int = 0
    unknown: tuple[NotUnderstood, ...] = ()


def untold_key(interpreter: Interpreter, function: FunctionValue, arguments: Arguments) -> CallKey | None:
    """What calls have in common that do the same; None where one may do something that another does not.

    Within layers, tapes and sessions the same call has another meaning each time.
    """
    context = interpreter.context
    if (
        arguments.open
        or function.decorators
        or context.phase is not None
        or context.layer_calls
        or context.building
        or context.tapes
        or context.replay
        or context.variable_scopes
        or context.strategies
        or interpreter.facts.sessions
    ):
        return None
    given = tuple(map(_part, arguments.given))
    if None in given:
        return None
    where = (*context.guards, context.alone, context.by_default, context.lenient, context.apart, context.shown)
    return function, given, len(arguments.positional), *arguments.keywords, *where


def _part(value: Value) -> object:
    """What of an argument tells one call from another; None for what may differ in more than that."""
    kind = type(value)
    if kind is UnknownValue or kind is MissingArgument:
        return None if value.guard is not None or value.unless is not None else (kind, value.number)
    if isinstance(value, Constant):
        return kind, value
    return value if isinstance(value, (FunctionValue, ClassValue, External, Builtin)) else None


def call_untold(interpreter: Interpreter, key: CallKey, make: Callable[[], Value]) -> Value:
    """What the call gives, which is made unless nothing came of the second one like it.

    Raises:
        UserRaise: the call certainly raises.
    """
    calls = interpreter.loader.untold
    before = calls.get(key)
    if before is None:
        if len(calls) < MAXIMUM_CALLS:
            calls[key] = Untold()
        return make()
    if before.repeats:
        key[0].calls += 1
        interpreter.doubts += before.doubts
        interpreter.program.unknown += before.unknown
        return before.value
    if before.watched or key[0].running:
        # Within itself a function is not followed as far as from outside.
        return make()
    calls[key] = Untold(watched=True)
    return _watched(interpreter, key, make)


def _watched(interpreter: Interpreter, key: CallKey, make: Callable[[], Value]) -> Value:
    program, watches = interpreter.program, interpreter.heap.watches
    doubts, noted, sizes = interpreter.doubts, len(program.unknown), _sizes(interpreter)
    changed = Delta(started=interpreter.heap.clock)
    watches.append(changed)
    try:
        value = make()
    finally:
        watches.remove(changed)
    if not changed.contents and _says_nothing(key[0], value) and sizes == _sizes(interpreter):
        unknown = tuple(program.unknown[noted:])
        interpreter.loader.untold[key] = Untold(True, True, value, interpreter.doubts - doubts, unknown)
    return value


def _says_nothing(function: FunctionValue, value: Value) -> bool:
    """Whether a call gave what holds at any time: something not known, or the None of a function that gives nothing."""
    if value is None:
        return not remembered(function.node, _gives_something)
    return type(value) is UnknownValue and value.guard is None and value.unless is None


def _gives_something(function: ast.AST) -> bool:
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return True
    return any(isinstance(each, ast.Return) and each.value is not None for each in walk_scope(*function.body))


def _sizes(interpreter: Interpreter) -> list[str | int]:
    """How much has been found so far, of each kind; what was not understood aside."""
    found: list[str | int] = [interpreter.program.recorder.counter]
    _measure(interpreter.program, 1, found)
    _measure(interpreter.facts, 2, found)
    return found


def _measure(gathered: Any, depth: int, sizes: list[str | int]) -> None:
    """Add the names and sizes of the facts in an object, which is done at every watched call."""
    kind: Any = type(gathered)
    for name in _names_of(kind):
        fact = getattr(gathered, name)
        if not fact:
            # Of some 150 kinds of facts a program has few.
            continue
        sizes.append(name)
        if isinstance(fact, (list, set)):
            sizes.append(len(fact))
        elif isinstance(fact, dict):
            sizes.append(len(fact))
            if depth:
                sizes.append(sum(map(_size, fact.values())))
        elif isinstance(fact, int):
            sizes.append(fact)
        elif depth and is_dataclass(fact):
            _measure(fact, depth - 1, sizes)


@lru_cache(maxsize=64)
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if each.name not in _ASIDE)


def _size(value: object) -> int:
    """How much a fact says that grows: another one is found where there is none."""
    if isinstance(value, int):
        return value
    return len(value) if isinstance(value, (list, set, dict)) else 0
