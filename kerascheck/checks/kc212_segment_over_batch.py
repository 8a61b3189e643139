"""Samples of a batch are pooled by an index, and the model's output is made of the pools."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import BatchOp, batched_ops, call_finding, once, values_behind
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.semantics.api import Family
from kerascheck.semantics.raw_ops import Effect
from kerascheck.shapes import Unknown, compare, depends_on
from kerascheck.shapes.dim import batch

DOES = "pools the samples of a batch, so that each result is made of several of them"
HELP = "pool over an axis of one sample: give the groups an axis of their own, and reduce that one"

INDEX_ARGUMENTS = frozenset({"segment_ids", "indices"})
"""The parameters that say which rows belong together."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every function that pools rows of the batch, by an index that is not data of the model."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for found in batched_ops(program, Family.SEGMENT):
        if 0 not in found.batch_axes or not _pools_samples(found) or _index_is_data(found.model, found.node):
            continue
        if _has_a_row_for_each(found):
            yield call_finding(found, 0, DOES, HELP)
    for effect in batch_effects(program, Effect.SEGMENT):
        if not _index_is_data(effect.model, effect.node):
            yield operation_finding(effect, DOES, help=HELP)


def _pools_samples(found: BatchOp) -> bool:
    """Whether rows of different samples certainly meet in a pool.

    They do where the number of pools is fixed; where each row is a sample, with any number but that of the samples.
    With several rows a sample and a number of pools that grows with the batch, each sample may well have its own.
    """
    pools = found.node.shape.dims
    if pools and not any(isinstance(dim, Unknown) or depends_on(dim) for dim in pools):
        return True
    rows = (found.operand.shape.dims or (batch(),))[0]
    return compare(rows, batch()) is True and (not pools or compare(pools[0], rows) is not True)


def _has_a_row_for_each(found: BatchOp) -> bool:
    """Whether the index certainly grows with the batch. One that does not knows how many rows there are, and whose."""
    indices = [
        source.outputs[edge.output].shape
        for source, edge in found.model.operands(found.node)
        if edge.argument in INDEX_ARGUMENTS and edge.output < len(source.outputs)
    ]
    return bool(indices) and all(any(map(depends_on, shape.dims or ())) for shape in indices)


def _index_is_data(model: ModelGraph, node: Node) -> bool:
    """Whether an input of the model says which rows belong together, as the edges of a graph network do."""
    indices = [source for source, edge in model.operands(node) if edge.argument in INDEX_ARGUMENTS]
    pooled = [source for source, edge in model.operands(node) if edge.argument not in INDEX_ARGUMENTS]
    behind_data = values_behind(model, (source.identifier for source in pooled))
    for name in values_behind(model, (source.identifier for source in indices)):
        source = model.node(name)
        if source.kind == "input" and (name not in behind_data or _is_integer(source)):
            return True
    return False


def _is_integer(node: Node) -> bool:
    return bool(node.outputs) and "int" in (node.outputs[0].dtype or "")
