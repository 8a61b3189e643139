"""The last line on stderr, and the list of what was not understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerascheck.diagnostic import Severity
from kerascheck.report.style import location, one_line

if TYPE_CHECKING:
    from kerascheck.engine import Report


def summary(report: Report, *, show_unknown: bool) -> str:
    """``Found 2 errors and 1 warning in 3 files (checked 4; not understood: 2 places, see --show-unknown)``."""
    details = f"checked {report.checked}" if report.diagnostics else ""
    places = len(report.unknown)
    if places:
        hint = "" if show_unknown else ", see --show-unknown"
        details += f"{'; ' if details else ''}not understood: {_counted(places, 'place')}{hint}"
    tail = f" ({details})" if details else ""
    if not report.diagnostics:
        return f"No findings in {_counted(report.checked, 'file')}{tail}"
    errors = sum(found.severity is Severity.ERROR for found in report.diagnostics)
    warnings = len(report.diagnostics) - errors
    counts = [_counted(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    files = len({found.span.file for found in report.diagnostics})
    return f"Found {' and '.join(counts)} in {_counted(files, 'file')}{tail}"


def unknown_notes(report: Report) -> str:
    """A line for every place that was not understood."""
    ordered = sorted(report.unknown, key=lambda each: (each.span.file, each.span.cell or 0, each.span.line))
    return "".join(
        f"{location(each.span)}: not understood: {one_line(f'{each.what}: {each.why}')}\n" for each in ordered
    )


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
