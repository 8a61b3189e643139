"""A matrix product whose inner dimensions differ."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every matrix product whose contracted axes differ in size."""
    return problems_of(program, ProblemKind.MATMUL)
