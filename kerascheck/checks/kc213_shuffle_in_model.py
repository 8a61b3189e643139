"""Samples are shuffled inside a model: each prediction is another sample's, and another one every time."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import batched_ops, call_finding, once
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.program import Program
from kerascheck.semantics.api import Family
from kerascheck.semantics.raw_ops import Effect

DOES = "shuffles the samples of a batch, and the model's output comes in that order"
HELP = "shuffle the dataset instead: `dataset.shuffle(1024)`"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every shuffle along the batch axis that reaches an output at inference."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for found in batched_ops(program, Family.SHUFFLE):
        shuffled = found.axes_over_batch
        if shuffled:
            yield call_finding(found, min(shuffled), DOES, HELP)
    yield from (operation_finding(found, DOES, help=HELP) for found in batch_effects(program, Effect.SHUFFLE))
