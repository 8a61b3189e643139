"""Loops of unknown length: what their later rounds may change, told from the first."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from kerascheck.interpreter.core import Frame, Interpreter
from kerascheck.interpreter.heap import DIFFERS, Delta
from kerascheck.interpreter.syntax import remembered, walk
from kerascheck.interpreter.values import Constant, DictValue, ListValue, TensorValue, Value
from kerascheck.shapes import Shape


@dataclass(slots=True)
class Round:
    """The names in a loop's body.

    Attributes:
        reads: the names that the assignments to a name read.
        carried: the names whose value of the round before may be read.
        tested: the names that the conditions in it read.
    """

    reads: dict[str, set[str]] = field(default_factory=dict)
    carried: set[str] = field(default_factory=set)
    tested: set[str] = field(default_factory=set)


def forget_later_rounds(
    interpreter: Interpreter,
    node: ast.For | ast.AsyncFor | ast.While,
    before: dict[str, Value],
    delta: Delta,
    frame: Frame,
) -> bool:
    """After a loop whose first round made ``delta``: forget what a later round makes of what the first changed.

    Returns whether a condition reads any of that, so that a later round may run what the first did not.
    """
    variables = frame.scope.variables
    names = remembered(node, _names_of)
    changed = {
        name
        for name in names.carried
        if name in variables
        and (
            (name in before and not _alike(before[name], variables[name]))
            or (isinstance(variables[name], (ListValue, DictValue)) and id(variables[name]) in delta.contents)
        )
    }
    again = bool(changed)
    while again:
        later = {name for name, reads in names.reads.items() if name not in changed and reads & changed}
        changed |= later
        again = bool(later)
        for name in later & variables.keys():
            interpreter.heap.touch(frame.scope)
            variables[name] = _forgotten(variables[name])
    return not changed.isdisjoint(names.tested)


def _names_of(node: ast.AST) -> Round:
    found = Round()
    written = _stored(node.target) if isinstance(node, (ast.For, ast.AsyncFor)) else set()
    for statement in node.body if isinstance(node, (ast.For, ast.AsyncFor, ast.While)) else ():
        found.carried |= _loaded(statement) - written
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            written |= _stored(statement)
        for part in walk(statement):
            if isinstance(part, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For)):
                for name in _stored(part):
                    found.reads.setdefault(name, set()).update(_loaded(part))
            elif isinstance(part, (ast.If, ast.IfExp, ast.While)):
                found.tested |= _loaded(part.test)
    return found


def _stored(node: ast.AST) -> set[str]:
    return {part.id for part in walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _loaded(node: ast.AST) -> set[str]:
    names: set[str] = set()
    for part in walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            names.add(part.id)
        elif isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name):
            names.add(part.target.id)
    return names


def _alike(left: Value, right: Value) -> bool:
    if isinstance(left, TensorValue) and isinstance(right, TensorValue):
        return left.spec == right.spec
    if isinstance(left, Constant) and isinstance(right, Constant):
        return type(left) is type(right) and left == right
    return left is right or (isinstance(left, tuple) and left == right)


def _forgotten(value: Value) -> Value:
    if isinstance(value, TensorValue):
        return replace(value, spec=replace(value.spec, shape=Shape(None), content=None))
    return DIFFERS
