"""Watches when layers are frozen and thawed, and which of it their training takes no notice of.

Keras 2 trains what was trainable when the model was compiled; Keras 3 what was trainable when the training step was
traced: at the first training after ``compile``, and again for data of another form.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kerascheck.program import TrainableChange
from kerascheck.tracer.binding import leaves
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, patch, replace_attribute

TRAINING = ("fit", "train_on_batch", "fit_generator")

MAXIMUM_SETS = 2000
"""No more settings of ``trainable`` are kept; a loop that trains two models in turn sets it at each step."""

MAXIMUM_LOOKS = 50
"""No more trainings of one model are looked at; a loop trains it again and again."""


@dataclass(frozen=True, slots=True)
class _Set:
    """``trainable`` was set."""

    layer: Live
    value: bool
    source: Any


@dataclass(slots=True)
class _Compiled:
    """A model as it was compiled last.

    Attributes:
        source: where.
        begin: how many times ``trainable`` had been set before what its training goes by was read.
        eagerly: whether its steps run as Python, and so read ``trainable`` each time.
        trainable: whether it was trainable.
        states: which layers were trainable when the step was made, by the form of its data; for Keras 2 there is one.
    """

    model: Live
    source: Any
    begin: int
    eagerly: bool
    trainable: bool
    states: dict[Hashable, tuple[int, dict[int, bool]]] = field(default_factory=dict)
    looks: int = 0


@dataclass(slots=True)
class Freezing:
    """What was set, compiled and trained, in order."""

    runtime: Runtime
    sets: list[_Set] = field(default_factory=list)
    setting: int = 0
    compiled: dict[int, _Compiled] = field(default_factory=dict)
    found: list[tuple[_Compiled, _Set, Any, Library]] = field(default_factory=list)
    idle: list[tuple[_Compiled, _Set, Any, Library]] = field(default_factory=list)

    def watch_setter(self, owner: Any) -> None:
        """See where ``trainable`` of the layers of class ``owner`` is set."""
        known = vars(owner)["trainable"]

        def setter(layer: Any, value: Any) -> None:
            if not self.setting and self.runtime.session is None:
                self.runtime.observe(self._note_set, layer, value)
            self.setting += 1
            try:
                known.fset(layer, value)
            finally:
                self.setting -= 1

        replace_attribute(owner, "trainable", property(known.fget, setter, known.fdel, known.__doc__))

    def _note_set(self, layer: Live, value: Any) -> None:
        source = self.runtime.user.here()
        if source is not None and len(self.sets) < MAXIMUM_SETS:
            self.sets.append(_Set(layer, bool(value), source))

    def watch_compile(self, owner: Any) -> None:
        """See where the models of class ``owner`` are compiled."""

        def make(original: Any) -> Any:
            def method(model: Any, *args: Any, **kwargs: Any) -> Any:
                result = original(model, *args, **kwargs)
                self.runtime.observe(self._note_compiled, model, eagerly=bool(kwargs.get("run_eagerly")))
                return result

            return method

        patch(owner, "compile", make)

    def _note_compiled(self, model: Live, *, eagerly: bool) -> None:
        library = self._library(model)
        if library is not None:
            source, begin = self.runtime.user.here(), len(self.sets)
            made = _Compiled(model, source, begin, eagerly and library.generation == 3, bool(model.trainable))
            if library.generation == 2:
                made.states[None] = (begin, _states(library, model))
            self.compiled[id(model)] = made

    def trains(self, model: Live, method: str, arguments: Mapping[str, Any]) -> None:
        """A model is trained."""
        made, library = self.compiled.get(id(model)), self._library(model)
        if made is None or library is None or method not in TRAINING or made.eagerly or made.looks >= MAXIMUM_LOOKS:
            return
        made.looks += 1
        if library.generation == 3 and not made.states:
            self._trains_first(made, library)
        form = None if library.generation == 2 else self._form(method, arguments)
        now = _states(library, model)
        begin, then = made.states.setdefault(form, (len(self.sets), now))
        changed = {key for key, value in now.items() if then.get(key, value) != value}
        for each in self.sets[begin:] if changed else ():
            held = {id(layer) for layer in library.inner_layers(each.layer) if library.own_weights(layer)}
            if held & changed and all(now[key] == each.value for key in held & changed):
                self.found.append((made, each, self.runtime.user.here(), library))

    def _trains_first(self, made: _Compiled, library: Library) -> None:
        """A model is trained for the first time since it was compiled: was it frozen in between?"""
        model = made.model
        if not made.trainable or model.trainable or not any(map(library.own_weights, library.inner_layers(model))):
            return
        since = reversed(self.sets[made.begin :])
        setting = next((each for each in since if _holds(library, each.layer, model)), None)
        if setting is not None and not setting.value:
            self.idle.append((made, setting, self.runtime.user.here(), library))

    def _library(self, model: Live) -> Library | None:
        return next((library for library in self.runtime.libraries if library.is_model(model)), None)

    def _form(self, method: str, arguments: Mapping[str, Any]) -> Hashable:
        """What tells two trainings apart for which a step is traced anew."""
        tensorflow = self.runtime.tensorflow
        parts: list[Hashable] = [method, repr(arguments.get("batch_size")), repr(arguments.get("steps_per_epoch"))]
        for leaf in leaves([arguments.get(name) for name in ("x", "y", "sample_weight", "generator")]):
            if isinstance(leaf, tensorflow.data.Dataset):
                parts.append(repr(leaf.element_spec))
            elif isinstance(leaf, tensorflow.Tensor) or type(leaf).__module__ == "numpy":
                parts.append((str(leaf.shape), str(leaf.dtype)))
            else:
                parts.append(id(leaf))
        return tuple(parts)


def _holds(library: Library, layer: Live, model: Live) -> bool:
    return any(each is model for each in library.inner_layers(layer))


def _states(library: Library, model: Live) -> dict[int, bool]:
    """Which of a model's layers are trainable, by their ids."""
    return {id(layer): bool(layer.trainable) for layer in library.inner_layers(model)}


def trainable_changes(freezing: Freezing) -> Iterator[TrainableChange]:
    """The changes that a training took no notice of, each once.

    A layer that is part of another compiled model, too, was set for the training of that one: so a GAN is trained.
    """
    told = set()
    for made, each, trained, library in freezing.found:
        held = {id(layer) for layer in library.inner_layers(each.layer)}
        shared = any(
            other.model is not made.model and held & {id(layer) for layer in library.inner_layers(other.model)}
            for other in freezing.compiled.values()
            if library.is_model(other.model)
        )
        if shared or trained is None or each.source.span in told:
            continue
        told.add(each.source.span)
        yield _change(made, each, trained, library)
    yield from (replace(_change(*each), idle=True) for each in freezing.idle if each[2] is not None)


def _change(made: _Compiled, setting: _Set, trained: Any, library: Library) -> TrainableChange:
    return TrainableChange(
        model=str(made.model.name),
        layer=str(setting.layer.name),
        value=setting.value,
        generation=library.generation,
        span=setting.source.span,
        stack=setting.source.stack,
        text=setting.source.text,
        compiled=made.source.span if made.source is not None else None,
        trained=trained.span,
    )
