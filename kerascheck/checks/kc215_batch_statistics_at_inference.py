"""A batch is normalised by its own statistics at inference too: each prediction depends on the rest of the batch."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import BatchOp, batched_ops, call_finding, once
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.program import Program
from kerascheck.semantics.api import Family
from kerascheck.semantics.raw_ops import Effect

DOES = "takes its statistics from the batch at hand, at inference as in training"
HELP = "use `keras.layers.BatchNormalization`, which keeps moving averages for inference"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such statistic that is not guarded by ``training`` and reaches an output."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for found in batched_ops(program, Family.STATISTICS):
        over = _axes(found) & set(found.batch_axes)
        if over:
            yield call_finding(found, min(over), DOES, HELP)
    yield from (operation_finding(found, DOES, help=HELP) for found in batch_effects(program, Effect.STATISTICS))


def _axes(found: BatchOp) -> set[int]:
    """The axes that the statistics are taken over; a fused normalisation names none, and leaves the channels out."""
    if found.info.axis is not None:
        return set(found.axes)
    return {0} if found.node.config.get("is_training") is True else set()
