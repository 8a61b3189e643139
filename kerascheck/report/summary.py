"""The last line on stderr, and the list of what was not understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerascheck.diagnostic import Diagnostic, Severity
from kerascheck.report.style import location, one_line

if TYPE_CHECKING:
    from kerascheck.engine import Report


@dataclass(frozen=True, slots=True)
class Fixes:
    """What is to be told of fixes: the findings that were fixed, and how many of the others can be, and how."""

    made: tuple[Diagnostic, ...] = ()
    safe: int = 0
    unsafe: int = 0
    applied: bool = False

    @property
    def hint(self) -> str:
        """``2 fixable with --fix, 1 more with --unsafe-fixes``; empty where there is nothing to fix."""
        parts = [f"{self.safe:,} fixable with --fix"] if self.safe else []
        if self.unsafe:
            parts.append(f"{self.unsafe:,} {'more' if parts else 'fixable'} with --unsafe-fixes")
        return ", ".join(parts)


def summary(report: Report, *, show_unknown: bool, fixes: Fixes | None = None) -> str:
    """``Found 2 errors and 1 warning in 3 files (checked 4; not understood: 2 places, see --show-unknown)``."""
    fixes = fixes or Fixes()
    found = (*report.diagnostics, *fixes.made)
    details = [f"checked {report.checked}"] if found else []
    if fixes.hint:
        details.append(fixes.hint)
    places = len(report.unknown)
    if places:
        hint = "" if show_unknown else ", see --show-unknown"
        details.append(f"not understood: {_counted(places, 'place')}{hint}")
    tail = f" ({'; '.join(details)})" if details else ""
    if not found:
        return f"No findings in {_counted(report.checked, 'file')}{tail}"
    done = f" ({len(fixes.made):,} fixed, {len(report.diagnostics):,} remaining)" if fixes.applied else ""
    return f"Found {severities(found)}{done} in {_files(found)}{tail}"


def severities(found: Sequence[Diagnostic]) -> str:
    """``2 errors and 1 warning``."""
    errors = sum(each.severity is Severity.ERROR for each in found)
    counts = [(errors, "error"), (len(found) - errors, "warning")]
    return " and ".join(_counted(number, word) for number, word in counts if number)


def diff_summary(would_fix: Sequence[Diagnostic], checked: int, more_unsafe: int) -> str:
    """``Would fix 2 errors in 1 file (checked 3; 1 more with --unsafe-fixes)``."""
    more = f"; {more_unsafe:,} more with --unsafe-fixes" if more_unsafe else ""
    if not would_fix:
        return f"Nothing to fix in {_counted(checked, 'file')}{more.replace('; ', ' (')}{')' if more else ''}"
    return f"Would fix {severities(would_fix)} in {_files(would_fix)} (checked {checked}{more})"


def _files(found: Sequence[Diagnostic]) -> str:
    return _counted(len({each.span.file for each in found}), "file")


def unknown_notes(report: Report) -> str:
    """A line for every place that was not understood."""
    ordered = sorted(report.unknown, key=lambda each: (each.span.file, each.span.cell or 0, each.span.line))
    return "".join(
        f"{location(each.span)}: not understood: {one_line(f'{each.what}: {each.why}')}\n" for each in ordered
    )


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
