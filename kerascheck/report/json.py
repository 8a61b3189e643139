"""The JSON report: a list of findings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kerascheck.diagnostic import Diagnostic, Fix, Span

if TYPE_CHECKING:
    from kerascheck.statistics import Statistics


def render_json(diagnostics: Iterable[Diagnostic], statistics: Statistics | None = None) -> str:
    """The findings as a JSON list; with ``statistics``, an object of the list, ``findings``, and of them."""
    found: list[dict[str, Any]] | dict[str, Any] = [finding_json(each) for each in diagnostics]
    if statistics is not None:
        from kerascheck.statistics import statistics_json

        found = {"findings": found, "statistics": statistics_json(statistics)}
    return json.dumps(found, indent=2, ensure_ascii=True) + "\n"


def finding_json(found: Diagnostic) -> dict[str, Any]:
    """One finding; rows and columns are 1-based, the end column exclusive."""
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity.value,
        "message": found.message,
        "label": found.label,
        "filename": found.span.file,
        "cell": found.span.cell,
        **_locations(found.span),
        "trail": [
            {"filename": step.span.file, "cell": step.span.cell, **_locations(step.span), "note": step.note}
            for step in found.trail
        ],
        "help": found.help,
        "fix": None if found.fix is None else _fix(found.fix),
        "url": found.url,
        "internal": found.internal,
    }


def _locations(span: Span) -> dict[str, Any]:
    return {
        "location": {"row": span.line, "column": span.column},
        "end_location": {"row": span.end_line, "column": span.end_column},
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [
        {"filename": edit.span.file, "cell": edit.span.cell, **_locations(edit.span), "content": edit.text}
        for edit in fix.edits
    ]
    return {"description": fix.description, "safe": fix.safe, "edits": edits}
