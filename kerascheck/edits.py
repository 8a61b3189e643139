"""Edits made in a file as it is written: its line endings, its encoding and all that is not edited stay."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kerascheck.diagnostic import Edit, Fix
from kerascheck.notebook_text import CellText, cell_texts, rewritten
from kerascheck.source import SourceError, SourceFile, encoding_of, is_notebook, source_from_bytes

_BREAK = re.compile("\r\n|\r|\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, order=True)
class _Change:
    """Put ``text`` where ``start`` to ``end`` stand."""

    start: int
    end: int
    text: str


class _Text:
    """A text with lines that end in any of the three ways; places are those of the text with line feeds."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    @cached_property
    def _ending(self) -> str:
        first = _BREAK.search(self.text)
        return "\n" if first is None else first.group()

    def change(self, edit: Edit, expected: str) -> _Change | None:
        """The change that ``edit`` means; None where not what was ``expected`` stands at its place."""
        span = edit.span
        if not 1 <= span.line <= span.end_line <= len(self._starts):
            return None
        start = self._starts[span.line - 1] + span.column - 1
        end = self._starts[span.end_line - 1] + span.end_column - 1
        if not start <= end <= len(self.text) or _BREAK.sub("\n", self.text[start:end]) != expected:
            return None
        return _Change(start, end, edit.text.replace("\n", self._ending))


class FileText:
    """A module or notebook as it is written, in which fixes are made.

    Raises:
        SourceError: the file cannot be checked, so that no place in it is known.
    """

    def __init__(self, data: bytes, path: str) -> None:
        self.path = path
        self.source: SourceFile = source_from_bytes(data, path)
        _ = self.source.tree
        # The byte order mark is kept by hand.
        self._encoding = "utf-8" if is_notebook(path) else encoding_of(data, path).removesuffix("-sig")
        self._mark = _BYTE_ORDER_MARK if data.startswith(_BYTE_ORDER_MARK) else b""
        self._document = data.removeprefix(self._mark).decode(self._encoding)
        self._cells = self._cell_texts()

    def _cell_texts(self) -> dict[int, CellText]:
        try:
            return cell_texts(self._document) if is_notebook(self.path) else {}
        except ValueError:
            # Read by the parser of the standard library and not by ours: nothing can be changed in it.
            return {}

    def with_fixes(self, fixes: Sequence[Fix]) -> tuple[bytes, list[int]]:
        """The file with the fixes made that are in nobody's way, and which those are, by their place in ``fixes``.

        A fix is made whole or not at all: of two that edit the same place the first is.
        """
        texts = self._texts()
        changes: dict[int | None, list[_Change]] = {cell: [] for cell in texts}
        made: list[int] = []
        for index, fix in enumerate(fixes):
            wanted = [(edit.span.cell, self._change(texts, edit)) for edit in fix.edits]
            if wanted and all(each is not None and _is_free(each, changes[cell]) for cell, each in wanted):
                for cell, change in wanted:
                    assert change is not None
                    if change not in _around(change, changes[cell]):
                        insort(changes[cell], change)
                made.append(index)
        written = {cell: _changed(texts[cell].text, found) for cell, found in changes.items() if found}
        return self._encoded(written), made

    @property
    def texts(self) -> dict[int | None, str]:
        """What stands in the file, as it is written; of a notebook by the number of the cell."""
        return {cell: text.text for cell, text in self._texts().items()}

    def _texts(self) -> dict[int | None, _Text]:
        if is_notebook(self.path):
            return {number: _Text(cell.text) for number, cell in self._cells.items()}
        return {None: _Text(self._document)}

    def _change(self, texts: dict[int | None, _Text], edit: Edit) -> _Change | None:
        text = texts.get(edit.span.cell)
        if text is None or edit.span.file != self.path:
            return None
        return text.change(edit, self.source.segment_at(edit.span))

    def _encoded(self, written: dict[int | None, str]) -> bytes:
        document = self._document
        if is_notebook(self.path):
            numbers = sorted((number for number in written if number is not None), reverse=True)
            for cell, number in ((self._cells[number], number) for number in numbers):
                document = document[: cell.start] + rewritten(document, cell, written[number]) + document[cell.end :]
        else:
            document = written.get(None, document)
        return self._mark + document.encode(self._encoding)


def texts_of(data: bytes, path: str) -> dict[int | None, str]:
    """What stands in a file, as it is written; of a notebook by the number of the cell.

    Raises:
        SourceError: the file cannot be checked.
    """
    return FileText(data, path).texts


def made_in(data: bytes, path: str, fixes: Sequence[Fix]) -> tuple[bytes, list[int], list[int]]:
    """The file with the fixes made: its bytes, which were made, and which would break it, by their place in ``fixes``.

    Those of neither kind are in the way of one that was made.

    Raises:
        SourceError: the file cannot be checked as it is.
    """
    file = FileText(data, path)
    broken: list[int] = []
    good = _unbroken(file, fixes, list(range(len(fixes))), broken)
    written, made = file.with_fixes([fixes[index] for index in good])
    return written, [good[index] for index in made], broken


def _unbroken(file: FileText, fixes: Sequence[Fix], wanted: list[int], broken: list[int]) -> list[int]:
    """Those of ``wanted`` that may be made together; ``broken`` gets those that break the file by themselves."""
    if not wanted or _keeps_whole(file, [fixes[index] for index in wanted]):
        return wanted
    if len(wanted) == 1:
        broken += wanted
        return []
    half = len(wanted) // 2
    first = _unbroken(file, fixes, wanted[:half], broken)
    second = _unbroken(file, fixes, wanted[half:], broken)
    both = first + second
    return both if _keeps_whole(file, [fixes[index] for index in both]) else first or second


def _keeps_whole(file: FileText, fixes: Sequence[Fix]) -> bool:
    """Whether the file with the fixes is one that can be checked, all that could be before included."""
    try:
        written, _ = file.with_fixes(fixes)
        after = source_from_bytes(written, file.path)
        _ = after.tree
    except (SourceError, UnicodeEncodeError):
        return False
    return len(after.broken) <= len(file.source.broken) and len(after.cells) == len(file.source.cells)


def _is_free(change: _Change, taken: Sequence[_Change]) -> bool:
    """Whether nothing else is changed where ``change`` is; the same change asked for twice is made once."""
    around = _around(change, taken)
    return change in around or not any(
        each.start == change.start or (each.start < change.end and change.start < each.end) for each in around
    )


def _around(change: _Change, taken: Sequence[_Change]) -> Sequence[_Change]:
    """Those of ``taken``, which are in order and apart, that may lie where ``change`` does."""
    place = bisect_left(taken, change)
    last = place
    while last < len(taken) and taken[last].start <= change.end:
        last += 1
    return taken[max(place - 1, 0) : last]


def _changed(text: str, changes: Sequence[_Change]) -> str:
    found: list[str] = []
    position = 0
    for change in changes:
        found += [text[position : change.start], change.text]
        position = change.end
    return "".join(found) + text[position:]
