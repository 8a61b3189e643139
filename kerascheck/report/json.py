"""The JSON report: a list of findings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from kerascheck.diagnostic import Diagnostic, Fix, Span


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """The findings as a JSON list."""
    return json.dumps([finding_json(found) for found in diagnostics], indent=2, ensure_ascii=True) + "\n"


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
