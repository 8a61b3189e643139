"""A model's input has the number of samples, or of those in a batch, in its shape."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.fed import fed_problems
from kerascheck.program import FedKind, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every call of ``fit``, ``evaluate`` or ``predict`` that certainly fails for it."""
    return fed_problems(program, FedKind.BATCH_IN_INPUT)
