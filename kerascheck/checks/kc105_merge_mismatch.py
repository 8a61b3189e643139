"""A merge layer or an arithmetic operator gets shapes that do not broadcast."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every merge whose operands do not broadcast."""
    return problems_of(program, ProblemKind.MERGE)
