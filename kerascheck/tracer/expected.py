"""Whether the running code expects an error where it stands: what is about to fail there is nothing to tell."""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from types import FrameType

from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.statements import tree_of

EXPECTING = ("suppress", "raises", "assertRaises", "assertRaisesRegex")
"""The context managers that expect an error, by the last part of their names."""


def expects_errors(user: UserCode) -> bool:
    """Whether one of the user's functions that run now would catch an error from here."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        filename = frame.f_code.co_filename
        tree = tree_of(user, filename) if user.owns(filename) else None
        if tree is not None and any(first <= frame.f_lineno <= last for first, last in _caught(tree)):
            return True
        frame = frame.f_back
    return False


@lru_cache(maxsize=64)
def _caught(tree: ast.Module) -> tuple[tuple[int, int], ...]:
    """The lines of a file from which errors are caught."""
    found: list[tuple[int, int]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Try(body=body, handlers=[_, *_]) | ast.TryStar(body=body, handlers=[_, *_]):
                found.append(_lines(body))
            case ast.With(items=items, body=body) if any(_expects(item.context_expr) for item in items):
                found.append(_lines(body))
    return tuple(found)


def _lines(body: list[ast.stmt]) -> tuple[int, int]:
    return body[0].lineno, body[-1].end_lineno or body[-1].lineno


def _expects(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] in EXPECTING
