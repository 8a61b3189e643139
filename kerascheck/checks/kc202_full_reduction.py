"""A reduction without an axis takes the batch with the rest, and reaches the model's output."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import BatchOp, batched_ops, once
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.checks.samples import predictions
from kerascheck.program import Program
from kerascheck.semantics.api import Family
from kerascheck.semantics.raw_ops import Effect


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such reduction of a tensor that has the batch axis."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    losses = {added.model for added in program.added_losses}
    for found in batched_ops(program, Family.REDUCTION):
        # A model of one number that is added as a loss is that loss; so is a layer's that only gives one.
        may_be_loss = found.model.name in losses or found.model.kind == "layer"
        is_loss = may_be_loss and not predictions(found.model)
        if found.is_full and not is_loss:
            yield _finding(found)
    for effect in batch_effects(program, Effect.FULL_REDUCTION):
        does = f"reduces every axis of {effect.operand.shape}, the batch included"
        yield operation_finding(effect, does, help="reduce over the axes of one sample only")


def _finding(found: BatchOp) -> Finding:
    node, shape = found.node, found.operand.shape
    assert node.source is not None
    what = f" of {shape}" if shape.rank is not None else ""
    return Finding(
        node.source.span,
        f"`{expression(node)}` reduces every axis{what}, the batch included",
        "makes one number of all the samples",
        operand_trail(found.model, node),
        _help(found),
    )


def _help(found: BatchOp) -> str:
    rank, name = found.operand.shape.rank, found.info.axis
    if name is None:
        return "use a function that takes an axis, and give it the axes of one sample"
    if rank is None:
        return f"name the axes of one sample: `{name}=-1`"
    others = [axis for axis in range(rank) if axis not in found.batch_axes]
    if not others:
        return "leave it out: each sample has one value already"
    return f"name the axes of one sample: `{name}={others[0] if len(others) == 1 else tuple(others)}`"
