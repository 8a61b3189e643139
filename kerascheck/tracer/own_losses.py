"""Losses of the user's own, run once in a scratch graph: what they give, and which losses of Keras's they call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kerascheck.shapes import Shape, as_int
from kerascheck.tracer.library import Live
from kerascheck.tracer.objective_log import LossUse
from kerascheck.tracer.records import Position
from kerascheck.tracer.session import Session
from kerascheck.tracer.study import Study
from kerascheck.tracer.tensors import Tensors
from kerascheck.tracer.walk import recording


@dataclass(frozen=True, slots=True)
class LossRun:
    """Whether a loss gives one number for a whole batch, and the losses that it gives its prediction as it is."""

    scalar: bool = False
    calls: tuple[LossUse, ...] = ()


@dataclass(slots=True)
class _LossSession(Session):
    """Records no nodes: the losses of Keras's that are called are noted where they are."""

    def call_layer(self, layer: Live, call: Callable[[], Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Call a layer."""
        with self.opaque():
            return call()

    def call_function(
        self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        """Call a function."""
        self.watched.objectives.met_by_function(name, function, args, kwargs, self.user)
        return function(*args, **kwargs)

    def call_operator(self, name: str, arguments: Mapping[str, Any], call: Callable[[], Any]) -> Any:
        """Apply an operator."""
        return call()

    def call_operation(self, operation: Live, call: Callable[[], Any], args: tuple[Any, ...], kwargs: Any) -> Any:
        """Call an op of a functional model."""
        return call()


def run_loss(study: Study, loss: Live, shape: Shape, model: Live, output: int) -> LossRun:
    """Run a loss on a prediction of this shape, which is that output of the model."""
    if shape.dims is None:
        return LossRun()
    runtime, log = study.runtime, study.runtime.watched.objectives
    session = _LossSession(tuple(runtime.libraries), Tensors.scratch(runtime.tensorflow), runtime.user, runtime.watched)
    session.training = None
    session.position = Position(boundary=sys._getframe())
    sizes = [as_int(dim) for dim in shape.dims[1:]]
    placeholder, before = runtime.tensorflow.compat.v1.placeholder, list(log.calls)
    # A class of losses keeps what it computes for each sample apart from how that is reduced.
    function = loss.call if any(map(_is_keras_loss, type(loss).__mro__)) else loss
    try:
        with recording(runtime, session):
            true = placeholder("float32", (None, *(None for _ in sizes)))
            predicted = placeholder("float32", (None, *sizes))
            log.predicted(model, [None] * output + [predicted])
            result = function(true, predicted)
    except Exception:
        # The user's own code runs here, and may raise anything.
        return LossRun()
    finally:
        noted = tuple(log.calls[len(before) :])
        log.calls[:] = before
    return LossRun(session.tensors.is_tensor(result) and result.shape.rank == 0, noted)


def _is_keras_loss(cls: type) -> bool:
    return cls.__name__ == "Loss" and cls.__module__.startswith(("keras.", "tf_keras."))
