"""Loops of unknown length: what their later rounds may change, told from the first."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from kerascheck.interpreter.core import Frame, Interpreter
from kerascheck.interpreter.heap import DIFFERS, Delta
from kerascheck.interpreter.syntax import parts, remembered
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
    changed = {
        name
        for name, value in variables.items()
        if (name in before and not _alike(before[name], value))
        or (isinstance(value, (ListValue, DictValue)) and id(value) in delta.contents)
    }
    if not changed:
        # As in every third loop, whose code need not be looked at.
        return False
    names = remembered(node, _names_of)
    changed &= names.carried
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
    names = _Names()
    written: set[str] = set()
    if isinstance(node, (ast.For, ast.AsyncFor)):
        target = _Names()
        target.visit(node.target)
        written.update(target.stored)
    for statement in node.body if isinstance(node, (ast.For, ast.AsyncFor, ast.While)) else ():
        loads, stores = len(names.loaded), len(names.stored)
        names.visit(statement)
        names.found.carried.update(set(names.loaded[loads:]) - written)
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            written.update(names.stored[stores:])
    return names.found


@dataclass(slots=True)
class _Names:
    """The names that nodes read and bind, in the order of a walk: those below a node stand together."""

    found: Round = field(default_factory=Round)
    loaded: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)

    def visit(self, node: ast.AST) -> None:
        """Gather the names in a node, and what they say of the loop."""
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                self.loaded.append(node.id)
            elif isinstance(node.ctx, ast.Store):
                self.stored.append(node.id)
            return
        if isinstance(node, ast.Constant):
            return
        loads, stores = len(self.loaded), len(self.stored)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.loaded.append(node.target.id)
        test = node.test if isinstance(node, (ast.If, ast.IfExp, ast.While)) else None
        for part in parts(node):
            before = len(self.loaded)
            self.visit(part)
            if part is test:
                self.found.tested.update(self.loaded[before:])
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For)):
            for name in self.stored[stores:]:
                self.found.reads.setdefault(name, set()).update(self.loaded[loads:])


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
