"""Tensors that are joined along one axis differ on another."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every concatenation or stack whose operands do not fit together."""
    return problems_of(program, ProblemKind.CONCATENATE)
