"""The full report: each finding with the lines it is about and the earlier lines that led there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kerascheck.diagnostic import Diagnostic, Span
from kerascheck.report.style import Fixable, Palette, expand, harmless, location, none_fixable, one_line, width
from kerascheck.source import SourceCache

MAXIMUM_WIDTH = 160
"""A line of source longer than this many columns is shown in part."""

_ELLIPSIS = "..."


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to underline, and what to write behind the underline."""

    span: Span
    text: str
    primary: bool

    @property
    def place(self) -> tuple[str, int | None]:
        """The file, and the cell in it: what is shown as one block."""
        return self.span.file, self.span.cell


def render_full(
    diagnostics: Sequence[Diagnostic],
    sources: SourceCache,
    *,
    color: bool = False,
    fixable: Fixable = none_fixable,
) -> str:
    """Every finding in full, with an empty line after each; ``[*]`` behind the code of what can be fixed."""
    palette = Palette(color)
    return "".join("\n".join(_finding(found, sources, palette, fixable(found))) + "\n\n" for found in diagnostics)


def _finding(found: Diagnostic, sources: SourceCache, palette: Palette, fixable: bool) -> Iterator[str]:
    heading = palette.severity(found.severity, f"{found.severity}[{found.code}]")
    if fixable:
        heading += palette.help("[*]")
    yield heading + palette.bold(f": {one_line(found.message)}")
    blocks = _blocks(found)
    gutter = max(len(str(mark.span.line)) for marks in blocks for mark in marks)
    shown = False
    for marks in blocks:
        arrow = "-->" if marks is blocks[0] else ":::"
        yield f"{' ' * gutter}{palette.frame(arrow)} {location(_anchor(marks).span)}"
        rows = list(_rows(marks, sources, gutter, palette, found.severity))
        if rows:
            yield palette.frame(f"{' ' * gutter} |")
            yield from rows
            shown = True
    if found.help:
        if shown:
            yield palette.frame(f"{' ' * gutter} |")
        yield f"{palette.help('help')}: {one_line(found.help)}"


def _blocks(found: Diagnostic) -> list[list[Mark]]:
    """The places to show, by file and cell, the primary one's first; each block by line."""
    primary = Mark(found.span, one_line(found.label), True)
    marks = dict.fromkeys([Mark(step.span, one_line(step.note), False) for step in found.trail] + [primary])
    blocks: dict[tuple[str, int | None], list[Mark]] = {primary.place: []}
    for mark in marks:
        blocks.setdefault(mark.place, []).append(mark)
    return [
        sorted(block, key=lambda mark: (mark.span.line, mark.primary, mark.span.column)) for block in blocks.values()
    ]


def _anchor(marks: Iterable[Mark]) -> Mark:
    """The mark whose place stands in the block's header: the primary one, else the last to run."""
    found = list(marks)
    return next((mark for mark in found if mark.primary), found[-1])


def _rows(marks: Sequence[Mark], sources: SourceCache, gutter: int, palette: Palette, severity: str) -> Iterator[str]:
    shown: int | None = None
    for mark in marks:
        line = sources.line(mark.span, mark.span.line)
        if line is None or not line.strip() or mark.span == _whole_file(mark.span):
            continue
        text, start, length = _fitted(line, mark.span)
        # A long line is shown in part, and so again for a mark in another part of it.
        if mark.span.line != shown or len(line) > MAXIMUM_WIDTH:
            number = palette.frame(f"{mark.span.line:>{gutter}} |")
            yield f"{number} {text}".rstrip()
            shown = mark.span.line
        underline = ("^" if mark.primary else "-") * length
        note = _note(mark)
        painted = f"{underline} {note}".rstrip()
        painted = palette.severity(severity, painted) if mark.primary else palette.frame(painted)
        yield palette.frame(f"{' ' * gutter} |") + " " + " " * start + painted


def _whole_file(span: Span) -> Span:
    """The empty place at the start of a file, which stands for all of it."""
    return Span(span.file, 1, 1, 1, 1, span.cell)


def _note(mark: Mark) -> str:
    """The text behind the underline, saying where an expression that goes on ends."""
    if mark.span.end_line <= mark.span.line:
        return mark.text
    return f"{mark.text} (to line {mark.span.end_line})".lstrip()


def _fitted(line: str, span: Span) -> tuple[str, int, int]:
    """What to show of ``line``, and the column and the width of the underline below it."""
    line = harmless(line)
    first = min(span.column - 1, len(line))
    last = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    last = max(min(last, len(line)), first)
    prefix = expand(line[:first])
    marked = expand(line[:last])
    text = expand(line)
    start, end = width(prefix), width(marked)
    if width(text) <= MAXIMUM_WIDTH:
        return text.rstrip(), start, max(end - start, 1)
    return _window(line[first:last], line[:first], line[last:])


def _window(marked: str, before: str, after: str) -> tuple[str, int, int]:
    """The part of a long line around what is marked."""
    marked, before, after = (expand(part) for part in (marked, before, after))
    room = MAXIMUM_WIDTH - 2 * len(_ELLIPSIS)
    if len(marked) > room * 3 // 4:
        marked, after = marked[: room * 3 // 4], " "
    side = (room - len(marked)) // 2
    if len(before) > side:
        before = _ELLIPSIS + before[len(before) - side :]
    if len(after) > side or after == " ":
        after = after[:side].rstrip() + _ELLIPSIS
    return before + marked + after, width(before), max(width(marked), 1)
