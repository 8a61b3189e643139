"""A kernel or pool is larger than what is left of its input."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every convolution or pooling that would leave nothing."""
    return problems_of(program, ProblemKind.NEGATIVE)
