"""What becomes of every variable that the live models read: tracked, trained, saved, given a gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Source
from kerascheck.program import VariableFact
from kerascheck.shapes import Shape
from kerascheck.tracer.gradients import Flow, Stop, ancestors, handles
from kerascheck.tracer.library import Live
from kerascheck.tracer.owners import owner_of
from kerascheck.tracer.study import Study
from kerascheck.tracer.subjects import Subject
from kerascheck.tracer.training_step import gradients_of_step, tensors_of
from kerascheck.tracer.writes import is_set_first, written

WHAT_STOPS = {Stop.NONE: "has no gradient", Stop.ZERO: "has a gradient of zero everywhere"}
"""What is told of an op that no gradient gets through."""


def variable_facts(study: Study) -> list[VariableFact]:
    """A fact for every variable that a model holds or reads."""
    looked = _Look(study)
    views = [
        _View(looked, index, subject, model)
        for index, subject in enumerate(study.subjects)
        if (model := study.models.get(index)) is not None and subject.library.is_layer(subject.layer)
    ]
    looked.views = views
    return [view.fact(variable) for view in views for variable in view.variables.values()]


@dataclass(frozen=True, slots=True)
class _Holder:
    """A layer that has a variable, its first call where there is one, and the layers in whose ``call`` that is."""

    layer: Live
    call: str | None = None
    around: tuple[Live, ...] = ()


@dataclass
class _View:
    """One model: what it holds and what its outputs depend on.

    Attributes:
        place: the model's place in the program.
        variables: those that it holds or reads, by the id of TensorFlow's variable.
        used: the tensors that its outputs are computed from; ``reached`` those that a gradient from there gets to.
    """

    look: _Look
    index: int
    subject: Subject
    model: ModelGraph
    variables: dict[int, Live] = field(default_factory=dict)
    weights: frozenset[int] = frozenset()
    trainable: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        library, layer = self.subject.library, self.subject.layer
        held = library.weights(layer)
        self.variables = {id(library.storage(weight)): weight for weight in held}
        self.weights = frozenset(self.variables)
        # Only a model that has weights can be asked for those that are trainable.
        trainable = layer.trainable_weights if held else []
        self.trainable = frozenset(id(library.storage(weight)) for weight in trainable)
        others = {id(library.storage(each)): each for each in library.variables(layer)}
        for key, (variable, handle) in self.look.handles.items():
            if key not in self.variables and (key in others or id(handle) in self.used):
                self.variables[key] = others.get(key, variable)

    @cached_property
    def place(self) -> int:
        return next(place for place, model in enumerate(self.look.study.program.models) if model is self.model)

    @cached_property
    def outputs(self) -> list[Live]:
        ends = self.look.study.first.ends.get(self.index, ((), ()))[1]
        return [self.look.tensors[end] for end in ends if end in self.look.tensors]

    @cached_property
    def inputs(self) -> list[Live]:
        ends = self.look.study.first.ends.get(self.index, ((), ()))[0]
        return [self.look.tensors[end] for end in ends if end in self.look.tensors]

    @cached_property
    def layers(self) -> set[int]:
        """The layers that it holds, itself included, by their ids."""
        return {id(layer) for layer in self.subject.library.inner_layers(self.subject.layer)}

    @cached_property
    def used(self) -> dict[int, Live]:
        return ancestors(self.outputs)

    @cached_property
    def reached(self) -> dict[int, Live]:
        return self.look.flow.reached(self.outputs)

    @cached_property
    def saved(self) -> set[int] | None:
        """The variables that saving keeps; not asked where all that there is are Keras's own layers."""
        library, layer = self.subject.library, self.subject.layer
        own = any(library.canonical(type(each)) is None for each in library.inner_layers(layer))
        if own or not self.weights >= {key for key in self.variables if self._is_used(key)}:
            return library.saved_variables(layer)
        return set(self.weights)

    @cached_property
    def carried(self) -> set[int]:
        """The variables in which recurrent layers keep their state from batch to batch, which nobody means to save."""
        library = self.subject.library
        layers = [each for each in library.inner_layers(self.subject.layer) if library.is_stateful(each)]
        return {id(library.storage(each)) for layer in layers for each in library.carried_state(layer)}

    @cached_property
    def step(self) -> dict[int, str] | None:
        """What each variable gets in the model's own training step."""
        return gradients_of_step(self.look.study, self.index)

    @cached_property
    def compiled(self) -> bool:
        library, layer = self.subject.library, self.subject.layer
        return library.is_model(layer) and library.is_compiled(layer)

    def _is_used(self, key: int) -> bool:
        found = self.look.handles.get(key)
        return found is not None and id(found[1]) in self.used

    def fact(self, variable: Live) -> VariableFact:
        """What is known of one of its variables."""
        look, library = self.look, self.subject.library
        storage = look.study.runtime.storage(variable)
        key = id(storage)
        used, held = self._is_used(key), key in self.weights
        holder = look.holder(key, self.model)
        trainable = bool(variable.trainable)
        if holder is not None and not held:
            # In Keras 2 a frozen layer does not tell its variables.
            trainable = any(library.storage(weight) is storage for weight in holder.layer.trainable_weights)
            holder = self._lost(holder)
        reader = look.reader(key, self.model)
        source = look.source(variable, storage)
        node = look.study.session.variables.get(key)
        gradient = look.gradient(key, self)
        forgotten = not used and held and self._is_forgotten(holder, reader)
        return VariableFact(
            model=self.place,
            variable=look.numbers.setdefault(key, len(look.numbers)),
            name=str(getattr(variable, "path", variable.name)).partition(":")[0],
            shape=Shape.of(*variable.shape),
            dtype=look.study.session.tensors.dtype(variable),
            span=source.span if source is not None else None,
            stack=source.stack if source is not None else (),
            node=node,
            layer=str(holder.layer.name) if holder is not None else None,
            owner=None if held else look.owner(key, holder),
            trainable=trainable,
            in_weights=held,
            in_trainable_weights=key in self.trainable,
            saved=None if self.saved is None or key in self.carried else key in self.saved,
            read=reader is not None,
            used=used,
            assigned=key in look.assigned,
            trained=key in look.asked,
            gradient=gradient,
            stopped_by=tuple(self._stops(key)) if gradient in ("none", "zero") and used else (),
            layer_span=look.made(holder.layer) if holder is not None else None,
            layer_own=holder is not None and look.is_own(holder.layer),
            in_lambda=holder is not None and any(library.is_lambda(each) for each in holder.around),
            reader=reader,
            forgotten=forgotten,
            set_first=self._is_set_first(key),
        )

    def _is_set_first(self, key: int) -> bool:
        found = self.look.handles.get(key)
        return found is not None and key in self.look.assigned and is_set_first(found[1], self.inputs)

    def _lost(self, holder: _Holder) -> _Holder:
        """The outermost of the layers around a layer, itself included, that the model does not hold."""
        chain = (*holder.around, holder.layer)
        for place, layer in enumerate(chain):
            if id(layer) not in self.layers:
                return _Holder(layer, holder.call, chain[:place])
        return holder

    def _is_forgotten(self, holder: _Holder | None, reader: str | None) -> bool:
        """Whether the user's own ``call`` holds a weight, or calls a layer, and nothing comes of it."""
        if holder is None or holder.call is None or holder.call not in self.model:
            return False
        if self.look.is_own(holder.layer):
            return True
        return reader is not None and bool(holder.around) and self.look.is_own(holder.around[-1])

    def _stops(self, key: int) -> Iterator[tuple[str, str]]:
        """The calls at which every way of a gradient to the variable ends."""
        found = self.look.flow.stops(self.look.handles[key][1], self.used)
        told: dict[str, str] = {}
        for operation, stop in found.items():
            call = self.look.calls.get(operation.name)
            if call is not None:
                told.setdefault(call, WHAT_STOPS[stop])
        yield from told.items()


