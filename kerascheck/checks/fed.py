"""What does not fit of the data that models are fed."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.program import FedKind, Program


def fed_problems(program: Program, kind: FedKind) -> Iterator[Finding]:
    """A finding for every problem of one kind, once a place."""
    return once(
        Finding(found.span, found.message, found.label, found.trail, found.help)
        for found in program.fed_problems
        if found.kind is kind
    )
