"""Calls made before: what a function that only computes gives for constants is made once in a run.

A table of 256 characters, or the parts of a block's name, are asked for again and again, each time by a loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kerascheck.interpreter.computing import NamesRead, names_of_computing
from kerascheck.interpreter.core import MAXIMUM_UNKNOWN, Interpreter
from kerascheck.interpreter.deferred import find_global
from kerascheck.interpreter.nests import is_constant, is_too_large
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, DictValue, FunctionValue, ListValue, Value

MAXIMUM_KEY = 1_000
"""Characters of written arguments above which a call is made again."""


@dataclass(slots=True)
class ComputedCalls:
    """What the calls of one function gave.

    ``read`` are the names that it and the functions it calls depend on, with what they stood for; None for a function
    that does more than compute. ``results`` are by the arguments as Python writes them, which tells 1 from True, each
    with how many calls that were not followed went into it.
    """

    read: NamesRead | None
    results: dict[str, tuple[Value, int]] = field(default_factory=dict)


def result_key(interpreter: Interpreter, function: FunctionValue, arguments: Arguments) -> str | None:
    """By what the result of a call is known; None for a call that has to be made.

    The first call of a function is always made, so that functions called once cost nothing here.
    """
    if not function.calls or function.decorators or arguments.open:
        return None
    if not all(map(is_constant, arguments.given)) or _calls_of(interpreter, function).read is None:
        return None
    key = repr((arguments.positional, arguments.keywords))
    return key if len(key) <= MAXIMUM_KEY else None


def made_once(interpreter: Interpreter, function: FunctionValue, key: str, make: Callable[[], Value]) -> Value:
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
    if (
        noted == len(interpreter.program.unknown) < MAXIMUM_UNKNOWN
        and not is_too_large(value)
        and _is_nest(value, set())
    ):
        results[key] = _copied(interpreter, value), interpreter.doubts - doubts
    return value


def _calls_of(interpreter: Interpreter, function: FunctionValue) -> ComputedCalls:
    kept = interpreter.loader.computed
    calls = kept.get(function.node)
    if calls is None or (calls.read is not None and not _still_so(interpreter, calls.read)):
        calls = kept[function.node] = ComputedCalls(names_of_computing(interpreter, function))
    return calls


def _still_so(interpreter: Interpreter, read: NamesRead) -> bool:
    return all(find_global(interpreter, module, name) is value for module, name, value in read)


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
    if id(value) in seen:
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
