"""Uses of keras and tensorflow names: what the rules about the API are told."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
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
    if not _is_written_out(node):
        return
    described = describe(value.name, interpreter.program.generation)
    if described is None or described.internal:
        return
    span = interpreter.span(node)
    if span is None:
        return
    table.noted[node] = value.name, frame.module
    key = (span.file, span.cell, span.line, span.column)
    previous = table.uses.get(key)
    if previous is not None and len(previous.name) >= len(described.name):
        return
    attribute = None
    if isinstance(node, ast.Attribute) and span.end_line == span.line:
        attribute = Span(span.file, span.line, span.end_column - len(node.attr), span.line, span.end_column, span.cell)
    table.uses[key] = SymbolUse(
        described.name,
        described.package,
        described.generation,
        span,
        called,
        tuple(reversed(interpreter.context.stack)),
        described.compat,
        attribute,
        _root(node, described.name),
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
