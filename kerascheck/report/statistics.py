"""The statistics as text."""

from __future__ import annotations

from collections import Counter

from kerascheck.report.style import one_line
from kerascheck.statistics import Statistics, ranked

MAXIMUM_ROWS = 20
"""How many of the causes are shown; the JSON has them all."""


def render_statistics(found: Statistics) -> str:
    """The counts, then what was not understood, most frequent first, as ``count<TAB>what``."""
    lines = [
        f"Models: {found.models:,} ({found.complete:,} understood in full)",
        f"Calls: {found.calls:,}",
        f"Shapes: {found.shapes:,} ({_share(found.known, found.shapes)} known, {found.partly:,} in part, "
        f"{found.shapes - found.known - found.partly:,} not)",
    ]
    lines += _rows("Not understood:", found.unknown)
    lines += _rows("Calls of unknown shape:", found.unknown_shapes)
    return "\n".join(lines) + "\n"


def _share(part: int, whole: int) -> str:
    return f"{part:,}, {100 * part / whole:.1f} %," if whole else "0"


def _rows(title: str, counts: Counter[str]) -> list[str]:
    if not counts:
        return []
    rows = ranked(counts)
    more = len(rows) - MAXIMUM_ROWS
    told = [f"{count:>6,}\t{one_line(what)}" for what, count in rows[:MAXIMUM_ROWS]]
    return [title, *told, *([f"      \tand {more:,} more"] if more > 0 else [])]
