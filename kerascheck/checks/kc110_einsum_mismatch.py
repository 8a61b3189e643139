"""An Einstein sum's equation does not fit its operands."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every equation that has another number of terms, axes or sizes than what it is given."""
    return problems_of(program, ProblemKind.EINSUM)