@dataclass
class _Look:
    """What the views of all models share."""

    study: Study
    views: list[_View] = field(default_factory=list)
    outcomes: dict[int, str | None] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)

    @cached_property
    def flow(self) -> Flow:
        return Flow(self.study.runtime.tensorflow)

    @cached_property
    def tensors(self) -> Mapping[object, Live]:
        return tensors_of(self.study.session)

    @cached_property
    def handles(self) -> dict[int, tuple[Live, Live]]:
        """TensorFlow's variables that the graph reads, by id, each with the placeholder of its handle."""
        return {id(variable): (variable, handle) for variable, handle in handles(self.study.session.tensors.graph)}

    @cached_property
    def calls(self) -> dict[str, str]:
        """The call that each op of the graph belongs to, by the op's name."""
        recorder = self.study.session.recorder
        return {
            operation.identifier.removeprefix(f"{call}/"): call
            for call, operations in recorder.operations.items()
            for operation in operations
            if operation.parent is None
        }

    @cached_property
    def asked(self) -> set[int]:
        """The variables that the code trains."""
        compiled = (view.trainable for view in self.views if view.compiled)
        return self.study.runtime.watched.trained.union(*compiled)

    @cached_property
    def trained(self) -> set[int]:
        """The variables that a gradient gets to from what the models give in training."""
        modes = self.study.modes
        if modes is None:
            return set()
        tensors = tensors_of(modes.walk.session)
        ends = [end for index in modes.subjects for end in modes.walk.ends[index][1]]
        reached = self.flow.reached([tensors[end] for end in ends if end in tensors])
        graph = modes.walk.session.tensors.graph
        return {id(variable) for variable, handle in handles(graph) if id(handle) in reached}

    def holder(self, key: int, model: ModelGraph) -> _Holder | None:
        """The layer that has a variable, as it is called in the model where it is, and else wherever it is first."""
        found = self.holders.get(key, ())
        return next((each for each in found if each.call is not None and each.call in model), next(iter(found), None))

    @cached_property
    def holders(self) -> dict[int, list[_Holder]]:
        """The layer that has each variable, by the variable's id, with each of its calls; the first calls first."""
        found: dict[int, list[_Holder]] = {}
        for call, detail in self.study.session.details.items():
            if detail.layer is None:
                continue
            self._hold(found, _Holder(detail.layer, call, detail.layers))
            if not detail.container:
                # What goes on within it is no call of its own.
                around = (*detail.layers, detail.layer)
                for layer in self.study.session.library_of(detail.layer).inner_layers(detail.layer)[1:]:
                    self._hold(found, _Holder(layer, call, around))
        for view in self.views:
            for layer in view.subject.library.inner_layers(view.subject.layer):
                self._hold(found, _Holder(layer))
        return found

    def _hold(self, found: dict[int, list[_Holder]], holder: _Holder) -> None:
        library = self.study.session.library_of(holder.layer)
        for weight in library.own_weights(holder.layer):
            found.setdefault(id(library.storage(weight)), []).append(holder)

    @cached_property
    def assigned(self) -> set[int]:
        """The variables that the code writes, or a model in one of its modes."""
        found = set(self.study.runtime.watched.assigned)
        for graph in self._graphs():
            found |= written(graph, graph.variables)
        return found

    def _graphs(self) -> Iterator[Live]:
        yield self.study.session.tensors.graph
        if self.study.modes is not None:
            yield self.study.modes.walk.session.tensors.graph

    def reader(self, key: int, model: ModelGraph) -> str | None:
        """The first call of the model that reads a variable."""
        found = self.handles.get(key)
        if found is None:
            return None
        for operation in found[1].consumers():
            call = self.calls.get(operation.name)
            if call is not None and call in model:
                return call
        return None

    def source(self, variable: Live, storage: Live) -> Source | None:
        """Where a variable was made."""
        return self.study.runtime.watched.made_at(variable, storage)

    def made(self, layer: Live) -> Span | None:
        """Where a layer was made."""
        made = self.study.runtime.watched.constructions.get(id(layer))
        return made.source.span if made is not None and made.source is not None else None

    def is_own(self, layer: Live) -> bool:
        """Whether the ``call`` of a layer is the user's own code."""
        return self.study.runtime.user.code_of(type(layer).call) is not None

    def owner(self, key: int, holder: _Holder | None) -> str | None:
        """Who holds a variable, or the layer that has it, where the model does not."""
        session, runtime = self.study.session, self.study.runtime
        if holder is not None:
            return owner_of(holder.layer, holder.around, runtime.tensorflow, runtime.is_layer)
        node = session.variables.get(key)
        return session.recorder.nodes[node].owner if node is not None else None

    def gradient(self, key: int, view: _View) -> str | None:
        """What a variable gets in training: ``flows`` where that is proved of one model's outputs."""
        if key not in view.trainable and key in view.weights:
            return None
        if key not in self.outcomes:
            self.outcomes[key] = self._gradient(key)
        outcome = self.outcomes[key]
        return outcome if outcome == "flows" or key in view.trainable else None

    def _gradient(self, key: int) -> str | None:
        found = self.handles.get(key)
        if found is not None and any(id(found[1]) in view.reached for view in self.views):
            return "flows"
        if key in self.trained:
            return "flows"
        received = self.study.runtime.watched.received.get(key)
        if received == "flows" or key in self.assigned:
            return received
        seen = [received] if received is not None else []
        for view in self.views:
            if view.compiled and key in view.trainable:
                if view.step is None or key not in view.step:
                    return None
                seen.append(view.step[key])
        return max(seen, key=("none", "zero", "flows").index, default=None)
