"""Loops over samples among the ops of a model, and which of them carry state from one sample to the next.

``tf.map_fn`` and ``tf.scan`` are the same ops: both go over a list that was made of the samples, and gather their
results in another. A scan's body gives a value that is made of the sample and of the same value a round before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kerascheck.graph import Endpoint, Operation
from kerascheck.records import immutable
from kerascheck.semantics.op_values import Values
from kerascheck.semantics.raw_ops import Effect, effect_of
from kerascheck.shapes import depends_on

HANDED_ON = frozenset({"Identity", "Placeholder", "StopGradient"})
"""Ops that a list goes through as it is."""

CHOSEN_BY = {"GatherV2": 1, "Gather": 1, "GatherNd": 1, "StridedSlice": 1, "Slice": 1}
"""The input that says which samples an op takes."""


@immutable()
class _Round:
    """What one value that a loop's body gives is made of: what the body took, and samples."""

    taken: frozenset[int]
    samples: Endpoint | None


@dataclass(frozen=True)
class Loops:
    """The loops of a model's ops."""

    values: Values

    def goes_over(self, operation: Operation) -> bool:
        """Whether an op in a loop takes another sample in every round."""
        position = CHOSEN_BY.get(operation.type)
        if position is None or position in operation.constants:
            return False
        return any(holder.type.endswith("While") for holder in self._holders(operation))

    def _holders(self, operation: Operation) -> Iterator[Operation]:
        parent = operation.parent
        while parent is not None and parent in self.values.operations:
            holder = self.values.operations[parent]
            yield holder
            parent = holder.parent

    def carried(self, loop: Operation) -> Endpoint | None:
        """The samples that a loop goes over where it carries state from one to the next; None for any other op."""
        if not loop.type.endswith("While"):
            return None
        given = self.values.results.get((loop.identifier, "body"), [])
        rounds = [self._round(loop, end) for end in given]
        for place, _ in enumerate(given):
            behind = self._behind(rounds, place)
            samples = next((rounds[each].samples for each in (place, *behind) if rounds[each].samples), None)
            if place in behind and samples is not None and not self._is_handed_on(loop, given[place], place):
                return samples
        return None

    def _behind(self, rounds: list[_Round], place: int) -> frozenset[int]:
        """What a carried value is made of, over any number of rounds."""
        pending, seen = [place], set[int]()
        while pending:
            for before in rounds[pending.pop()].taken:
                if before not in seen and before < len(rounds):
                    seen.add(before)
                    pending.append(before)
        return frozenset(seen)

    def _is_handed_on(self, loop: Operation, end: Endpoint, place: int) -> bool:
        """Whether the body gives what it took."""
        made = self.values.operations.get(self._unchanged(end).node)
        return made is not None and made.parent == loop.identifier and made.attributes.get("argument") == place

    def _unchanged(self, end: Endpoint) -> Endpoint:
        made = self.values.operations.get(end.node)
        while made is not None and made.type == "Identity":
            end = made.inputs[0]
            made = self.values.operations.get(end.node)
        return end

    def _round(self, loop: Operation, end: Endpoint) -> _Round:
        """What one round makes a value of. Putting an element into a list reads none of the others."""
        taken: set[int] = set()
        samples: Endpoint | None = None
        pending, seen = [end], {end}
        while pending:
            made = self.values.operations.get(pending.pop().node)
            if made is None:
                continue
            if made.parent == loop.identifier and isinstance(place := made.attributes.get("argument"), int):
                taken.add(place)
                continue
            samples = samples or self._samples_of(made)
            for before in self._read(made):
                if before not in seen:
                    seen.add(before)
                    pending.append(before)
        return _Round(frozenset(taken), samples)

    def _read(self, made: Operation) -> Iterator[Endpoint]:
        if made.type in {"TensorListSetItem", "TensorListPushBack"}:
            yield made.inputs[-1]
            return
        for output in range(max(1, len(made.outputs))):
            yield from self.values.behind_one(Endpoint(made.identifier, output))

    def _samples_of(self, made: Operation) -> Endpoint | None:
        """The tensor of samples that an op takes one of."""
        if made.type == "TensorListGetItem":
            return self._made_of(made.inputs[0])
        effect = effect_of(made, self.values.operands(made)) if self.goes_over(made) else None
        return made.inputs[0] if effect is not None and effect.effect is Effect.INDEX else None

    def _made_of(self, end: Endpoint) -> Endpoint | None:
        """The tensor of samples that a list was made of."""
        for _ in range(len(self.values.operations)):
            made = self.values.operations.get(end.node)
            if made is None or not made.inputs:
                return None
            if made.type == "TensorListFromTensor":
                dims = self.values.operand(made, 0).shape.dims
                return made.inputs[0] if dims and depends_on(dims[0]) else None
            if made.type not in HANDED_ON:
                return None
            end = made.inputs[0]
        return None
