"""A squeeze without an axis drops the batch axis too, whenever the batch is one."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import BatchOp, is_batch, once, output_ops
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.semantics.api import Family, find_op
from kerascheck.semantics.raw_ops import Effect
from kerascheck.shapes import Dim, as_int, compare
from kerascheck.shapes.dim import batch

DOES = "drops every axis of size 1, and with a batch of one sample that is the batch axis too"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such squeeze whose result reaches an output as it is."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for found in output_ops(program, Family.SQUEEZE):
        if found.is_full and _has_open_batch(found) and not _is_shaped_again(found.model, found.node):
            yield _finding(found)
    yield from (operation_finding(found, DOES, help=_help(())) for found in batch_effects(program, Effect.SQUEEZE))


def _has_open_batch(found: BatchOp) -> bool:
    """Whether an axis of the operand is the batch alone, of a size that is not fixed."""
    dims = found.operand.shape.dims
    if dims is None:
        return bool(found.batch_axes)
    return any(as_int(dim) is None and compare(dim, batch()) is True for dim in dims)


def _is_shaped_again(model: ModelGraph, node: Node) -> bool:
    """Whether all that is made of the result goes through a reshape, which gives it a batch axis again."""
    pending, seen = [node.identifier], {node.identifier}
    ends = {end.node for end in model.outputs}
    while pending:
        current = pending.pop()
        if current in ends:
            return False
        for successor in model.successors(current):
            if successor not in seen and not _reshapes(model.node(successor)):
                seen.add(successor)
                pending.append(successor)
    return True


def _reshapes(node: Node) -> bool:
    info = find_op(node.op) if node.kind == "op" else None
    return info is not None and info.family is Family.RESHAPE


def _finding(found: BatchOp) -> Finding:
    node, shape = found.node, found.operand.shape
    assert node.source is not None
    return Finding(
        node.source.span,
        f"`{expression(node)}` {DOES}",
        f"squeezes {shape}" if shape.rank is not None else "names no axis",
        operand_trail(found.model, node),
        _help(shape.dims or (), found.info.axis or "axis"),
    )


def _help(dims: tuple[Dim, ...], name: str = "axis") -> str:
    """The axes that were meant: those of size 1, or else those that may have it."""
    single = [axis for axis, dim in enumerate(dims) if as_int(dim) == 1]
    single = single or [axis for axis, dim in enumerate(dims) if as_int(dim) is None and not is_batch(dim)]
    if not single:
        return f"name the axis to drop: `{name}=-1`" if not dims else "leave it out: no axis of one sample has size 1"
    if single == [len(dims) - 1]:
        return f"name the axis to drop: `{name}=-1`"
    return f"name the axis to drop: `{name}={single[0] if len(single) == 1 else tuple(single)}`"
