"""A function whose axis was left out works along the batch by default; or a layer was given the batch for its axis."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from kerascheck.checks.api import Finding, expression, failing_nodes, only_in_training, operand_trail, shape_note
from kerascheck.checks.batch import (
    LAYERS_WITH_AXIS,
    BatchOp,
    axis_is_default,
    batched_ops,
    given_batch_axis,
    is_batch,
    once,
)
from kerascheck.checks.samples import (
    MovedBatch,
    holds_samples,
    is_one_row_each,
    is_predicting,
    moved_batches,
    predictions,
    shape_at,
    values_behind_predictions,
)
from kerascheck.graph import ModelGraph, Node
from kerascheck.problems import ProblemKind
from kerascheck.program import Program
from kerascheck.semantics.api import Family, OpInfo, find_op
from kerascheck.shapes import TensorSpec


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call whose result reaches an output."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for found in batched_ops(program, Family.REDUCTION, Family.SAMPLE_MIXING):
        is_full_reduction = found.info.family is Family.REDUCTION and found.is_full
        if found.axes_over_batch and axis_is_default(found) and not is_full_reduction and is_predicting(found):
            yield _of_function(found)
    for moved in moved_batches(program):
        info = _joining(moved.node)
        if info is not None and axis_is_default(BatchOp(moved.model, moved.node, info, moved.operand, moved.node)):
            yield _of_stack(moved, info)
    for model in program.models if program.has_like(_takes_axis) else ():
        if model.kind != "fragment":
            yield from _in_model(model)
    for model, node in program.shared(failing_nodes):
        if node.problem is not None and node.problem.kind is ProblemKind.UNDEFINED and node.source is not None:
            axis = given_batch_axis(model, node)
            if axis is not None:
                # It would have a weight for each sample, and Keras has refused to make it.
                yield _of_layer(model, node, axis)


@lru_cache(maxsize=1024)
def _takes_axis(op: str) -> bool:
    """Whether it is a function that joins tensors, or a layer that is told an axis."""
    info = find_op(op)
    return op in LAYERS_WITH_AXIS or (info is not None and info.family is Family.JOIN)


def _in_model(model: ModelGraph) -> Iterator[Finding]:
    """The findings about joins that give an output other rows than the samples', and about layers."""
    taking = [node for node in model.nodes() if _takes_axis(node.op)]
    shapes = [shape_at(model, end) for end in predictions(model)] if taking else []
    rows = {dim for shape in shapes for dim in shape if is_batch(dim) and not is_one_row_each(dim)}
    for node in sorted(taking, key=lambda each: int(each.identifier[1:])):
        info, axis = _joining(node), given_batch_axis(model, node)
        joins = info is not None and bool(rows.intersection(node.shape))
        if node.source is None or only_in_training(node) or not (joins or axis is not None):
            continue
        if node.identifier not in model.shared(values_behind_predictions) or not holds_samples(model, node):
            continue
        if info is not None and joins:
            yield from _of_join(model, node, info)
        if axis is not None:
            yield _of_layer(model, node, axis)


def _joining(node: Node) -> OpInfo | None:
    info = find_op(node.op) if node.kind == "op" else None
    return info if info is not None and info.family is Family.JOIN else None


def _of_join(model: ModelGraph, node: Node, info: OpInfo) -> Iterator[Finding]:
    for operand in model.operand_specs(node):
        found = BatchOp(model, node, info, operand, node)
        if axis_is_default(found) and any(is_one_row_each(dim) for dim in operand.shape):
            yield _of_function(found)


def _of_function(found: BatchOp) -> Finding:
    node, shape = found.node, found.operand.shape
    assert node.source is not None
    what = f" of {shape}" if shape.rank is not None else ""
    name = found.info.axis or "axis"
    default = "every axis, the batch among them" if found.is_full else "the batch"
    return Finding(
        node.source.span,
        f"`{expression(node)}` leaves out `{name}`, and by default `{node.op}` works along {default}{what}",
        f"the result is {shape_note(node)}" if node.shape.rank is not None else "names no axis",
        operand_trail(found.model, node),
        _help(found.operand, name),
    )


def _help(operand: TensorSpec, name: str) -> str:
    rank = operand.shape.rank
    if rank is not None and all(is_batch(dim) for dim in operand.shape):
        return "leave it out: each sample has one value"
    return f"name the axis: `{name}=-1` for the features"


def _of_stack(moved: MovedBatch, info: OpInfo) -> Finding:
    node = moved.node
    assert node.source is not None
    default = f"puts a new axis before the batch of {moved.operand.shape}"
    taken = "the output has no row for each sample"
    if moved.taker is not None:
        taken = f"`{expression(moved.taker)}` takes axis 0 for the batch"
    return Finding(
        node.source.span,
        f"`{expression(node)}` leaves out `{info.axis}`, and by default `{node.op}` {default}: {taken}",
        f"{shape_note(node)}: axis {moved.axis} is the batch",
        operand_trail(moved.model, node),
        f"put the new axis behind the batch: `{info.axis}=1`",
    )


def _of_layer(model: ModelGraph, node: Node, axis: int) -> Finding:
    assert node.source is not None
    shape = next(iter(model.operand_specs(node))).shape
    short = node.op.rpartition(".")[2]
    what = f" of {shape}" if shape.rank is not None else ""
    return Finding(
        node.source.span,
        f"layer `{node.name}` is given axis {axis}, the batch{what}, to work along",
        f"`{short}(axis={node.config['axis']})`",
        operand_trail(model, node),
        f"leave the batch out: `{short}(axis=-1)`",
    )
