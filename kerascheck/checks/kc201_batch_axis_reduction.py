"""A reduction over the batch axis reaches the model's output: samples are mixed."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import BatchOp, axis_is_default, batched_ops, once
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.program import Program
from kerascheck.semantics.api import Family
from kerascheck.semantics.raw_ops import Effect

CONSEQUENCE = "every sample's result depends on the others"
HELP = "work along the axes of one sample: the last one is `-1`"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such reduction, wherever the batch axis is."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for found in batched_ops(program, Family.REDUCTION):
        reduced = found.axes_over_batch
        if reduced and not found.is_full and not axis_is_default(found):
            yield _finding(found, min(reduced))
    for effect in batch_effects(program, Effect.REDUCTION):
        yield operation_finding(effect, f"reduces the batch axis of {effect.operand.shape}: {CONSEQUENCE}", help=HELP)


def _finding(found: BatchOp, axis: int) -> Finding:
    node, shape = found.node, found.operand.shape
    assert node.source is not None
    what = f" of {shape}" if shape.rank is not None else ""
    result = "" if node.shape.rank is None else f", the result is {node.shape}"
    return Finding(
        node.source.span,
        f"`{expression(node)}` reduces the batch axis{what}: {CONSEQUENCE}",
        f"axis {axis} is the batch{result}",
        operand_trail(found.model, node),
        _help(found, axis),
    )


def _help(found: BatchOp, axis: int) -> str:
    """The axis that was probably meant: the last one that does not run over samples."""
    rank, name = found.operand.shape.rank, found.info.axis or "axis"
    if rank is None:
        return f"reduce over the features instead: `{name}=-1`"
    others = [other for other in range(rank) if other not in found.batch_axes]
    if not others:
        return "leave it out: each sample has one value already"
    return f"reduce over the features instead: `{name}={-1 if others[-1] == rank - 1 else others[-1]}`"
