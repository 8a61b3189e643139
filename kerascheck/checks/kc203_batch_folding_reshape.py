"""A reshape mixes the batch axis with another, and the model's output keeps it so."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import BatchOp, once, output_ops, value_ancestors
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.checks.samples import shape_at
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.semantics.api import Family
from kerascheck.semantics.raw_ops import Effect
from kerascheck.shapes import Dim, Shape, as_int, text
from kerascheck.shapes.folding import folded_axis, is_folded, keeps_samples, regroups_samples


def check(program: Program) -> Iterator[Finding]:
    """A finding for every reshape that gives the output rows which are not the samples."""
    return once(_folds(program))


def _folds(program: Program) -> Iterator[Finding]:
    for found in output_ops(program, Family.RESHAPE):
        alone = found.model.kind == "layer"
        after = found.node.shape
        axis = folded_axis(found.operand.shape, after, alone=alone)
        if axis is not None and _stays_folded(found.model, found.node, alone=alone):
            yield _finding(found, f"axis {axis} becomes {text(after.dims[axis])}" if after.dims else "")
        elif _cuts_samples_up(found) and not _is_one_of_a_pair(found):
            yield _finding(found, "the batch axis now runs over pieces of several samples")
    for effect in batch_effects(program, Effect.FOLD):
        yield operation_finding(
            effect,
            f"folds the batch of {effect.operand.shape} into another axis",
            label=f"its op {effect.operation.type} gives {effect.operation.outputs[0].shape}",
            help="keep the batch axis first, and let the other sizes multiply to those of one sample",
        )


def _stays_folded(model: ModelGraph, node: Node, *, alone: bool) -> bool:
    """Whether an output still has the fold: code that folds, applies a layer and unfolds again is sound."""
    least = 2 if alone else 1
    ends = {end.node for end in model.outputs if end.node in model and _has_fold(shape_at(model, end), least)}
    seen: set[str] = set()
    pending = [node.identifier] if ends else []
    while pending:
        current = pending.pop()
        if current in ends:
            return True
        if current not in seen:
            seen.add(current)
            pending += (each for each in model.successors(current) if _any_has_fold(model.node(each)))
    return False


def _any_has_fold(node: Node) -> bool:
    return any(spec.shape.rank is None or _has_fold(spec.shape) for spec in node.outputs)


def _has_fold(shape: Shape, least_free: int = 1) -> bool:
    return any(is_folded(dim, least_free=least_free) for dim in shape)


def _cuts_samples_up(found: BatchOp) -> bool:
    return found.node.op.endswith(".reshape") and regroups_samples(found.operand.shape, found.node.shape)


def _is_one_of_a_pair(found: BatchOp) -> bool:
    """Whether another reshape on the way may put the samples back together, or had cut them up before.

    One that leaves as many rows before the batch as there were does neither.
    """
    from networkx import ancestors, descendants

    graph, name = found.model.graph, found.node.identifier
    related = ancestors(graph, name) | descendants(graph, name) & found.model.shared(value_ancestors)
    reshapes = (each for name in related if (each := found.model.node(name)).op.endswith(".reshape"))
    return not all(_keeps_samples(found.model, each) for each in reshapes)


def _keeps_samples(model: ModelGraph, node: Node) -> bool:
    specs = model.operand_specs(node)
    return bool(specs) and keeps_samples(specs[0].shape, node.shape)


def _finding(found: BatchOp, label: str) -> Finding:
    node, before = found.node, found.operand.shape
    assert node.source is not None
    return Finding(
        node.source.span,
        f"`{expression(node)}` folds the batch of {before} into another axis",
        label,
        operand_trail(found.model, node),
        _help(before, node.shape),
    )


def _help(before: Shape, after: Shape) -> str:
    if after.rank == 1:
        return "keep the batch axis: `keras.layers.Flatten()`"
    sizes: list[Dim] = [dim for dim in after.dims or () if not is_folded(dim)]
    written = [as_int(dim) for dim in sizes]
    if after.dims and len(written) == len(after.dims) - 1 and None not in written and _divides(before, sizes):
        return f"keep the batch axis: `keras.layers.Reshape({(-1, *written)})`"
    return f"keep the batch axis first, and let the other sizes multiply to those of one sample of {before}"


def _divides(before: Shape, sizes: list[Dim]) -> bool:
    """Whether one sample's elements come out whole over ``sizes``."""
    count = 1
    for dim in (before.dims or ())[1:]:
        size = as_int(dim)
        if size is None:
            return False
        count *= size
    for dim in sizes:
        count, rest = divmod(count, as_int(dim) or 1)
        if rest:
            return False
    return True
