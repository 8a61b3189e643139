"""The query, value, key or mask of an attention layer do not fit each other."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every call of an attention layer that certainly fails for its operands."""
    return problems_of(program, ProblemKind.ATTENTION)
