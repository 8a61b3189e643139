"""A reshape changes the number of elements."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every reshape whose target cannot hold exactly its input."""
    return problems_of(program, ProblemKind.RESHAPE)
