"""Reading sources: decoding, parsing, and the way from syntax nodes to places the user can find."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kerascheck.diagnostic import Span
from kerascheck.parsing import parse_text
from kerascheck.python_2 import python_2_form
from kerascheck.records import immutable
from kerascheck.sharing import Kept, asked_once

SYNTAX_ERROR = ("KC001", "syntax-error")
UNREADABLE_FILE = ("KC002", "unreadable-file")
INVALID_NOTEBOOK = ("KC003", "invalid-notebook")
PYTHON_2_SOURCE = ("KC614", "python-2-source")

_PLACED = (ast.expr, ast.stmt, ast.arg, ast.keyword, ast.alias, ast.pattern, ast.excepthandler)
"""The kinds of nodes that have a place of their own."""

_SPAN = "kerascheck_span"
"""The attribute of a node that keeps its place, for as long as files of the same text share its tree."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SourceError(Exception):
    """A file, or a notebook's cell, that cannot be checked.

    Attributes:
        code, name: the rule that tells it.
        message: what is wrong, without a full stop.
        span: where.
        help: what to do about it, or None.
    """

    def __init__(self, kind: tuple[str, str], message: str, span: Span, help: str | None = None) -> None:
        super().__init__(message)
        self.code, self.name = kind
        self.message = message
        self.span = span
        self.help = help


@immutable()
class Cell:
    """A notebook's code cell: its 1-based number among all cells, and where its lines lie in the joined text."""

    number: int
    first_line: int
    line_count: int


@dataclass(frozen=True)
class SourceFile:
    """One module's source.

    Attributes:
        path: the file as the user named it.
        text: the source, lines ending in a line feed; for a notebook its code cells, one below the other.
        cells: a notebook's code cells, in order; empty for a module.
        broken: what is wrong with the cells that were left out.
    """

    path: str
    text: str
    cells: tuple[Cell, ...] = ()
    broken: tuple[SourceError, ...] = ()

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their line feeds, as the parser counts them."""
        return self.text.split("\n")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; see :func:`parse`."""
        return _parse(self)

    @cached_property
    def sets_modules(self) -> bool:
        """Whether the file may put modules into ``sys.modules``: a quick test that spares most a walk of their tree."""
        return "sys.modules[" in self.text

    @cached_property
    def has_generators(self) -> bool:
        """Whether the file may define generators: a quick test that spares most a walk of their functions."""
        return "yield" in self.text

    @cached_property
    def _cell_starts(self) -> list[int]:
        return [cell.first_line for cell in self.cells]

    @cached_property
    def _is_ascii(self) -> bool:
        return self.text.isascii()

    def span(self, node: ast.AST) -> Span:
        """The place of ``node``; of a node without one of its own (``ast.arguments``), that of its parts."""
        known: Span | None = getattr(node, _SPAN, None)
        if known is not None and known.file == self.path:
            return known
        if not isinstance(node, _PLACED):
            return self._span_of_parts(node)
        line, offset = node.lineno, node.col_offset
        end_line, end_offset = node.end_lineno or line, node.end_col_offset or offset
        if not self._is_ascii:
            offset, end_offset = self._column(line, offset) - 1, self._column(end_line, end_offset) - 1
        if self.cells:
            return self.place(line, offset + 1, end_line, end_offset + 1)
        span = Span(self.path, line, offset + 1, end_line, end_offset + 1)
        setattr(node, _SPAN, span)
        return span

    def place(self, line: int, column: int, end_line: int | None = None, end_column: int | None = None) -> Span:
        """The span of 1-based lines and columns of the text, told in cells for a notebook."""
        end_line = line if end_line is None else end_line
        end_column = column if end_column is None else end_column
        if not self.cells:
            return Span(self.path, line, column, end_line, end_column)
        cell = self.cells[max(bisect_right(self._cell_starts, line) - 1, 0)]
        skipped = cell.first_line - 1
        return Span(self.path, line - skipped, column, end_line - skipped, end_column, cell.number)

    def text_line(self, line: int, cell: int | None = None) -> int:
        """The 1-based line of the text at a span's ``line`` and ``cell``."""
        if cell is None:
            return line
        return next((found.first_line - 1 + line for found in self.cells if found.number == cell), line)

    def line_at(self, line: int, cell: int | None = None) -> str | None:
        """What stands on a span's ``line`` and ``cell``, or None where there is no such line."""
        number = self.text_line(line, cell)
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else None

    def segment(self, node: ast.AST) -> str:
        """The source of ``node`` as it was written."""
        return self.segment_at(self.span(node))

    def segment_at(self, span: Span) -> str:
        """The source of ``span`` as it was written."""
        first, last = self.text_line(span.line, span.cell), self.text_line(span.end_line, span.cell)
        if first == last and 1 <= first <= len(self.lines):
            return self.lines[first - 1][span.column - 1 : span.end_column - 1]
        found = self.lines[first - 1 : last]
        if not found:
            return ""
        found[-1] = found[-1][: span.end_column - 1]
        found[0] = found[0][span.column - 1 :]
        return "\n".join(found)

    def _span_of_parts(self, node: ast.AST) -> Span:
        spans = [self.span(child) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context)]
        if not spans:
            return self.place(1, 1)
        first, last = min(spans, key=_start), max(spans, key=_end)
        return Span(self.path, first.line, first.column, last.end_line, last.end_column, first.cell)

    def _column(self, line: int, offset: int) -> int:
        """The 1-based column in characters of a 0-based offset in UTF-8 bytes."""
        if not 1 <= line <= len(self.lines):
            return offset + 1
        text = self.lines[line - 1]
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore")) + 1


