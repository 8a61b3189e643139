"""``re``, on texts that are known and patterns that cannot take long."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.operations import MAXIMUM_CONSTANT
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Builtin,
    DictValue,
    External,
    Instance,
    ListValue,
    Value,
)

Function: TypeAlias = Callable[[Interpreter, Arguments, ast.AST], Value]

MAXIMUM_WORK = 1_000_000
"""Ways to match that a search may have to try."""

_ESCAPED = re.compile(r"\\.", re.DOTALL)
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")
_REPETITION = re.compile(r"[*+{?]")


def _is_quick(pattern: str, text: str) -> bool:
    """Whether a search certainly ends soon: where no group is repeated, each repetition adds one factor."""
    bare = _ESCAPED.sub("x", pattern)
    if _REPEATED_GROUP.search(bare):
        return False
    repetitions = len(_REPETITION.findall(bare))
    return bool((len(text) + 1) ** (repetitions + 1) <= MAXIMUM_WORK)


def _applied(name: str, count: int, interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``re.name(pattern, ..., text)``, of ``count`` arguments, all of them texts."""
    given = arguments.positional
    if len(given) != count or arguments.keywords or arguments.open or not all(isinstance(each, str) for each in given):
        return NOTHING_KNOWN
    pattern, text = given[0], given[-1]
    if not _is_quick(pattern, text):
        return NOTHING_KNOWN
    try:
        result = getattr(re, name)(*given)
    except (re.error, IndexError):
        return NOTHING_KNOWN
    match result:
        case re.Match():
            return _match_value(interpreter, result)
        case list():
            return interpreter.heap.new(ListValue(result))
        case str() if len(result) > MAXIMUM_CONSTANT:
            return NOTHING_KNOWN
    return result


def _match_value(interpreter: Interpreter, found: re.Match[str]) -> Value:
    """What a search found, with the methods that tell of it."""
    made = interpreter.heap.new(Instance(External("re.Match")))
    for name in ("group", "groups", "start", "end", "span", "__getitem__"):
        made.attributes[name] = Builtin(f"re.Match.{name}", partial(_told, found, name))
    made.attributes["groupdict"] = Builtin("re.Match.groupdict", partial(_named_groups, found))
    return made


def _told(found: re.Match[str], name: str, interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    given = arguments.positional
    if arguments.keywords or arguments.open or not all(isinstance(each, int | str) for each in given):
        return NOTHING_KNOWN
    try:
        return getattr(found, name)(*given)
    except (IndexError, TypeError):
        return NOTHING_KNOWN


def _named_groups(found: re.Match[str], interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    return interpreter.heap.new(DictValue(dict(found.groupdict())))


def _compile(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> Value:
    """``re.compile(pattern)``: an object with the functions of the module."""
    pattern = arguments.get(0, "pattern")
    if not isinstance(pattern, str) or len(arguments.positional) + len(arguments.keywords) > 1 or arguments.open:
        return NOTHING_KNOWN
    made = interpreter.heap.new(Instance(External("re.Pattern")))
    made.attributes["pattern"] = pattern
    for name, count in COUNTS.items():
        made.attributes[name] = Builtin(f"re.Pattern.{name}", partial(_with_pattern, pattern, name, count))
    return made


def _with_pattern(
    pattern: str, name: str, count: int, interpreter: Interpreter, arguments: Arguments, node: ast.AST
) -> Value:
    given = Arguments((pattern, *arguments.positional), arguments.keywords, arguments.open)
    return _applied(name, count, interpreter, given, node)


COUNTS: Mapping[str, int] = {"match": 2, "fullmatch": 2, "search": 2, "split": 2, "findall": 2, "sub": 3}
"""The functions that are followed, and how many texts each takes."""

FUNCTIONS: Mapping[str, Function] = {
    "re.compile": _compile,
    **{f"re.{name}": partial(_applied, name, count) for name, count in COUNTS.items()},
}
