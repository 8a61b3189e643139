"""What a rule says: the hub that every renderer, pylint and the language server read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kerascheck.records import immutable


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"


@immutable(order=True)
class Span:
    """A stretch of source: 1-based lines, 1-based columns in characters, the end column exclusive.

    ``cell`` is the 1-based number of the notebook cell, and the lines then count within it.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None

    def holds(self, inner: Span) -> bool:
        """Whether another stretch lies within this one, or is the same."""
        if (inner.file, inner.cell) != (self.file, self.cell):
            return False
        start, end = (inner.line, inner.column), (inner.end_line, inner.end_column)
        return (self.line, self.column) <= start and end <= (self.end_line, self.end_column)


@dataclass(frozen=True, slots=True)
class TrailStep:
    """An earlier line that made what the finding is about, and what it made there."""

    span: Span
    note: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of ``span`` by ``text``."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that removes the finding. ``safe`` where it cannot change what working code does."""

    description: str
    edits: tuple[Edit, ...]
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    Attributes:
        code: ``KC201``; ``KC000``-family codes are about the file itself (syntax, encoding).
        name: the rule's name, ``batch-axis-reduction``.
        severity: error or warning.
        message: the title line, without a full stop.
        span: the one primary place.
        label: the text under the carets.
        trail: the earlier lines that led here, in the order they ran.
        help: one line that says what to write instead.
        fix: an edit that does it, where that is mechanical.
        url: the page of the rule.
        internal: whether this is a failure of kerascheck rather than a finding about the code (exit code 2).
    """

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    label: str = ""
    trail: tuple[TrailStep, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    url: str | None = None
    internal: bool = field(default=False)

    @property
    def sort_key(self) -> tuple[str, int, int, int, str]:
        """Findings are shown by file, then cell, line and column, then code."""
        span = self.span
        return (span.file, span.cell or 0, span.line, span.column, self.code)


def on_one_line(text: str, longest: int = 80) -> str:
    """Source text as a message shows it: on one line, and cut where it is long."""
    written = " ".join(text.split())
    return written if len(written) <= longest else written[: longest - 3] + "..."
