"""Uses of keras and tensorflow names: what the rules about the API are told."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from kerascheck.diagnostic import Span
from kerascheck.graph import UNTOLD_GUARDS
from kerascheck.interpreter.core import Frame, Interpreter
from kerascheck.interpreter.names import describe
from kerascheck.interpreter.values import External
from kerascheck.program import SymbolUse

if TYPE_CHECKING:
    from kerascheck.interpreter.loader import Module

Start = tuple[str, int | None, int, int]

_USE = "kerascheck_use"
"""The attribute of a node that keeps what it was found to name, for all the files of a run that import its module."""


@dataclass(slots=True)
class SymbolTable:
    """The uses found so far, by where their expression starts: ``tf.layers.dense`` replaces ``tf.layers``.

    ``noted`` holds what each expression was noted to name, and in which module: one that runs again says the same.
    """

    uses: dict[Start, SymbolUse] = field(default_factory=dict)
    noted: dict[ast.AST, tuple[str, Module]] = field(default_factory=dict)


def record_symbol(
    interpreter: Interpreter, node: ast.Attribute | ast.alias, value: External, frame: Frame, called: bool
) -> None:
    """Note that the user's code reads ``value`` here.

    A bare name is not noted: its import was. Nor is what a version check or an ``except ImportError`` guards.
    """
    table = interpreter.facts.symbols
    noted = table.noted.get(node)
    if noted is not None and noted[1] is frame.module and noted[0] == value.name:
        return
    if frame.import_guarded or not frame.module.is_user:
        return
    if not UNTOLD_GUARDS.isdisjoint(interpreter.context.guards):
        return
    table.noted[node] = value.name, frame.module
    span = interpreter.span(node)
    use = None if span is None else _use_at(node, span, value.name, interpreter.program.generation, called)
    if use is not None:
        _note(table, use, interpreter.context.stack)


def record_import(interpreter: Interpreter, node: ast.alias, value: External, module: Module) -> None:
    """Note that an imported module of the user's imports ``value``, by a statement of its own that nothing guards."""
    table = interpreter.facts.symbols
    noted = table.noted.get(node)
    if not module.is_user or (noted is not None and noted[1] is module and noted[0] == value.name):
        return
    table.noted[node] = value.name, module
    use = _use_at(node, module.source.span(node), value.name, interpreter.program.generation, called=False)
    if use is not None:
        _note(table, use, [])


def _note(table: SymbolTable, use: SymbolUse, stack: list[Span]) -> None:
    span = use.span
    key = (span.file, span.cell, span.line, span.column)
    previous = table.uses.get(key)
    if previous is None or len(previous.name) < len(use.name):
        table.uses[key] = _called_from(stack, use)


@lru_cache(maxsize=4096)
def replaces(name: str, inner: str, generation: int) -> bool:
    """Whether the use of a name takes the place of that of the name before its last dot, as read in one expression."""
    outer, before = describe(name, generation), describe(inner, generation)
    if outer is None or outer.internal:
        return False
    return before is None or before.internal or len(before.name) < len(outer.name)


def _use_at(node: ast.Attribute | ast.alias, span: Span, name: str, generation: int, called: bool) -> SymbolUse | None:
    """What the rules are told of a name that is read at ``span``, but for the calls that led there."""
    asked = (name, generation, called)
    kept: tuple[tuple[str, int, bool], SymbolUse] | None = getattr(node, _USE, None)
    if kept is not None and kept[0] == asked and kept[1].span is span:
        return kept[1]
    described = describe(name, generation) if _is_written_out(node) else None
    if described is None or described.internal:
        return None
    attribute = None
    if isinstance(node, ast.Attribute) and span.end_line == span.line:
        attribute = Span(span.file, span.line, span.end_column - len(node.attr), span.line, span.end_column, span.cell)
    use = SymbolUse(
        described.name,
        described.package,
        described.generation,
        span,
        called,
        compat=described.compat,
        attribute=attribute,
        root=_root(node, described.name),
    )
    setattr(node, _USE, (asked, use))
    return use


def _called_from(stack: list[Span], use: SymbolUse) -> SymbolUse:
    if not stack:
        return use
    return SymbolUse(
        use.name,
        use.package,
        use.generation,
        use.span,
        use.called,
        tuple(reversed(stack)),
        use.compat,
        use.attribute,
        use.root,
    )


def _root(node: ast.expr | ast.alias, name: str) -> str | None:
    """What the first name of an expression stands for, by what the whole of it does; None for an import."""
    if isinstance(node, ast.alias):
        return None
    while isinstance(node, ast.Attribute):
        node, name = node.value, name.rpartition(".")[0]
    return name


def _is_written_out(node: ast.expr | ast.alias) -> bool:
    """Whether the name is spelled here. What a call gives was read inside it, where a ``try`` may have guarded it."""
    inner: ast.AST = node
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    return isinstance(inner, (ast.Name, ast.alias))
