"""What the ops of TensorFlow's own graph do to the batch axis: the second level of what the batch-axis rules read.

A rule adds it in one line::

    yield from (operation_finding(found, "runs along the batch axis") for found in batch_effects(program, Effect.MIX))
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, on_one_line, only_in_training, operand_trail
from kerascheck.checks.batch import given_batch_axis, is_loss
from kerascheck.checks.samples import behind_moves, moved_batches
from kerascheck.checks.training_calls import NORMALIZATIONS
from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Node, Operation, Source
from kerascheck.program import Program
from kerascheck.records import immutable
from kerascheck.semantics.api import Family, find_op
from kerascheck.semantics.op_flow import Reach
from kerascheck.semantics.raw_ops import Effect
from kerascheck.shapes import TensorSpec

UNDECIDED_FAMILIES = frozenset({Family.OTHER, Family.CREATION, Family.ELEMENTWISE})
"""What a family of functions says that says nothing of their axes: their ops have to be looked at."""

LOOKED_AT = {Family.SCAN: Effect.SCAN}
"""The effect that is seen in the ops of a family's functions alone: what a step does is the user's own function."""


@immutable()
class BatchEffect:
    """An op that does something to the batch axis.

    Attributes:
        model: the first model that holds the call.
        node: the call that the op belongs to: a layer, or a function that no shape rule knows.
        operation: the op.
        effect: what it does.
        axis: the axis of the operand that it does it on; the batch runs along it.
        operand: what it does it on.
        reaches: where its value leads; an output before a loss before an update of a variable.
        source: where the user wrote it: the call's line, or one within what the call runs.
    """

    model: ModelGraph
    node: Node
    operation: Operation
    effect: Effect
    axis: int
    operand: TensorSpec
    reaches: Reach
    source: Source | None = None


def batch_effects(program: Program, *effects: Effect, reaching: Reach = Reach.OUTPUT) -> Iterator[BatchEffect]:
    """Every op with one of ``effects`` whose value reaches the output of a model (or what ``reaching`` says).

    Left out is what is undone before the output (a fold that is unfolded, a transpose that is transposed back), what
    only sizes or chooses something, what runs only in training, and every call that the level above judges by itself:
    a public function whose family in ``semantics`` says what it does to its axes. Of several effects that one line
    has, one following from the other, the first is told, so that no two rules report one mistake. What works on a batch
    that a call before it moved away from axis 0 is left to the rule that reports that call.
    """
    models = program.shared(_models_with_effects)
    if not models:
        return
    told: set[Span] = set()
    moved = moved_batches(program)
    for model in models:
        if model.kind == "fragment" or is_loss(model):
            continue
        following = behind_moves(model, moved)
        for found in _effects_of(model):
            if found.node.identifier in following:
                continue
            if found.reaches is not reaching or found.source is None or found.source.span in told:
                continue
            told.add(found.source.span)
            if found.effect in effects:
                yield found


def _models_with_effects(program: Program) -> list[ModelGraph]:
    return [model for model in program.models if model.effects]


def _effects_of(model: ModelGraph) -> Iterator[BatchEffect]:
    operations = {operation.identifier: operation for made in model.operations.values() for operation in made}
    for each in model.effects:
        operation = operations.get(each.operation)
        if operation is None or operation.call not in model:
            continue
        node, effect = model.node(operation.call), Effect(each.effect)
        if not only_in_training(node) and not _is_judged_above(model, node, effect):
            source = each.source or node.source
            yield BatchEffect(model, node, operation, effect, each.axis, each.operand, Reach(each.reaches), source)


def _is_judged_above(model: ModelGraph, node: Node, effect: Effect) -> bool:
    """Whether the call is of a function or layer whose axes a rule reads from its arguments."""
    if node.kind == "layer":
        # A normalization that is told to train takes the statistics of the batch on purpose.
        return node.op in NORMALIZATIONS or given_batch_axis(model, node) is not None
    info = find_op(node.op) if node.kind == "op" else None
    if info is None or info.family in UNDECIDED_FAMILIES:
        return False
    return LOOKED_AT.get(info.family) is not effect


def operation_finding(found: BatchEffect, does: str, *, label: str | None = None, help: str | None = None) -> Finding:
    """The finding for an op: "`layers.Softmax(axis=0)` <does>", told at the line of its call.

    ``does`` is a clause that follows the user's expression, such as "mixes the samples of a batch". The label says
    which op it is and on what axis of what shape, unless another is given; the trail is that of the call's operands.
    """
    source = found.source
    assert source is not None
    written = expression(found.node) if source is found.node.source else on_one_line(source.text)
    return Finding(
        source.span,
        f"`{written}` {does}",
        f"its op {found.operation.type} works on axis {found.axis} of {found.operand.shape}, the batch"
        if label is None
        else label,
        operand_trail(found.model, found.node),
        help,
    )
