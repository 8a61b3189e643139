"""The concise report: one line a finding."""

from __future__ import annotations

from collections.abc import Iterable

from kerascheck.diagnostic import Diagnostic
from kerascheck.report.style import location, one_line


def render_concise(diagnostics: Iterable[Diagnostic]) -> str:
    """``path:line:column: KC104 [concatenate-mismatch] message``."""
    return "".join(
        f"{location(found.span)}: {found.code} [{found.name}] {one_line(found.message)}\n" for found in diagnostics
    )
