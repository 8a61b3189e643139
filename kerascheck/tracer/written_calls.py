"""The call that the user's code is making, as it is written: where each argument stands."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.tracer.binding import parameters_by_position
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.statements import Statement, position, statement_at, user_frame


@dataclass(frozen=True, slots=True)
class Expression:
    """An argument as it is written."""

    span: Span
    text: str

    @property
    def short(self) -> str:
        """The text on one line, cut where it is long."""
        written = " ".join(self.text.split())
        return written if len(written) <= 60 else written[:57] + "..."


def written_call(user: UserCode) -> tuple[ast.Call, Statement] | None:
    """The call that the innermost frame of the user's is making; None where it is not one that is written."""
    frame = user_frame(user)
    statement = None if frame is None else statement_at(user, frame)
    if frame is None or statement is None:
        return None
    call = call_at(frame, statement)
    return None if call is None else (call, statement)


def call_at(frame: FrameType, statement: Statement) -> ast.Call | None:
    """The call in a statement that a frame is making."""
    here = position(frame)
    for node in ast.walk(statement.node):
        if isinstance(node, ast.Call) and (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset) == here:
            return node
    return None


def written_arguments(user: UserCode, method: Callable[..., Any]) -> dict[str, Expression]:
    """The arguments of a call of ``method`` by parameter name, ``self`` aside."""
    found = written_call(user)
    if found is None:
        return {}
    call, statement = found
    names = parameters_by_position(method)[1:]
    pairs = [*zip(names, call.args, strict=False), *((each.arg or "", each.value) for each in call.keywords)]
    return {
        name: Expression(statement.source.span(value), statement.source.segment(value))
        for name, value in pairs
        if not isinstance(value, ast.Starred)
    }
