"""The concise report: one line a finding."""

from __future__ import annotations

from collections.abc import Iterable

from kerascheck.diagnostic import Diagnostic
from kerascheck.report.style import Fixable, location, none_fixable, one_line


def render_concise(diagnostics: Iterable[Diagnostic], fixable: Fixable = none_fixable) -> str:
    """``path:line:column: KC104 [concatenate-mismatch] message``; ``[*]`` before the message of what can be fixed."""
    return "".join(
        f"{location(found.span)}: {found.code} [{found.name}] {'[*] ' if fixable(found) else ''}"
        f"{one_line(found.message)}\n"
        for found in diagnostics
    )
