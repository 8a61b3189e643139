"""How the arguments of a running call are written in the user's code."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.parsing import parse_expression


@dataclass(frozen=True, slots=True)
class Expression:
    """A part of a call as it is written; no text where it is the whole call for want of anything better."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The arguments of one call by parameter name, as expressions in its own text."""

    source: Source
    arguments: dict[str, ast.expr] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Source, parameters: tuple[str, ...]) -> Written:
        """The call at ``source`` of a function with such parameters; no arguments where its text is no call."""
        call = parse_expression(f"({source.text}\n)")
        if not isinstance(call, ast.Call) or any(isinstance(each, ast.Starred) for each in call.args):
            return cls(source)
        named = {each.arg: each.value for each in call.keywords if each.arg is not None}
        return cls(source, dict(zip(parameters, call.args, strict=False)) | named)

    @property
    def whole(self) -> Expression:
        """The call itself."""
        return Expression(self.source.span)

    def argument(self, *names: str) -> Expression | None:
        """The first of these arguments that is written; None where none is."""
        return next((self.part(self.arguments[name]) for name in names if name in self.arguments), None)

    def of_argument(self, *names: str) -> Expression:
        """The first of these arguments that is written; the whole call where none is."""
        return self.argument(*names) or self.whole

    def part(self, written: ast.expr | None) -> Expression:
        """Where an expression of the call stands, with its text; the whole call for None."""
        if written is None or written.end_lineno is None or written.end_col_offset is None:
            return self.whole
        start, end = self._at(written.lineno, written.col_offset), self._at(written.end_lineno, written.end_col_offset)
        span = replace(self.source.span, line=start[0], column=start[1], end_line=end[0], end_column=end[1])
        return Expression(span, ast.get_source_segment(f"({self.source.text}\n)", written) or "")

    def element(self, name: str, key: str | int | None) -> ast.expr | None:
        """How the part of an argument is written that is at place ``key`` of a list."""
        written = self.arguments.get(name)
        if isinstance(written, (ast.List, ast.Tuple)) and isinstance(key, int) and key < len(written.elts):
            return written.elts[key]
        return written

    def only(self, *names: str) -> Written:
        """The call with no other arguments than these."""
        return replace(self, arguments={name: each for name, each in self.arguments.items() if name in names})

    def _at(self, line: int, offset: int) -> tuple[int, int]:
        """A line and a column in bytes of the bracketed text as they are in the file, columns in characters from 1."""
        text = f"({self.source.text}".split("\n")[line - 1]
        column = len(text.encode()[:offset].decode(errors="ignore"))
        return self.source.span.line + line - 1, column + (self.source.span.column - 1 if line == 1 else 1)
