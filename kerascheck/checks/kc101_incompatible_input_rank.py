"""A layer gets a tensor of another rank than it takes."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, problems_of
from kerascheck.checks.fed import inputs_with_batch
from kerascheck.checks.recurrence import calls_missing_sequences
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every call of a wrong rank, but for those that only miss a time axis, or have an axis too many from the input."""
    told = {node.source.span for _, node, _ in calls_missing_sequences(program) if node.source is not None}
    told |= inputs_with_batch(program)
    for finding in problems_of(program, ProblemKind.RANK):
        if told.isdisjoint({finding.span, *(step.span for step in finding.trail)}):
            yield finding
