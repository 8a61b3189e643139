"""Inputs, targets and weights of one call have different numbers of samples."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.fed import fed_problems
from kerascheck.program import FedKind, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every call of ``fit``, ``evaluate`` or ``predict`` that certainly fails for it."""
    return fed_problems(program, FedKind.COUNT)