@asked_once
def package_root(folder: Path) -> Path:
    """The folder that absolute imports of the project start from which the files in ``folder`` are of.

    For scripts it is ``folder`` itself; for modules of a package, the folder that holds the outermost package.
    """
    while (folder / "__init__.py").is_file():
        folder = folder.parent if folder.name not in ("", "..") else folder.resolve().parent
    return folder


class SourceCache:
    """The lines that reports show, read when they are first asked for."""

    def __init__(self, sources: Iterable[SourceFile] = ()) -> None:
        self._sources: dict[str, SourceFile | None] = {source.path: source for source in sources}

    def get(self, path: str) -> SourceFile | None:
        """The file, or None where it cannot be read."""
        if path not in self._sources:
            try:
                self._sources[path] = read_source(path)
            except SourceError:
                self._sources[path] = None
        return self._sources[path]

    def line(self, span: Span, line: int) -> str | None:
        """What stands on ``line`` of the file and cell of ``span``, or None."""
        source = self.get(span.file)
        return None if source is None else source.line_at(line, span.cell)


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _end(span: Span) -> tuple[int, int]:
    return span.end_line, span.end_column


def is_notebook(path: str) -> bool:
    """Whether the file's name is a notebook's."""
    return path.lower().endswith(".ipynb")


def read_source(path: str) -> SourceFile:
    """Read a module or notebook.

    Raises:
        SourceError: it cannot be read, is not text in its encoding, or is not a notebook.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SourceError(UNREADABLE_FILE, f"cannot read the file: {reason}", Span(path, 1, 1, 1, 1)) from None
    return source_from_bytes(data, path)


def source_from_bytes(data: bytes, path: str) -> SourceFile:
    """The source of a file whose bytes are at hand; raises as :func:`read_source` does."""
    return source_from_text(_decode(data, path, "utf-8" if is_notebook(path) else encoding_of(data, path)), path)


def source_from_text(text: str, path: str) -> SourceFile:
    """The source of decoded text; a path that ends in ``.ipynb`` is a notebook's JSON.

    Raises:
        SourceError: the text holds a NUL character, or is not a notebook.
    """
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        before = text[: text.index("\0")]
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        where = Span(path, line, column, line, column + 1)
        raise SourceError(UNREADABLE_FILE, "not a text file: it holds a NUL byte", where)
    if is_notebook(path):
        from kerascheck.notebook import read_notebook

        return read_notebook(text, path)
    return SourceFile(path, text)


def parse(source: SourceFile) -> ast.Module:
    """The syntax tree of ``source``, parsed once.

    Raises:
        SourceError: it is not Python, or nested too deeply to be parsed.
    """
    return source.tree


SHARED_LENGTH = 8_000_000
"""Characters of source whose trees are kept for other files of a run that import them: some 25 bytes for each."""

_TREES: Kept[str, ast.Module] = Kept(SHARED_LENGTH)


def _parse(source: SourceFile) -> ast.Module:
    try:
        return _TREES.get(source.text, lambda: (parse_text(source.text), len(source.text)))
    except SyntaxError as error:
        raise _syntax_error(source, error) from None
    except (RecursionError, MemoryError):
        raise SourceError(SYNTAX_ERROR, "too deeply nested to be parsed", source.place(1, 1)) from None
    except ValueError as error:
        raise SourceError(UNREADABLE_FILE, f"not Python source: {error}", source.place(1, 1)) from None


def _syntax_error(source: SourceFile, error: SyntaxError) -> SourceError:
    """What a text is that does not parse: Python 2, where the parser stopped at something only that has."""
    span = _syntax_error_span(source, error)
    line = source.lines[min(max(error.lineno or 1, 1), len(source.lines)) - 1] if source.lines else ""
    form = python_2_form(error.msg, line, error.offset or 1)
    if form is None:
        return SourceError(SYNTAX_ERROR, error.msg, span)
    help = "`python -m lib2to3 -w FILE` of Python 3.12 and older translates it, or the package `2to3`"
    return SourceError(PYTHON_2_SOURCE, f"this is written in Python 2: {form} there", span, help)


def _syntax_error_span(source: SourceFile, error: SyntaxError) -> Span:
    last = len(source.lines)
    line = min(max(error.lineno or 1, 1), last)
    column = max(error.offset or 1, 1)
    end_line, end_column = error.end_lineno or line, error.end_offset or 0
    if end_line > last or (end_line, end_column) <= (line, column):
        end_line, end_column = line, column + 1
    return source.place(line, column, end_line, end_column)


def encoding_of(data: bytes, path: str) -> str:
    """The encoding that a byte order mark or a coding comment declares (PEP 263); UTF-8 where neither does.

    Raises:
        SourceError: there is no such encoding.
    """
    if b"coding" not in b"\n".join(data.split(b"\n", 2)[:2]):
        return "utf-8"
    import io
    import tokenize

    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        raise SourceError(UNREADABLE_FILE, error.msg.partition(" for ")[0], Span(path, 1, 1, 1, 1)) from None


def _decode(data: bytes, path: str, encoding: str) -> str:
    try:
        return data.removeprefix(_BYTE_ORDER_MARK).decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"not {error.encoding} text: byte 0x{data[error.start]:02x} on line {line}"
        help = "save the file as UTF-8, or name its encoding on the first line: # -*- coding: latin-1 -*-"
        raise SourceError(UNREADABLE_FILE, message, Span(path, line, 1, line, 1), help) from None
    except (LookupError, UnicodeError, ValueError) as error:
        raise SourceError(UNREADABLE_FILE, f"cannot decode the file: {error}", Span(path, 1, 1, 1, 1)) from None
