"""A reduction over the batch axis reaches the model's output: samples are mixed."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import BatchOp, once, output_ops
from kerascheck.program import Program
from kerascheck.semantics.api import Family


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such reduction, wherever the batch axis is."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for found in output_ops(program, Family.REDUCTION):
        reduced = set(found.axes) & set(found.batch_axes)
        if reduced and not found.is_full:
            yield _finding(found, min(reduced))


def _finding(found: BatchOp, axis: int) -> Finding:
    node, shape = found.node, found.operand.shape
    assert node.source is not None
    what = f" of {shape}" if shape.rank is not None else ""
    result = "" if node.shape.rank is None else f", the result is {node.shape}"
    return Finding(
        node.source.span,
        f"`{expression(node)}` reduces the batch axis{what}: every sample's result depends on the others",
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
