"""How findings and graphs are printed. Every renderer reads :class:`~kerascheck.diagnostic.Diagnostic` only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerascheck.diagnostic import Diagnostic
from kerascheck.report.style import Fixable, none_fixable
from kerascheck.source import SourceCache

if TYPE_CHECKING:
    from kerascheck.statistics import Statistics


def render(
    output_format: str,
    diagnostics: Sequence[Diagnostic],
    sources: SourceCache,
    *,
    color: bool = False,
    statistics: Statistics | None = None,
    fixable: Fixable = none_fixable,
) -> str:
    """The findings in one of the output formats, ending in a line feed unless empty.

    Those that are ``fixable`` are marked where a format has a mark. ``statistics`` are told in JSON only, which is then
    an object of ``findings`` and ``statistics`` instead of a list.

    Raises:
        ValueError: there is no such format.
    """
    match output_format:
        case "full":
            from kerascheck.report.text import render_full

            return render_full(diagnostics, sources, color=color, fixable=fixable)
        case "concise":
            from kerascheck.report.concise import render_concise

            return render_concise(diagnostics, fixable)
        case "json":
            from kerascheck.report.json import render_json

            return render_json(diagnostics, statistics)
        case "github":
            from kerascheck.report.github import render_github

            return render_github(diagnostics)
        case _:
            raise ValueError(f"no output format {output_format!r}")
