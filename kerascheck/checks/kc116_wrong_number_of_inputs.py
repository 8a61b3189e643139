"""A layer or model gets more or fewer tensors than it takes."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every call with another number of inputs than its layer or model takes, but for a missing argument."""
    told = {wrong.span for wrong in program.wrong_arguments}
    return (finding for finding in problems_of(program, ProblemKind.INPUTS) if finding.span not in told)
