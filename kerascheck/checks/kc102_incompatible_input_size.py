"""A layer or model built for one size of an axis is called with another."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every call whose tensor has a size that the layer was not built for."""
    return problems_of(program, ProblemKind.SIZE)
