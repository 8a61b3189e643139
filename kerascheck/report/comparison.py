"""A comparison of the static with the live graph, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable

from kerascheck.comparison import Comparison, Fact, Verdict
from kerascheck.graph_json import span_json
from kerascheck.report.style import one_line, width

REPORTING = (
    "What disagrees is a bug in kerascheck. Please report it at {issues} with the lines above, the file (or the part "
    "of it that makes the call), and the versions that `pip list` prints for kerascheck, keras and tensorflow."
)


def render_comparison_text(comparison: Comparison, issues: str, shown: Iterable[Verdict] = tuple(Verdict)) -> str:
    """A line a fact, then the counts; where something disagrees, how to report it."""
    wanted = set(shown)
    rows = [_row(fact) for fact in comparison.facts if fact.verdict in wanted]
    widths = [max((width(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        "  ".join([*(cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=False)), row[3]])
        for row in rows
    ]
    counts = ", ".join(f"{comparison.count(verdict)} {_WORDS[verdict]}" for verdict in Verdict)
    total = len(comparison.facts)
    lines.append(f"{comparison.file}: {total} {'fact' if total == 1 else 'facts'} of the live model: {counts}")
    if comparison.count(Verdict.DISAGREEING):
        lines.append(REPORTING.format(issues=issues))
    return "\n".join(lines) + "\n"


_WORDS = {
    Verdict.AGREED: "agreed",
    Verdict.UNKNOWN: "statically unknown",
    Verdict.DISAGREEING: "disagreeing",
}


def _row(fact: Fact) -> tuple[str, str, str, str]:
    cell = "" if fact.span.cell is None else f"cell {fact.span.cell}:"
    place = f"{fact.span.file}:{cell}{fact.span.line}"
    agreed = fact.verdict is Verdict.AGREED
    told = fact.live if agreed else f"live {fact.live}; static {fact.static or '-'}; {fact.why}"
    return place, one_line(f"{fact.op} {fact.name!r}"), _WORDS[fact.verdict], told


def render_comparison_json(comparison: Comparison) -> str:
    """``{"schema", "file", "agreed", "unknown", "disagreeing", "facts"}``."""
    return json.dumps(
        {
            "schema": 1,
            "file": comparison.file,
            **{str(verdict): comparison.count(verdict) for verdict in Verdict},
            "facts": [
                {
                    "source": span_json(fact.span),
                    "op": fact.op,
                    "name": fact.name,
                    "live": fact.live,
                    "static": fact.static,
                    "verdict": str(fact.verdict),
                    "why": fact.why,
                }
                for fact in comparison.facts
            ],
        },
        indent=2,
    )
