"""Where in the user's code something happened: exact call expressions from the frames of the running program."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
import tokenize
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, FunctionType, MethodType, TracebackType
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.source import SourceFile

MAXIMUM_STACK = 20
"""No more calls than this are kept of the way that led to a node."""

AUTOGRAPH = "__autograph_generated_file"
"""What the names of the files have in them that AutoGraph writes."""


@cache
def _library_roots() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    roots = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")}
    roots.add(str(Path(__file__).resolve().parent.parent))
    return tuple(sorted(os.path.join(os.path.realpath(root), "") for root in roots))  # noqa: PTH118


@cache
def _positions(code: CodeType) -> tuple[tuple[int | None, int | None, int | None, int | None], ...]:
    return tuple(code.co_positions())


@dataclass(slots=True)
class UserCode:
    """Tells the user's files from libraries, and names them as the user does.

    Attributes:
        own: files or directories that are the user's even where they lie among the libraries.
        files: the scripts and notebooks that were compiled, by the name they were compiled under.
        names: how a file is called in a report, by the name it was compiled under.
        converted: the file and line that each line of what AutoGraph wrote comes from.
        fallback: what stands for the place where no user code is running.
    """

    own: tuple[str, ...] = ()
    files: dict[str, SourceFile] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    converted: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    fallback: Source | None = None
    verdicts: dict[str, bool] = field(default_factory=dict)

    def owns(self, filename: str) -> bool:
        """Whether the file is the user's."""
        verdict = self.verdicts.get(filename)
        if verdict is None:
            verdict = self.verdicts[filename] = self._owns(filename)
        return verdict

    def _owns(self, filename: str) -> bool:
        if filename in self.files:
            return True
        if filename.startswith("<") or AUTOGRAPH in filename:
            return False
        real = os.path.realpath(filename)
        if any(real == root or real.startswith(os.path.join(root, "")) for root in self.own):  # noqa: PTH118
            return True
        return not real.startswith(_library_roots())

    def public_name(self, filename: str) -> str:
        """How a report calls the file: as the user did, or relative to the working directory where it lies below it."""
        if filename in self.files:
            return self.files[filename].path
        known = self.names.get(filename)
        if known is None:
            path, here = Path(filename), Path.cwd()
            relative = path.is_absolute() and path.is_relative_to(here)
            known = self.names[filename] = str(path.relative_to(here)) if relative else filename
        return known

    def span(self, code: CodeType, instruction: int, line: int) -> Span:
        """The expression that was being evaluated at an instruction of ``code``."""
        filename = code.co_filename
        positions = _positions(code)
        index = instruction // 2
        start, end, column, end_column = positions[index] if 0 <= index < len(positions) else (line, line, None, None)
        if start is None or end is None:
            start = end = line
        if column is None or end_column is None:
            text = linecache.getline(filename, start).rstrip("\n")
            first, last = len(text) - len(text.lstrip()), len(text)
        else:
            first, last = _characters(filename, start, column), _characters(filename, end, end_column)
        source = self.files.get(filename)
        if source is not None:
            return source.place(start, first + 1, end, last + 1)
        return Span(self.public_name(filename), start, first + 1, end, last + 1)

    def here(self, boundary: FrameType | None = None) -> Source | None:
        """The innermost expression of the user's code that is being evaluated, and the calls that led to it.

        Frames outside ``boundary`` are not looked at. None where no user code is running.
        """
        frame: FrameType | None = sys._getframe(1)
        found: list[Span] = []
        text = ""
        inner = ""
        while frame is not None and frame is not boundary and len(found) < MAXIMUM_STACK:
            running = frame.f_code.co_filename
            place = self._place(frame) if running != inner or AUTOGRAPH not in running else None
            if place is not None:
                filename, span = place
                if not found:
                    text = self.text(filename, span)
                found.append(span)
                inner = running
            frame = frame.f_back
        return Source(found[0], tuple(found[1:]), text) if found else self.fallback

    def _place(self, frame: FrameType) -> tuple[str, Span] | None:
        """The user's file that a frame runs, itself or as AutoGraph wrote it anew, and what is evaluated there."""
        filename = frame.f_code.co_filename
        if self.owns(filename):
            return filename, self.span(frame.f_code, frame.f_lasti, frame.f_lineno)
        if AUTOGRAPH not in filename:
            return None
        origin = self.converted.get((filename, frame.f_lineno))
        return None if origin is None or not self.owns(origin[0]) else (origin[0], self.line(*origin))

    def is_calling(self) -> bool:
        """Whether the user's code itself calls the function that asks."""
        return self.owns(sys._getframe(2).f_code.co_filename)

    def runs(self, names: tuple[str, ...]) -> bool:
        """Whether the innermost function of the user's that is running has one of these names."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and not self.owns(frame.f_code.co_filename):
            frame = frame.f_back
        return frame is not None and frame.f_code.co_name in names

    def code_of(self, function: Any) -> CodeType | None:
        """The code of a function that the user wrote, under its decorators; None for anything else."""
        plain = unwrapped(function)
        if not isinstance(plain, (FunctionType, MethodType)) or not self.owns(plain.__code__.co_filename):
            return None
        return plain.__code__

    def definition(self, code: CodeType) -> Span:
        """The line that begins a function of the user's, behind its decorators."""
        filename, line = code.co_filename, code.co_firstlineno
        text = linecache.getline(filename, line)
        while text and not text.lstrip().startswith(("def ", "async def ", "lambda")):
            line += 1
            text = linecache.getline(filename, line)
        return self.line(filename, line if text else code.co_firstlineno)

    def line(self, filename: str, line: int) -> Span:
        """The code on a line of the file that was compiled as ``filename``, without indentation and comment."""
        source = self.files.get(filename)
        written = linecache.getline(filename, line) if source is None else source.line_at(line) or ""
        written = _without_comment(written).rstrip()
        first, last = len(written) - len(written.lstrip()), len(written)
        if source is not None:
            return source.place(line, first + 1, line, last + 1)
        return Span(self.public_name(filename), line, first + 1, line, last + 1)

    def text(self, filename: str, span: Span) -> str:
        """The text of ``span`` in the file that was compiled as ``filename``."""
        source = self.files.get(filename)
        numbers = range(span.line, span.end_line + 1)
        if source is not None:
            lines = [source.line_at(number, span.cell) or "" for number in numbers]
        else:
            lines = [linecache.getline(filename, number).rstrip("\n") for number in numbers]
        lines[-1] = lines[-1][: span.end_column - 1]
        lines[0] = lines[0][span.column - 1 :]
        return "\n".join(lines)

    def innermost(self, traceback: TracebackType | None) -> Source | None:
        """The user's expression nearest to where an exception was raised, and the calls that led to it."""
        found: list[Span] = []
        text = ""
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if self.owns(code.co_filename):
                span = self.span(code, traceback.tb_lasti, traceback.tb_lineno)
                text = self.text(code.co_filename, span)
                found.insert(0, span)
            traceback = traceback.tb_next
        return Source(found[0], tuple(found[1:]), text) if found else None


def _characters(filename: str, line: int, column: int) -> int:
    """A column in bytes of UTF-8, as code objects hold it, in characters."""
    text = linecache.getline(filename, line)
    if text.isascii():
        return column
    return len(text.encode()[:column].decode(errors="ignore"))


def _without_comment(line: str) -> str:
    try:
        for token in tokenize.generate_tokens(iter([line]).__next__):
            if token.type == tokenize.COMMENT:
                return line[: token.start[1]]
    except (tokenize.TokenError, SyntaxError):
        # The statement goes on, or began before.
        return line
    return line


def unwrapped(function: Any) -> Any:
    """The function under its decorators."""
    while getattr(function, "__wrapped__", None) is not None:
        function = function.__wrapped__
    return function


def extend(source: Source | None, outer: Source | None) -> Source | None:
    """``source`` with the calls of ``outer`` behind its own; ``outer`` alone where there is no ``source``."""
    if source is None or outer is None:
        return source or outer
    return Source(source.span, (*source.stack, outer.span, *outer.stack)[:MAXIMUM_STACK], source.text)
