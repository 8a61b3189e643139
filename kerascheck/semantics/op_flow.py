"""Where values go in the graph of a model's ops, and which effects on the batch axis they carry to its outputs.

An effect that mixes samples counts wherever the value that it makes leads. One that only lays the batch out otherwise
(a fold, a move, a join) counts where an output still has it: code that folds, works and unfolds again is sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from kerascheck.graph import Endpoint, ModelGraph, Operation, OperationEffect
from kerascheck.records import immutable
from kerascheck.semantics.op_loops import Loops
from kerascheck.semantics.op_values import Values
from kerascheck.semantics.raw_ops import Effect, effect_of, runs_over_samples
from kerascheck.shapes import Shape
from kerascheck.shapes.folding import batch_alone, is_folded


class Reach(StrEnum):
    """Where the value of an op leads."""

    OUTPUT = "output"
    LOSS = "loss"
    UPDATE = "update"
    UNDONE = "undone"
    """To an output, and what it did to the batch axis is undone on the way."""
    NOTHING = "nothing"


LAYOUTS = frozenset({Effect.FOLD, Effect.MOVE, Effect.JOIN})
"""The effects that leave every sample's values apart, and that a later op may undo."""


def effects_in(model: ModelGraph, losses: Iterable[Endpoint] = ()) -> tuple[OperationEffect, ...]:
    """What the ops of ``model`` do to the batch axis of tensors that hold values of its inputs, in order.

    ``losses`` are the ends of ops that layers add to the loss, those of other models among them.
    """
    if not model.operations:
        return ()
    return tuple(_Flow(model, Values(model), tuple(losses)).effects())


@immutable()
class _Found:
    """An effect, and the end whose value it is on."""

    effect: Effect
    axis: int
    operand: Endpoint


@dataclass
class _Flow:
    """The search over one model."""

    model: ModelGraph
    values: Values
    losses: tuple[Endpoint, ...] = ()
    found: dict[str, _Found] = field(default_factory=dict)

    def effects(self) -> Iterator[OperationEffect]:
        """Every effect on a value of the model's inputs, not on counts or noise."""
        loops = Loops(self.values)
        for operation in self.values:
            effect = self._effect(loops, operation)
            if effect is not None:
                self.found[operation.identifier] = effect
        for identifier, effect in self.found.items():
            if effect.operand in self._of_inputs:
                spec = self.values.spec(effect.operand)
                reach = self._reach(self.values.operations[identifier], effect)
                yield OperationEffect(identifier, effect.effect.value, effect.axis, spec, reach.value)

    def _effect(self, loops: Loops, operation: Operation) -> _Found | None:
        samples = loops.carried(operation)
        if samples is not None:
            return _Found(Effect.SCAN, 0, samples)
        found = effect_of(operation, self.values.operands(operation))
        if found is None or (found.effect is Effect.INDEX and loops.goes_over(operation)):
            return None
        return _Found(found.effect, found.axis, operation.inputs[found.operand])

    def _reach(self, operation: Operation, effect: _Found) -> Reach:
        ends = [Endpoint(operation.identifier, output) for output in range(max(1, len(operation.outputs)))]
        if self._to_outputs.isdisjoint(ends):
            if not self._to_losses.isdisjoint(ends):
                return Reach.LOSS
            return Reach.NOTHING if self._to_updates.isdisjoint(ends) else Reach.UPDATE
        if effect.effect in LAYOUTS and operation.identifier not in self._laid_out:
            return Reach.OUTPUT if self._cuts_up(operation, effect) else Reach.UNDONE
        if effect.effect is Effect.INDEX and runs_over_samples(operation.outputs[0].shape):
            return Reach.UNDONE
        return Reach.OUTPUT

    @cached_property
    def _outputs(self) -> list[Endpoint]:
        """The ops' ends that are the model's outputs; one that is added to the loss is a loss."""
        given = {end: Endpoint(made.identifier, output) for made in self.values for output, end in made.gives}
        return [given[end] for end in self.model.outputs if end in given and given[end] not in self.losses]

    @cached_property
    def _to_outputs(self) -> frozenset[Endpoint]:
        return self.values.behind(self._outputs)

    @cached_property
    def _to_losses(self) -> frozenset[Endpoint]:
        return self.values.behind(end for end in self.losses if end.node in self.values.operations)

    @cached_property
    def _to_updates(self) -> frozenset[Endpoint]:
        return self.values.behind(end for made in self.values for end in assigned_values(made))

    @cached_property
    def _of_inputs(self) -> frozenset[Endpoint]:
        """The ends whose values are made of the model's inputs."""
        return self.values.from_inputs(self._to_outputs | self._effect_operands)

    @cached_property
    def _effect_operands(self) -> frozenset[Endpoint]:
        return self.values.behind(effect.operand for effect in self.found.values())

    @cached_property
    def _laid_out(self) -> frozenset[str]:
        """The ops that lay the batch out as an output still has it: nothing behind them is laid out so."""
        found: set[str] = set()
        pending = [end for end in self._outputs if self._is_elsewhere(self.values.spec(end).shape)]
        seen = set(pending)
        while pending:
            end = pending.pop()
            effect = self.found.get(end.node)
            if effect is not None and _leads(self.values.spec(effect.operand).shape):
                found.add(end.node)
                continue
            for before in self.values.behind_one(end):
                if before not in seen and self._is_elsewhere(self.values.spec(before).shape):
                    seen.add(before)
                    pending.append(before)
        return frozenset(found)

    def _is_elsewhere(self, shape: Shape) -> bool:
        """Whether a tensor has the batch, and certainly not as an axis of its own in front."""
        if shape.dims is None:
            return False
        alone = batch_alone(shape.dims)
        if alone is not None:
            return alone > 0
        return any(is_folded(dim, least_free=2 if self.model.kind == "layer" else 1) for dim in shape.dims)

    def _cuts_up(self, operation: Operation, effect: _Found) -> bool:
        """Whether a reshape puts the batch in front by cutting samples up, and no other may undo that.

        The rows of a tensor that was transposed keep their order in a reshape, so each is then of several samples.
        """
        if effect.effect is not Effect.FOLD or not _leads(operation.outputs[0].shape):
            return False
        return all(
            other.effect is not Effect.FOLD or identifier == operation.identifier
            for identifier, other in self.found.items()
        )


def _leads(shape: Shape) -> bool:
    return shape.dims is not None and batch_alone(shape.dims) == 0


def assigned_values(operation: Operation) -> Sequence[Endpoint]:
    """What an op writes into a variable; nothing for any other op."""
    kind = operation.type
    if kind.startswith(("Assign", "ResourceScatter", "ResourceStridedSliceAssign", "Scatter")) and kind != "ScatterNd":
        return operation.inputs[1:]
    return ()
