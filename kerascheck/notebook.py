"""Jupyter notebooks: the code cells as one module, with what only IPython understands blanked.

Lines and columns are kept, so a place in the module is a place in a cell.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.parsing import UNPARSABLE, parse_text
from kerascheck.source import INVALID_NOTEBOOK, Cell, SourceError, SourceFile

BODY_MAGICS = frozenset({"time", "timeit", "capture", "prun", "debug", "memit"})
"""Cell magics that run the rest of their cell in the notebook's own namespace."""

STATEMENT_MAGICS = frozenset({"time", "prun", "memit"})
"""Line magics that run the statement behind them in the notebook's own namespace."""

AUTOMAGICS = frozenset(
    {"cat", "cd", "conda", "cp", "env", "ll", "load_ext", "ls", "mamba", "matplotlib", "mkdir", "mv", "pip", "rm",
     "rmdir", "run", "uv"}
)  # fmt: skip
"""Magics and aliases that IPython also takes without their ``%``."""

UNKNOWN_VALUE = "get_ipython()"
"""What an assigned magic is read as: IPython itself turns ``x = !ls`` into a call of this."""

_CELL_MAGIC = re.compile(r"%%(\w+)")
_LINE_MAGIC = re.compile(r"(\s*)(%(\w+)\s+)(.*)")
_ESCAPED = re.compile(r"\s*[%!?]")
_HELP = re.compile(r"\s*%{0,2}[\w*][\w*.\[\]'\"]*\?{1,2}\s*$")
_BARE_MAGIC = re.compile(r"(\w+)[ \t]+\S")
_ASSIGNED = re.compile(r"(\s*[\w.,\s\[\]'\"]+=\s*)[%!](?!=).*")
_TOKEN = re.compile(r"""\#.*|'{3}|"{3}|'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?|[\[\](){}]|\\$""")


def read_notebook(text: str, path: str) -> SourceFile:
    """The code cells of a notebook (nbformat 3 and 4) as one module.

    A cell that is not Python is left out and told in ``broken``.

    Raises:
        SourceError: the text is not JSON, or not a notebook.
    """
    sources = _code_cells(_load(text, path), path)
    cells: list[Cell] = []
    broken: list[SourceError] = []
    lines: list[str] = []
    for number, source in sources:
        code = blank_magics(source).split("\n")
        cell = Cell(number, len(lines) + 1, len(code))
        error = _cell_error("\n".join(code), path, cell)
        if error is not None:
            broken.append(error)
            code = [""] * len(code)
        cells.append(cell)
        lines += code
    return SourceFile(path, "\n".join(lines), tuple(cells), tuple(broken))


def _load(text: str, path: str) -> dict[str, Any]:
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        where = Span(path, error.lineno, error.colno, error.lineno, error.colno)
        raise SourceError(INVALID_NOTEBOOK, f"not a notebook: invalid JSON ({error.msg})", where) from None
    except (RecursionError, ValueError):
        raise _not_a_notebook(path, "the JSON is nested too deeply") from None
    if not isinstance(notebook, dict):
        raise _not_a_notebook(path, "the JSON is not an object")
    return notebook


def _not_a_notebook(path: str, why: str) -> SourceError:
    return SourceError(INVALID_NOTEBOOK, f"not a notebook: {why}", Span(path, 1, 1, 1, 1))


def _code_cells(notebook: dict[str, Any], path: str) -> list[tuple[int, str]]:
    """The number and source of every Python cell."""
    cells: list[Any]
    match notebook:
        case {"cells": list(cells)}:
            key = "source"
        case {"worksheets": [*sheets]} if all(_has_cells(sheet) for sheet in sheets):
            key = "input"
            cells = [cell for sheet in sheets for cell in sheet["cells"]]
        case _:
            raise _not_a_notebook(path, "it has no cells")
    if not _is_python(notebook.get("metadata")):
        return []
    found = []
    for number, cell in enumerate(cells, start=1):
        match cell:
            case {"cell_type": "code", "language": str(language)} if language != "python":
                continue
            case {"cell_type": "code"}:
                found.append((number, _joined(cell.get(key, ""), path)))
            case {"cell_type": _}:
                continue
            case _:
                raise _not_a_notebook(path, f"cell {number} has no cell_type")
    return found


def _has_cells(sheet: object) -> bool:
    return isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)


