"""What a class does with the arguments of its constructor, by its syntax."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from kerascheck.interpreter.syntax import nodes_of, parts, remembered

_FOR_TRAINING = ("initializer", "regularizer", "constraint")
"""What such arguments of a weight do is not seen in a model that is loaded with its weights."""

_LABELS = ("name", "seed")


def parameters_in_use(cls: ast.ClassDef, constructor: ast.FunctionDef, asked: Iterable[str]) -> set[str]:
    """Those of the ``asked`` parameters of ``constructor`` on which depends what an object of the class does.

    One that is only stored, checked, or names, initialises or regularises something is left out.
    """
    names = {each.arg for each in (*constructor.args.args[1:], *constructor.args.kwonlyargs)}.intersection(asked)
    used: set[str] = set()
    stored: dict[str, set[str]] = {}
    for node, target in _reads(constructor.body):
        if isinstance(node, ast.Name) and node.id in names:
            if target is not None:
                stored.setdefault(target, set()).add(node.id)
            elif node.id not in used:
                used.add(node.id)
                if used == names:
                    # Most parameters are used right in the constructor, and its class may be long.
                    return used
    if used.issuperset(set().union(*stored.values())):
        return used
    for function in cls.body:
        if isinstance(function, ast.FunctionDef) and function.name not in ("get_config", "__repr__", "__str__"):
            for node, _ in _reads(function.body):
                if isinstance(node, ast.Attribute) and node.attr in stored:
                    used |= stored[node.attr]
    return used


def passed_up(constructor: ast.FunctionDef) -> dict[str, str | int]:
    """The parameters that the constructor does nothing with but give them, as they are, to that of its base.

    Each with the keyword or position that it has there.
    """
    names = {each.arg for each in (*constructor.args.args[1:], *constructor.args.kwonlyargs)}
    found: dict[str, str | int] = {}
    given: set[int] = set()
    for node in nodes_of(constructor, ast.Call):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")):
                values = [*enumerate(node.args), *((each.arg, each.value) for each in node.keywords)]
                for place, value in values:
                    if isinstance(value, ast.Name) and value.id in names and place is not None:
                        found[value.id] = place
                        given.add(id(value))
    if not found:
        return found
    reads = {node.id for node, _ in _reads(constructor.body) if isinstance(node, ast.Name) and id(node) not in given}
    return {name: place for name, place in found.items() if name not in reads}


def uses_rest(constructor: ast.FunctionDef, written: str) -> bool:
    """Whether the constructor, ``written`` so, looks into its ``**kwargs``, where further arguments may come from."""
    rest = constructor.args.kwarg
    return rest is not None and not _only_passes(rest.arg, written) and remembered(constructor, _uses_rest)


def _only_passes(rest: str, written: str) -> bool:
    """Whether a function's text names its ``**rest`` in no other way than to give it to a call, nor has a dict.

    As most do: a quick test that spares them a walk of their code.
    """
    return "{" not in written and written.count(rest) == len(re.findall(rf"[(,\s]\*\*{rest}\s*[,)]", written))


def _uses_rest(constructor: ast.AST) -> bool:
    rest = constructor.args.kwarg if isinstance(constructor, ast.FunctionDef) else None
    assert rest is not None
    calls = nodes_of(constructor, ast.Call)
    passed = {id(keyword.value) for call in calls for keyword in call.keywords if keyword.arg is None}
    reads = (node for node in nodes_of(constructor, ast.Name) if node.id == rest.arg)
    return any(id(node) not in passed for node in reads)


def _reads(body: list[ast.stmt]) -> Iterator[tuple[ast.expr, str | None]]:
    """What the statements read that matters, each with the attribute of ``self`` it is stored in, if it is."""
    pending: list[tuple[ast.AST, str | None]] = [(statement, None) for statement in reversed(body)]
    while pending:
        node, target = pending.pop()
        if isinstance(node, (ast.Name, ast.Attribute)):
            if isinstance(node.ctx, ast.Load):
                yield node, target
            if isinstance(node, ast.Name):
                continue
        elif isinstance(node, (ast.stmt, ast.keyword)):
            match node:
                case ast.Raise() | ast.Assert():
                    continue
                case ast.If(body=[ast.Raise()], orelse=rest):
                    pending += [(each, target) for each in reversed(rest)]
                    continue
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attribute)], value=value):
                    pending.append((value, attribute))
                    continue
                case ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(id="self"), attr=attribute), value=ast.expr() as value
                ):
                    pending.append((value, attribute))
                    continue
                case ast.keyword(arg=str(argument)) if argument.endswith(_FOR_TRAINING) or argument in _LABELS:
                    continue
        pending += [(each, target) for each in reversed(parts(node))]
