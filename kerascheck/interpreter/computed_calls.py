"""Calls made before: what a function that only computes gives for constants is made once in a run.

A table of 256 characters, or the parts of a block's name, are asked for again and again, each time by a loop.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from kerascheck.interpreter.computing import NamesRead, names_of_computing
from kerascheck.interpreter.core import MAXIMUM_UNKNOWN, Interpreter
from kerascheck.interpreter.deferred import find_global
from kerascheck.interpreter.nests import is_constant, is_too_large
from kerascheck.interpreter.syntax import remembered
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Builtin,
    DictValue,
    External,
    FunctionValue,
    ListValue,
    Value,
)

MAXIMUM_KEY = 5_000
"""Characters of written arguments above which a call is made again."""
MAXIMUM_ITEMS = 500
"""Items of a list or dict above which a call that is given it is made again."""
MAXIMUM_DEPTH = 8
"""Lists within lists below which the same is so, as of a list that holds itself."""
MAXIMUM_PARTS = 1_000
"""Items of a list in a result, keys and values of a dict, above which the result is not kept."""
MAXIMUM_RESULTS = 1_000
"""Results of one function that are kept."""

Results: TypeAlias = dict[str, tuple[Value, int]]
"""By the arguments as Python writes them, which tells 1 from True: what a call gave, and how many calls that were not
followed went into it."""


@dataclass(slots=True)
class ComputedCalls:
    """What the calls of one function gave.

    ``read`` are the names that it and the functions it calls depend on, with what they stand for in this run; None for
    a function that does more than compute.
    """

    read: NamesRead | None
    results: Results


@dataclass(slots=True)
class KeptResults:
    """The same, kept with the function's syntax tree for other runs in which the names stand for the same."""

    read: tuple[tuple[str, str, object], ...] = ()
    results: Results = field(default_factory=dict)


def result_key(interpreter: Interpreter, function: FunctionValue, arguments: Arguments) -> str | None:
    """By what the result of a call is known; None for a call that has to be made.

    The first call of a function of the file under check is always made: what is called once costs nothing here.
    """
    if function.decorators or arguments.open or not (function.calls or function.module.deferred):
        return None
    written: list[str] = []
    for value in arguments.given:
        text = _written(value)
        if text is None:
            # As of nearly every call, whose first argument is an object or a tensor.
            return None
        written.append(text)
    if _calls_of(interpreter, function).read is None:
        return None
    key = repr((written, len(arguments.positional), tuple(arguments.keywords)))
    return key if len(key) <= MAXIMUM_KEY else None


def _written(value: Value, depth: int = 0) -> str | None:
    """A nest of constants as Python writes it; None for any other value, and for one too deep to go through."""
    match value:
        case ListValue(items=list() as items, copy_of=None):
            return _joined(value.kind, items, depth)
        case DictValue(items=dict() as entries, default_factory=None) if type(value) is DictValue:
            return _joined("dict", [*entries, *entries.values()], depth)
        case tuple() if type(value) is tuple:
            return _joined("tuple", list(value), depth)
    return repr(value) if is_constant(value) else None


def _joined(kind: str, items: list[Value], depth: int) -> str | None:
    if len(items) > MAXIMUM_ITEMS or depth > MAXIMUM_DEPTH:
        return None
    written = [_written(item, depth + 1) for item in items]
    return None if None in written else f"{kind}{written}"


def made_once(
    interpreter: Interpreter, function: FunctionValue, arguments: Arguments, key: str, make: Callable[[], Value]
) -> Value:
    """What the call gives: a copy of what it gave before, or what ``make`` does now, kept where it is all known.

    Raises:
        UserRaise: the call certainly raises.
    """
    results = _calls_of(interpreter, function).results
    if key in results:
        function.calls += 1
        value, doubts = results[key]
        interpreter.doubts += doubts
        return _copied(interpreter, value)
    doubts, noted = interpreter.doubts, len(interpreter.program.unknown)
    value = make()
    # Where calls nest too deeply that is noted, if there is room: elsewhere the same call may give more.
    if noted != len(interpreter.program.unknown) or noted >= MAXIMUM_UNKNOWN or len(results) >= MAXIMUM_RESULTS:
        return value
    # What it gives back of what it was given is no copy of that.
    given = {id(part) for each in arguments.given for part in _containers(each)}
    if not is_too_large(value) and _is_nest(value, given):
        results[key] = _copied(interpreter, value), interpreter.doubts - doubts
    return value


def _calls_of(interpreter: Interpreter, function: FunctionValue) -> ComputedCalls:
    kept = interpreter.loader.computed
    calls = kept.get(function.node)
    if calls is None or (calls.read is not None and not _still_so(interpreter, calls.read)):
        read = names_of_computing(interpreter, function)
        calls = kept[function.node] = ComputedCalls(read, {} if read is None else _kept_results(function, read))
    return calls


def _still_so(interpreter: Interpreter, read: NamesRead) -> bool:
    return all(find_global(interpreter, module, name) is value for module, name, value in read)


def _kept_results(function: FunctionValue, read: NamesRead) -> Results:
    kept = remembered(function.node, _no_results)
    standing = tuple((module.source.path, name, _standing(value)) for module, name, value in read)
    if kept.read != standing:
        kept.read, kept.results = standing, {}
    return kept.results


def _no_results(_: ast.AST) -> KeptResults:
    return KeptResults()


def _standing(value: Value) -> object:
    """What a name stands for, as it may be compared with what it does in another run: no tree holds its own nodes."""
    match value:
        case FunctionValue(module=module, node=node):
            return module.source.path, node.lineno, hash(module.source.text)
        case External() | Builtin():
            return value.name
    return (type(value).__name__, repr(value)) if is_constant(value) else id(value)


def _containers(value: Value) -> Iterator[Value]:
    """The lists and dicts in a nest."""
    match value:
        case ListValue(items=list() as parts):
            yield value
        case DictValue(items=dict() as entries):
            yield value
            parts = list(entries.values())
        case tuple():
            parts = list(value)
        case _:
            return
    for part in parts:
        yield from _containers(part)


def _is_nest(value: Value, seen: set[int]) -> bool:
    """Whether a value is made of constants, what is not known, and lists and dicts of which none is in it twice."""
    match value:
        case ListValue(items=list() as items, copy_of=None):
            parts = items
        case DictValue(items=dict() as entries, default_factory=None) if (
            type(value) is DictValue and not value.doubtful
        ):
            parts = [*entries, *entries.values()]
        case tuple():
            return all(_is_nest(part, seen) for part in value)
        case _:
            return is_constant(value) or value is NOTHING_KNOWN
    if id(value) in seen or len(parts) > MAXIMUM_PARTS:
        return False
    seen.add(id(value))
    return all(_is_nest(part, seen) for part in parts)


def _copied(interpreter: Interpreter, value: Value) -> Value:
    match value:
        case ListValue(items=list() as items):
            return interpreter.heap.new(ListValue([_copied(interpreter, part) for part in items], value.kind))
        case DictValue(items=dict() as entries):
            made = DictValue({key: _copied(interpreter, part) for key, part in entries.items()})
            made.filled, made.spelled = value.filled, value.spelled
            return interpreter.heap.new(made)
        case tuple() if type(value) is tuple:
            return tuple(_copied(interpreter, part) for part in value)
    return value
