"""The report for GitHub Actions: workflow commands, which become annotations of the changed lines."""

from __future__ import annotations

from collections.abc import Iterable

from kerascheck.diagnostic import Diagnostic
from kerascheck.report.style import location


def render_github(diagnostics: Iterable[Diagnostic]) -> str:
    """``::error title=KC104 (concatenate-mismatch),file=…,line=…::message``."""
    return "".join(_command(found) for found in diagnostics)


def _command(found: Diagnostic) -> str:
    span = found.span
    properties = {"title": f"{found.code} ({found.name})", "file": span.file}
    message = found.message
    if span.cell is not None:
        # A cell's lines are not the lines of the file that GitHub shows.
        message = f"cell {span.cell}, line {span.line}: {message}"
    else:
        properties["line"], properties["endLine"] = str(span.line), str(span.end_line)
        if span.line == span.end_line:
            # GitHub takes columns only of an annotation on one line.
            properties["col"], properties["endColumn"] = str(span.column), str(span.end_column)
    lines = [message, *(f"{location(step.span)}: {step.note}" for step in found.trail)]
    if found.help:
        lines.append(f"help: {found.help}")
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{found.severity.value} {listed}::{_data(chr(10).join(lines))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
