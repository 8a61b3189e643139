"""What terminals need: colours, column widths and harmless text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO, TypeAlias

from kerascheck.diagnostic import Diagnostic, Span

Fixable: TypeAlias = Callable[[Diagnostic], bool]
"""Whether a finding is marked as one that can be fixed."""

TAB = 4
"""Columns between tab stops."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def wants_color(choice: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether to colour what is written to ``stream``; ``choice`` is auto, always or never."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


@dataclass(frozen=True, slots=True)
class Palette:
    """Paints text, or leaves it as it is."""

    color: bool

    def paint(self, code: str, text: str) -> str:
        """``text`` between the escape ``code`` and its reset."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def severity(self, severity: str, text: str) -> str:
        """As an error or a warning is painted."""
        return self.paint("1;31" if severity == "error" else "1;33", text)

    def frame(self, text: str) -> str:
        """As gutters and arrows are painted."""
        return self.paint("1;34", text)

    def help(self, text: str) -> str:
        """As the word "help" is painted."""
        return self.paint("1;36", text)

    def bold(self, text: str) -> str:
        """As titles are painted."""
        return self.paint("1", text)


def none_fixable(_: Diagnostic) -> bool:
    """No finding is marked."""
    return False


def one_line(text: str) -> str:
    """``text`` on one line, without characters that would move or trick a terminal."""
    return harmless(" ".join(text.splitlines()))


def harmless(text: str) -> str:
    """``text`` with control and direction characters replaced; tabs and line feeds stay."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def location(span: Span) -> str:
    """``model.py:41:9``, or ``notebook.ipynb:cell 3:4:9``."""
    cell = f"cell {span.cell}:" if span.cell is not None else ""
    return f"{harmless(span.file)}:{cell}{span.line}:{span.column}"


def expand(text: str) -> str:
    """``text`` with its tabs as spaces."""
    result = ""
    for piece in re.split(r"(\t)", text):
        result += " " * (TAB - width(result) % TAB) if piece == "\t" else piece
    return result


def width(text: str) -> int:
    """The columns ``text`` takes on a terminal, where East Asian characters take two and accents none."""
    if text.isascii():
        return len(text)
    import unicodedata

    columns = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
            continue
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns
