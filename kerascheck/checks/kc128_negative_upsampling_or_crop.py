"""A crop or a slice takes more than there is."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every crop, pad or slice that leaves nothing, or runs past the end."""
    return problems_of(program, ProblemKind.CROP)
