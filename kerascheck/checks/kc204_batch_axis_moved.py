"""A transpose leaves the batch behind another axis, and a layer or the model's output takes axis 0 for it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.checks.samples import WITHOUT_ROWS, MovedBatch, moved_batches
from kerascheck.program import Program
from kerascheck.semantics.api import Family, find_op
from kerascheck.semantics.raw_ops import Effect

MOVING = frozenset({Family.TRANSPOSE, Family.CONTRACTION, Family.RESHAPE})
HELP = "leave axis 0 where it is, as `keras.layers.Permute` does, or move it back before"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call, at the call that moves the batch."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for moved in moved_batches(program):
        if _rearranges(moved):
            yield moved.finding(f"moves the batch axis of {moved.operand.shape} to axis {moved.axis}", HELP)
    for effect in batch_effects(program, Effect.MOVE):
        yield operation_finding(
            effect, f"moves the batch axis of {effect.operand.shape}, and {WITHOUT_ROWS}", help=HELP
        )


def _rearranges(moved: MovedBatch) -> bool:
    info = find_op(moved.node.op)
    if info is None or info.family not in MOVING:
        return False
    return info.family is not Family.RESHAPE or moved.node.op.endswith((".expand_dims", ".rearrange"))
