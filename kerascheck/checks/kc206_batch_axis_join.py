"""Tensors are joined, or one is repeated, along the batch axis, and the output has other rows than the samples."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, only_in_training, operand_trail
from kerascheck.checks.batch import BatchOp, axis_is_default, is_batch, is_loss, once, values_behind
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.checks.samples import (
    holds_samples,
    is_one_row_each,
    moved_batches,
    predictions,
    shape_at,
)
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.semantics.api import Family, find_op
from kerascheck.semantics.raw_ops import Effect
from kerascheck.shapes import Dim, TensorSpec, compare, text

CONSEQUENCE = "the output's rows are not the samples"
HELP = "join along the features (`axis=-1`), or take the rows of each part apart again"
NEW_AXIS = "put the new axis behind the batch: `axis=1`"
CONCATENATE = "keras.layers.Concatenate"
PADDING = frozenset({"tf.pad", "tf.compat.v1.pad", "keras.ops.pad"})


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for moved in moved_batches(program):
        info = find_op(moved.node.op)
        if info is not None and info.family is Family.JOIN and not _is_default(moved.model, moved.node, moved.operand):
            yield moved.finding(f"puts a new axis before the batch of {moved.operand.shape}", NEW_AXIS)
    for model in program.models:
        if model.kind not in {"fragment", "layer"} and not is_loss(model):
            yield from _enlarged(model)
    for effect in batch_effects(program, Effect.JOIN):
        yield operation_finding(
            effect, f"joins along the batch axis of {effect.operand.shape}: {CONSEQUENCE}", help=HELP
        )


def _enlarged(model: ModelGraph) -> Iterator[Finding]:
    """A finding for each call that gives the batch axis more rows, which an output still has."""
    for end in predictions(model):
        shape = shape_at(model, end)
        wrong = [dim for dim in shape.dims or () if _has_other_rows(dim)]
        if not wrong or any(is_one_row_each(dim) for dim in shape):
            continue
        for identifier in sorted(values_behind(model, [end.node]), key=lambda name: int(name[1:])):
            node = model.node(identifier)
            operand = _joined(model, node)
            if operand is not None and any(compare(dim, wrong[0]) is True for dim in node.shape):
                yield _finding(model, node, operand, wrong[0])


def _has_other_rows(dim: Dim) -> bool:
    return is_batch(dim) and not is_one_row_each(dim)


def _joined(model: ModelGraph, node: Node) -> TensorSpec | None:
    """The operand of which ``node`` has one row for each sample and its result another number of them."""
    if node.source is None or only_in_training(node) or node.shape.dims is None or not holds_samples(model, node):
        return None
    if node.op != CONCATENATE and node.op not in PADDING:
        info = find_op(node.op) if node.kind == "op" else None
        if info is None or info.family is not Family.JOIN:
            return None
    for source, edge in model.operands(node):
        spec = source.outputs[edge.output] if edge.output < len(source.outputs) else TensorSpec()
        if spec.shape.rank != node.shape.rank or _is_default(model, node, spec):
            continue
        pairs = zip(spec.shape, node.shape, strict=True)
        if any(is_one_row_each(before) and _has_other_rows(after) for before, after in pairs):
            return spec
    return None


def _is_default(model: ModelGraph, node: Node, spec: TensorSpec) -> bool:
    info = find_op(node.op)
    return info is not None and axis_is_default(BatchOp(model, node, info, spec, node))


def _finding(model: ModelGraph, node: Node, operand: TensorSpec, rows: Dim) -> Finding:
    assert node.source is not None
    return Finding(
        node.source.span,
        f"`{expression(node)}` makes {text(rows)} rows of {operand.shape}, for B samples: {CONSEQUENCE}",
        "more rows than samples",
        operand_trail(model, node),
        HELP if operand.shape.rank != 1 else "put them side by side, as `stack(..., axis=1)` does",
    )
