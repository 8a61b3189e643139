"""An axis, index, permutation or split that its tensor does not have."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every call that names an axis, an index or a number of parts that its tensor certainly does not have."""
    return problems_of(program, ProblemKind.AXIS)
