"""A weight's shape needs a size that is not known when it is made."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, failing_nodes, problems_of
from kerascheck.checks.batch import given_batch_axis
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every call of a layer that makes a weight of a size that its input leaves open.

    A layer that was told to work along the batch is another mistake.
    """
    along = {
        node.source.span
        for model, node in program.shared(failing_nodes)
        if node.source is not None and given_batch_axis(model, node) is not None
    }
    return (finding for finding in problems_of(program, ProblemKind.UNDEFINED) if finding.span not in along)
