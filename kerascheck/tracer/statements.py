"""The statements that the user's frames are at, as they are written; read only where something was seen to be wrong."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import FrameType

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.source import SourceError, SourceFile, source_from_text
from kerascheck.tracer.frames import UserCode

CONDITIONS = (ast.If, ast.Try, ast.TryStar, ast.While, ast.Match)
"""Statements that may leave out what is in them."""

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

COMPOUND = (*CONDITIONS, *SCOPES, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the user's.

    Attributes:
        node: the innermost one; ``outer`` those around it, the outermost first.
        source: the file it is in.
    """

    node: ast.stmt
    outer: tuple[ast.stmt, ...]
    source: SourceFile

    @property
    def scope(self) -> ast.stmt | None:
        """The function or class it is in; None for a module."""
        return next((each for each in reversed(self.outer) if isinstance(each, SCOPES)), None)

    @property
    def is_conditional(self) -> bool:
        """Whether the function that it is in may leave it out."""
        for each in reversed(self.outer):
            if isinstance(each, SCOPES):
                return False
            if isinstance(each, CONDITIONS):
                return True
        return False

    def classes(self) -> Iterator[ast.ClassDef]:
        """The classes it is in, the innermost first."""
        return (each for each in reversed(self.outer) if isinstance(each, ast.ClassDef))


def user_frame(user: UserCode) -> FrameType | None:
    """The innermost frame that runs the user's code."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not user.owns(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def position(frame: FrameType, instruction: int | None = None) -> tuple[int | None, int | None, int | None, int | None]:
    """The lines and columns, as the syntax tree has them, of what a frame is evaluating, or was."""
    at = frame.f_lasti if instruction is None else instruction
    line, end_line, column, end_column = list(frame.f_code.co_positions())[at // 2]
    return line, end_line, column, end_column


def statement_at(user: UserCode, frame: FrameType, line: int | None = None) -> Statement | None:
    """The statement that a frame of the user's is at, or at ``line``; None where its file cannot be read."""
    source = _source(user, frame.f_code.co_filename)
    return None if source is None else _statement(source, frame.f_lineno if line is None else line)


def tree_of(user: UserCode, filename: str) -> ast.Module | None:
    """The syntax tree of a file, by the name it was compiled under; None where it cannot be read."""
    source = _source(user, filename)
    try:
        return None if source is None else source.tree
    except SourceError:
        return None


def _source(user: UserCode, filename: str) -> SourceFile | None:
    return user.files.get(filename) or _read(filename, user.public_name(filename))


def _statement(source: SourceFile, line: int) -> Statement | None:
    try:
        body: list[ast.stmt] = source.tree.body
    except SourceError:
        return None
    outer: list[ast.stmt] = []
    while True:
        found = next((each for each in body if _first_line(each) <= line <= (each.end_lineno or each.lineno)), None)
        if found is None:
            return Statement(outer[-1], tuple(outer[:-1]), source) if outer else None
        if not isinstance(found, COMPOUND):
            return Statement(found, tuple(outer), source)
        outer.append(found)
        body = list(_inner(found))


def written_call(user: UserCode) -> tuple[ast.Call, Statement] | None:
    """The call that the innermost frame of the user's is making; None where it is not one that is written."""
    frame = user_frame(user)
    statement = None if frame is None else statement_at(user, frame)
    if frame is None or statement is None:
        return None
    here = position(frame)
    for node in ast.walk(statement.node):
        if isinstance(node, ast.Call) and (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset) == here:
            return node, statement
    return None


def statement_of(user: UserCode, span: Span) -> Statement | None:
    """The innermost statement at a place; None where it is not in a file that was run as the target."""
    found = next(((name, each) for name, each in user.files.items() if each.path == span.file), None)
    return None if found is None else _statement(found[1], found[1].text_line(span.line, span.cell))


def source_at(user: UserCode, statement: Statement | None) -> Source | None:
    """The whole simple statement that the innermost frame is at as a place, with the calls that led there."""
    here = user.here()
    if here is None or statement is None or isinstance(statement.node, COMPOUND):
        return here
    span = statement.source.span(statement.node)
    if (span.line, span.cell) > (here.span.line, here.span.cell):
        return here
    return Source(span, here.stack, statement.source.segment(statement.node))


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, SCOPES) else []
    return min([node.lineno, *(each.lineno for each in decorators)])


def _inner(node: ast.stmt) -> Iterator[ast.stmt]:
    """The statements directly within a compound one."""
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, ())
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield from part.body


@lru_cache(maxsize=64)
def _read(filename: str, name: str) -> SourceFile | None:
    try:
        return source_from_text("".join(linecache.getlines(filename)), name)
    except SourceError:
        return None
