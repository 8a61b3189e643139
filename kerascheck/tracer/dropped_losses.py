"""The losses that layers add, and whether hand-written training steps take them in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.program import DroppedLosses, Program
from kerascheck.tracer.library import Library, Live, LiveCall
from kerascheck.tracer.runtime import Runtime, patch, replace_attribute
from kerascheck.tracer.session import Session
from kerascheck.tracer.user_methods import attributes_read, own_codes

COMPUTING = "compute_loss"
"""Keras's own method of a model, which takes them in."""


@dataclass(slots=True)
class LossReads:
    """What was seen.

    Attributes:
        read: the layers whose losses the user's code read.
        added: where a layer calls ``add_loss``, by the layer's id.
    """

    runtime: Runtime
    read: list[Live] = field(default_factory=list)
    added: dict[int, tuple[Live, Source]] = field(default_factory=dict)

    def watch(self, owner: Any) -> None:
        """See what is done with the losses of the layers of class ``owner``."""
        known = vars(owner)["losses"]

        def losses(layer: Any) -> Any:
            code = sys._getframe(1).f_code
            if self.runtime.user.owns(code.co_filename) or code.co_name == COMPUTING:
                self._note(layer)
            return known.fget(layer)

        def watch_add(original: Any) -> Any:
            def add_loss(layer: Any, *args: Any, **kwargs: Any) -> Any:
                source = self.runtime.user.here()
                if source is not None and self.runtime.user.owns(sys._getframe(1).f_code.co_filename):
                    self.added.setdefault(id(layer), (layer, source))
                return original(layer, *args, **kwargs)

            return add_loss

        replace_attribute(owner, "losses", property(losses, known.fset, known.fdel, known.__doc__))
        patch(owner, "add_loss", watch_add)

    def _note(self, layer: Live) -> None:
        if not any(each is layer for each in self.read):
            self.read.append(layer)

    def finish(self, program: Program, _session: Session | None) -> None:
        """Tell of every model that is trained by hand without the losses of its layers."""
        told: set[int] = set()
        watched = self.runtime.watched
        applied = [call for call in watched.calls if any(tape.applied for tape in call.tapes)]
        stepped = [call for call in watched.stepped if call.tapes]
        for call in (*applied, *stepped):
            if id(call.model) in told or not self._is_trained(call):
                continue
            layers = tuple(dict.fromkeys(self._adding(call.library, call.model)))
            if layers and not self._takes_in(call.library, call.model):
                told.add(id(call.model))
                name, generation = str(call.model.name), call.library.generation
                source = call.source
                program.dropped_losses.append(DroppedLosses(name, generation, layers, source.span, source.stack))

    def _is_trained(self, call: LiveCall) -> bool:
        """Whether the tapes that were recording gave gradients for the model's weights."""
        weights = {id(call.library.storage(weight)) for weight in call.library.weights(call.model)}
        return any(weights & tape.sources for tape in call.tapes)

    def _takes_in(self, library: Library, model: Live) -> bool:
        """Whether the losses of the model, of a part of it or of what holds it were read anywhere."""
        codes = own_codes(self.runtime.user, model)
        if any(COMPUTING in attributes_read(code) for code in codes):
            return True
        within = {id(each) for each in library.inner_layers(model)}
        return any(
            id(each) in within or any(inner is model for inner in library.inner_layers(each))
            for each in self.read
            if library.is_layer(each)
        )

    def _adding(self, library: Library, model: Live) -> Iterator[tuple[str, Span]]:
        """The layers within a model that certainly add a loss."""
        for layer in library.inner_layers(model):
            made = self.runtime.watched.constructions.get(id(layer))
            if made is None or made.source is None or not layer.trainable:
                continue
            if id(layer) in self.added:
                yield "add_loss", self.added[id(layer)][1].span
            if library.canonical(type(layer)) is not None:
                for name, value in vars(layer).items():
                    if name.endswith("_regularizer") and _regularizes(library, value):
                        yield name, made.source.span


def _regularizes(library: Library, value: Any) -> bool:
    """Whether a regularizer of Keras's own certainly adds something: a factor of zero adds none."""
    if value is None or not (library.canonical(type(value)) or "").startswith("keras.regularizers."):
        return False
    factors = [float(each) for each in vars(value).values() if _is_number(each)]
    return any(factor > 0 for factor in factors)


def _is_number(value: Any) -> bool:
    """Whether a factor is a number, of Python's, NumPy's or TensorFlow's."""
    if isinstance(value, (int, float)):
        return not isinstance(value, bool)
    is_scalar = type(value).__module__ == "numpy" or type(value).__name__ == "EagerTensor"
    return is_scalar and not tuple(value.shape)
