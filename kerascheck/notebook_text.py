"""Where the code of a notebook's cells stands in its JSON, and how to write it back without touching the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from json.decoder import JSONDecodeError, JSONDecoder

_WHITESPACE = " \t\n\r"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_DECODER = JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A string of the JSON, and where it stands with its quotes."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CellText:
    """The source of one cell: a list of strings that are its lines, or one string.

    ``start`` and ``end`` are where the whole value stands in the JSON.
    """

    parts: tuple[Literal, ...]
    start: int
    end: int
    is_list: bool

    @property
    def text(self) -> str:
        """The code of the cell."""
        return "".join(part.value for part in self.parts)


def cell_texts(document: str) -> dict[int, CellText]:
    """The sources of a notebook's cells (nbformat 3 and 4), by their 1-based number among all cells.

    Raises:
        ValueError: the document is not such JSON.
    """
    try:
        top = dict(_members(document, _skip(document, 0)))
        if "cells" in top:
            lists, key = [top["cells"]], "source"
        else:
            sheets = [dict(_members(document, start)) for start in _elements(document, top["worksheets"])]
            lists, key = [sheet["cells"] for sheet in sheets], "input"
        found: dict[int, CellText] = {}
        number = 0
        for cells in lists:
            for start in _elements(document, cells):
                number += 1
                members = dict(_members(document, start))
                if key in members:
                    found[number] = _cell_text(document, members[key])
    except (JSONDecodeError, KeyError, IndexError, RecursionError) as error:
        raise ValueError(f"not a notebook: {error}") from None
    return found


def rewritten(document: str, cell: CellText, text: str) -> str:
    """What stands in the JSON instead of the cell's source, once that is ``text``.

    The strings of lines that stay are left as they are written, the white space between strings, too.
    """
    ascii_only = document.isascii()
    if not cell.is_list:
        return _quoted(text, ascii_only)
    lines = _LINE.findall(text)
    between = _separator(document, cell)
    old = [part.value for part in cell.parts]
    written: list[str] = []
    for kind, first, last, start, end in SequenceMatcher(None, old, lines, autojunk=False).get_opcodes():
        if kind == "equal":
            written += [document[part.start : part.end] for part in cell.parts[first:last]]
        else:
            written += [_quoted(line, ascii_only) for line in lines[start:end]]
    if not cell.parts:
        return f"[{between.join(written)}]"
    return document[cell.start : cell.parts[0].start] + between.join(written) + document[cell.parts[-1].end : cell.end]


def _separator(document: str, cell: CellText) -> str:
    if len(cell.parts) < 2:
        return ", "
    return document[cell.parts[0].end : cell.parts[1].start]


def _quoted(text: str, ascii_only: bool) -> str:
    return json.dumps(text, ensure_ascii=ascii_only)


def _cell_text(document: str, start: int) -> CellText:
    value, end = _DECODER.raw_decode(document, start)
    if isinstance(value, str):
        return CellText((Literal(value, start, end),), start, end, is_list=False)
    parts = []
    for each in _elements(document, start):
        text, last = _DECODER.raw_decode(document, each)
        if not isinstance(text, str):
            raise ValueError("a cell's source is not text")
        parts.append(Literal(text, each, last))
    return CellText(tuple(parts), start, end, is_list=True)


def _skip(document: str, position: int) -> int:
    while position < len(document) and document[position] in _WHITESPACE:
        position += 1
    return position


def _members(document: str, start: int) -> Iterator[tuple[str, int]]:
    """The keys of the object at ``start``, each with where its value stands."""
    position = _skip(document, start + 1)
    while document[position] != "}":
        key, position = _DECODER.raw_decode(document, position)
        position = _skip(document, _skip(document, position) + 1)
        yield key, position
        position = _after_value(document, position)


def _elements(document: str, start: int) -> Iterator[int]:
    """Where the values of the array at ``start`` stand."""
    position = _skip(document, start + 1)
    while document[position] != "]":
        yield position
        position = _after_value(document, position)


def _after_value(document: str, position: int) -> int:
    """Where the next key or value stands, or the bracket that closes."""
    _, end = _DECODER.raw_decode(document, position)
    end = _skip(document, end)
    return _skip(document, end + 1) if document[end] == "," else end
