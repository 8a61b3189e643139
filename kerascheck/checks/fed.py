"""What does not fit of the data that models are fed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import Span
from kerascheck.program import FedKind, FedTarget, Program


def fed_problems(program: Program, kind: FedKind) -> Iterator[Finding]:
    """A finding for every problem of one kind, once a place."""
    return once(
        Finding(found.span, found.message, found.label, found.trail, found.help)
        for found in program.fed_problems
        if found.kind is kind
    )


def inputs_with_batch(program: Program) -> set[Span]:
    """Where an input is made that certainly has the number of samples in its shape."""
    return {found.span for found in program.fed_problems if found.kind is FedKind.BATCH_IN_INPUT}


def once_a_model(findings: Iterable[tuple[FedTarget, Finding]]) -> Iterator[Finding]:
    """One finding for each output of a model, in however many calls it is given such targets."""
    told: set[tuple[object, ...]] = set()
    for target, finding in findings:
        key = (target.model, target.outputs or target.output)
        if key not in told:
            told.add(key)
            yield finding
