"""A softmax, cumulative sum, sort, flip, convolution … runs along the batch axis, and its result is in the output."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import BatchOp, axis_is_default, batched_ops, once, values_behind
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.checks.samples import MovedBatch, is_predicting, moved_batches
from kerascheck.program import Program
from kerascheck.semantics.api import Family
from kerascheck.semantics.axes import window_axes
from kerascheck.semantics.raw_ops import Effect

CONSEQUENCE = "every sample's result depends on the others"
PERMUTING = ("sort", "argsort", "flip", "flipud", "fliplr", "reverse", "roll", "reverse_sequence")
OTHER_RULES = ("shuffle", "stateless_shuffle", "scan", "associative_scan", "foldl", "foldr")
"""Functions that draw samples at random, or carry state from one to the next."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such op, but for those that another puts right."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    moved = list(moved_batches(program))
    batched = batched_ops(program, Family.SAMPLE_MIXING, Family.OTHER)
    ops = [found for found in batched if _along_batch(found) and is_predicting(found)]
    for found in ops:
        if not _is_undone(found, ops) and not any(_lies_between(found, each) for each in moved):
            yield _finding(found)
    for effect in batch_effects(program, Effect.MIX):
        does = f"works along the batch axis of {effect.operand.shape}: {CONSEQUENCE}"
        yield operation_finding(effect, does, help="work along the axes of one sample instead")


def _along_batch(found: BatchOp) -> set[int]:
    """The axes of the batch that it mixes."""
    if found.info.family is Family.OTHER:
        rank = found.operand.shape.rank
        axes = window_axes(found.node.op, found.info, found.node.config, rank) if rank is not None else ()
        return set(axes) & set(found.batch_axes)
    if _short(found) in OTHER_RULES or axis_is_default(found):
        return set()
    return found.axes_over_batch


def _short(found: BatchOp) -> str:
    return found.node.op.rpartition(".")[2]


def _is_undone(found: BatchOp, ops: list[BatchOp]) -> bool:
    """Whether another op on the way may put the samples back in order: sorted by length, and back again."""
    if _short(found) not in PERMUTING:
        return False
    for other in ops:
        if other.model is found.model and other.node is not found.node and _short(other) in PERMUTING:
            here, there = found.node.identifier, other.node.identifier
            if here in values_behind(found.model, [there]) or there in values_behind(found.model, [here]):
                return True
    return False


def _lies_between(found: BatchOp, moved: MovedBatch) -> bool:
    """Whether the batch is at this axis only for a transpose that is a mistake by itself."""
    return moved.model is found.model and moved.node.identifier in values_behind(found.model, [found.node.identifier])


def _finding(found: BatchOp) -> Finding:
    node, axis = found.node, min(_along_batch(found))
    assert node.source is not None
    known = found.operand.shape.rank is not None
    what = f" of {found.operand.shape}" if known else ""
    return Finding(
        node.source.span,
        f"`{expression(node)}` works along the batch axis{what}: {CONSEQUENCE}",
        f"axis {axis} is the batch",
        operand_trail(found.model, node),
        _help(found),
    )


def _help(found: BatchOp) -> str:
    rank, name = found.operand.shape.rank, found.info.axis
    if name is None:
        return "move the batch back to axis 0 before, and work along the axes of one sample"
    others = [-1] if rank is None else [axis for axis in range(rank) if axis not in found.batch_axes]
    if not others:
        return "leave it out: each sample has one value"
    axis = -1 if rank is None or others[-1] == rank - 1 else others[-1]
    return f"work along the features instead: `{name}={axis}`"
