"""Arrays that layers are given for their weights and do not take."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from kerascheck.program import WeightsGiven
from kerascheck.shapes import Shape
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, patch


@dataclass(frozen=True, slots=True)
class GivenWeights:
    """Sees what ``set_weights`` refuses."""

    runtime: Runtime

    def watch(self, library: Library, owner: Any) -> None:
        """See the weights that layers of class ``owner`` are given."""

        def make(original: Any) -> Any:
            def set_weights(layer: Any, weights: Any, *args: Any, **kwargs: Any) -> Any:
                try:
                    return original(layer, weights, *args, **kwargs)
                except ValueError as error:
                    own = self.runtime.user.owns(sys._getframe(1).f_code.co_filename)
                    self.runtime.observe(self._note, library, layer, weights, error, own=own)
                    raise

            return set_weights

        patch(owner, "set_weights", make)

    def _note(self, library: Library, layer: Live, weights: Any, error: BaseException, *, own: bool) -> None:
        made = self.runtime.watched.constructions.get(id(layer))
        where = made.source if made is not None else None
        source = self.runtime.user.here() if own else where
        given = _shapes(weights)
        if source is None or given is None:
            return
        expected = tuple(library.describe(weight).shape for weight in library.weights(layer))
        # `weights=` of the constructor is set once the layer is built: that is told where it was made.
        argument = "set_weights" if own else "weights"
        span = where.span if where is not None else None
        fact = WeightsGiven(
            str(layer.name), library.generation, argument, given, expected, source.span, source.stack, span
        )
        self.runtime.notes.expect(error, fact)


def _shapes(weights: Any) -> tuple[Shape, ...] | None:
    """The shapes of a list of arrays; None where they are no arrays."""
    try:
        return tuple(Shape.of(*(int(size) for size in each.shape)) for each in weights)
    except (AttributeError, TypeError, ValueError):
        return None