def _is_python(metadata: object) -> bool:
    match metadata:
        case {"kernelspec": {"language": str(language)}} | {"language_info": {"name": str(language)}}:
            return language.lower() in ("python", "ipython")
        case _:
            return True


def _joined(source: object, path: str) -> str:
    match source:
        case str():
            text = source
        case list() if all(isinstance(line, str) for line in source):
            text = "".join(source)
        case _:
            raise _not_a_notebook(path, "a cell's source is not text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cell_error(code: str, path: str, cell: Cell) -> SourceError | None:
    """What is wrong with one cell's code, told in lines of the cell."""
    alone = SourceFile(path, code, (Cell(cell.number, 1, cell.line_count),))
    try:
        _ = alone.tree
    except SourceError as error:
        return error
    return None


def blank_magics(cell: str) -> str:
    """The cell with every magic, shell escape and help request replaced by Python of as many lines."""
    if _parses(cell):
        return cell
    cell = _without_leading_indent(cell)
    lines = cell.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    magic = _CELL_MAGIC.match(lines[first])
    if magic is not None:
        if magic.group(1) not in BODY_MAGICS:
            return "\n" * (len(lines) - 1)
        return "\n" * (first + 1) + blank_magics("\n".join(lines[first + 1 :]))
    return "\n".join(_blank_lines(lines))


def _without_leading_indent(cell: str) -> str:
    """The cell without the indentation of its first line, as IPython takes it; the columns count from there."""
    indent = re.match(r"[ \t]+(?=\S)", cell)
    return cell if indent is None else re.sub(rf"^{indent.group()}", "", cell, flags=re.MULTILINE)


def _blank_lines(lines: list[str]) -> list[str]:
    result: list[str] = []
    state = _LexicalState()
    continues_magic = False
    for line in lines:
        if continues_magic:
            continues_magic = line.endswith("\\")
            result.append("")
            continue
        replacement = _replacement(line) if state.at_statement else None
        if replacement is None:
            state.feed(line)
            result.append(line)
        else:
            continues_magic = line.endswith("\\")
            result.append(replacement)
    return result


class _LexicalState:
    """Whether the next line starts a statement: not inside brackets, a string or a continued line."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._continued = False

    @property
    def at_statement(self) -> bool:
        return self._depth == 0 and not self._quote and not self._continued

    def feed(self, line: str) -> None:
        position = 0
        self._continued = False
        while position <= len(line):
            if self._quote:
                end = line.find(self._quote, position)
                if end < 0:
                    return
                position, self._quote = end + 3, ""
            token = _TOKEN.search(line, position)
            if token is None:
                return
            position = token.end()
            match token.group():
                case "'''" | '"""':
                    self._quote = token.group()
                case "(" | "[" | "{":
                    self._depth += 1
                case ")" | "]" | "}":
                    self._depth = max(self._depth - 1, 0)
                case "\\":
                    self._continued = True
                    return


def _replacement(line: str) -> str | None:
    """The Python that stands for a line only IPython understands, or None for a line of Python."""
    indentation = line[: len(line) - len(line.lstrip())]
    magic = _LINE_MAGIC.match(line)
    if magic is not None and magic.group(3) in STATEMENT_MAGICS and _is_simple_statement(magic.group(4)):
        # An expression statement as wide as the magic keeps the columns of the statement behind it.
        return f"{magic.group(1)}{'0;':<{len(magic.group(2))}}{magic.group(4)}"
    if _ESCAPED.match(line) or _HELP.match(line):
        return f"{indentation}pass"
    bare = _BARE_MAGIC.match(line)
    if bare is not None and bare.group(1) in AUTOMAGICS and not _parses(line):
        return "pass"
    assigned = _ASSIGNED.match(line)
    if assigned is not None and not _parses(line.strip()):
        return assigned.group(1) + UNKNOWN_VALUE
    return None


def _is_simple_statement(code: str) -> bool:
    statements = _statements(code)
    return statements is not None and not any(_is_compound(statement) for statement in statements)


def _is_compound(statement: ast.stmt) -> bool:
    return "body" in statement._fields


def _parses(code: str) -> bool:
    return _statements(code) is not None


def _statements(code: str) -> list[ast.stmt] | None:
    try:
        return parse_text(code).body
    except UNPARSABLE:
        return None
