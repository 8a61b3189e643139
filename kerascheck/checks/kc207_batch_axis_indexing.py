"""A model takes some samples of its batch and leaves the others, by a fixed index or a mask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerascheck.checks.api import Finding, expression, operand_trail, shape_note
from kerascheck.checks.batch import BatchOp, batched_ops, once, values_behind
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.checks.samples import is_one_row_each, is_predicting, operands_by_argument
from kerascheck.program import Program
from kerascheck.semantics.api import Family, find_op
from kerascheck.semantics.indices import Kept, kept_of_axis
from kerascheck.semantics.raw_ops import Effect
from kerascheck.shapes import compare

HELP = "index an axis of one sample instead: `x[:, 0]`"
TAKEN = {
    Kept.ONE: "takes one sample",
    Kept.SOME: "takes a fixed part of the samples",
    Kept.REVERSED: "reverses the order of the samples",
    Kept.MASKED: "drops samples",
    Kept.PARTS: "takes the samples apart, some into each part,",
}


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call whose result reaches the output."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for found in batched_ops(program, Family.INDEXING):
        arguments = _arguments(found)
        if arguments is None or found.operand.shape.dims is None:
            continue
        for axis in found.batch_axes:
            kept = kept_of_axis(found.node.op, arguments, found.operand, axis)
            if kept is not None and _certain(found, axis, kept) and is_predicting(found):
                yield _finding(found, axis, kept)
                break
    for effect in batch_effects(program, Effect.INDEX):
        does = f"takes some of the samples of {effect.operand.shape}, and leaves the others"
        yield operation_finding(effect, does, help=HELP)


def _arguments(found: BatchOp) -> Mapping[str, Any] | None:
    """The call's arguments by parameter name; None where one may be either of several tensors."""
    operands = operands_by_argument(found.model, found.node)
    if operands is None:
        return None
    return {**{name: spec for name, (_, spec) in operands.items()}, **found.node.config}


def _certain(found: BatchOp, axis: int, kept: Kept) -> bool:
    """Whether what is left of the axis is certainly not one row for each sample again."""
    if kept is Kept.ONE:
        return True
    before, after = found.operand.shape.dims or (), found.node.shape.dims or ()
    if not is_one_row_each(before[axis]):
        return False
    if kept is Kept.SOME and len(after) == len(before) and compare(before[axis], after[axis]):
        # The live model was sliced up to the size of the batch it was given.
        return False
    return kept not in {Kept.MASKED, Kept.PARTS} or not _is_put_back(found)


def _is_put_back(found: BatchOp) -> bool:
    """Whether the rows that are left may be put back among the others before the output."""
    for node in found.model.nodes():
        if node.kind == "op" and found.node.identifier in values_behind(found.model, [node.identifier]):
            info = find_op(node.op)
            if info is None or info.family in {Family.OTHER, Family.SEGMENT, Family.JOIN}:
                return True
    return False


def _finding(found: BatchOp, axis: int, kept: Kept) -> Finding:
    node = found.node
    assert node.source is not None
    known = node.shape.rank is not None
    return Finding(
        node.source.span,
        f"`{expression(node)}` {TAKEN[kept]} of the batch of {found.operand.shape}",
        f"axis {axis} is the batch" + (f", the result is {shape_note(node)}" if known else ""),
        operand_trail(found.model, node),
        _help(kept),
    )


def _help(kept: Kept) -> str:
    if kept is Kept.PARTS:
        return "split an axis of one sample instead: `axis=-1`"
    if kept is Kept.MASKED:
        return "keep a row for each sample: `where(mask, x, 0)` with the mask's axes expanded"
    return HELP
