"""A call of a TensorFlow function, written with its twin of ``keras.ops``."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from kerascheck.catalog import Parameters, Twin, find, find_twin
from kerascheck.parsing import parse_expression


def translate(function: str, written: str) -> str | None:
    """The user's call of ``function`` with the same meaning in Keras 3.

    None where there is no exact twin, or an argument has no counterpart there.
    """
    twin, old = find_twin(function), find(function)
    new = None if twin is None else find(twin.name)
    if twin is None or not twin.exact or old is None or new is None:
        return None
    call = _parse_call(written)
    if call is None or old.parameters is None or new.parameters is None:
        return None
    positional = _positional(call, old.parameters, new.parameters, twin)
    keywords = _keywords(call, twin)
    if positional is None or keywords is None:
        return None
    given = {name for name, _ in positional} | set(keywords)
    implied = {name: repr(value) for name, value in twin.implied.items() if name not in given}
    arguments = [text for _, text in positional] + [f"{name}={text}" for name, text in (keywords | implied).items()]
    return f"{twin.name}({', '.join(arguments)})"


def in_words_of(written: str, aliases: Mapping[str, str]) -> str | None:
    """``written``, a call of a ``keras`` function, by the file's own names; None where it has none for it."""
    path = written.partition("(")[0].split(".")
    for length in range(len(path) - 1, 0, -1):
        module = ".".join(path[:length])
        for alias, meaning in aliases.items():
            if meaning in (module, f"tensorflow.{module}"):
                return alias + written[len(module) :]
    return None


def _parse_call(written: str) -> ast.Call | None:
    expression = parse_expression(written.strip())
    return expression if isinstance(expression, ast.Call) else None


def _positional(call: ast.Call, old: Parameters, new: Parameters, twin: Twin) -> list[tuple[str, str]] | None:
    """The positional arguments by their new names; None unless each keeps its place."""
    found: list[tuple[str, str]] = []
    for position, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred) or position >= min(len(old), len(new)):
            return None
        name = new[position].name
        if name != twin.arguments.get(old[position].name):
            return None
        found.append((name, ast.unparse(argument)))
    return found


def _keywords(call: ast.Call, twin: Twin) -> dict[str, str] | None:
    """The keyword arguments by their new names, less ``name``, which Keras has not; None where one is lost."""
    found: dict[str, str] = {}
    for keyword in call.keywords:
        if keyword.arg == "name":
            continue
        name = None if keyword.arg is None else twin.arguments.get(keyword.arg)
        if name is None:
            return None
        found[name] = ast.unparse(keyword.value)
    return found
