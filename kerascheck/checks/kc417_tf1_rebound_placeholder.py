"""The name of a placeholder was bound to a tensor made of it, and it is that which a session is fed."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, ReboundFeed


def check(program: Program) -> Iterator[Finding]:
    """A finding for the first run that is fed so."""
    first = {(found.placeholder, found.made): found for found in reversed(program.rebound_feeds)}
    return once(_finding(found) for found in reversed(first.values()))


def _finding(found: ReboundFeed) -> Finding:
    return Finding(
        found.span,
        f"`{found.name}` is no longer the placeholder: feeding it bypasses the layers between",
        f"`{found.name}` is a computed tensor",
        (
            TrailStep(found.placeholder, "the placeholder, which nothing feeds"),
            TrailStep(found.made, f"made of it, and called `{found.name}` as well"),
            *(TrailStep(span, "called from here") for span in reversed(found.stack)),
        ),
        "give the tensor another name than the placeholder",
    )
