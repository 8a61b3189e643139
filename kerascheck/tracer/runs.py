"""What the code had its models do: the calls of ``fit`` and ``predict`` in order, and when states were reset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from kerascheck.tracer.binding import leaves
from kerascheck.tracer.library import Live, ModelRun
from kerascheck.tracer.runtime import MAXIMUM_ROOTS, Runtime, patch

FITTING = ("fit", "fit_generator", "train_on_batch")
RUNNING = (*FITTING, "predict", "predict_on_batch")

MAXIMUM_BYTES = 1 << 26
"""Of larger arrays it is not looked at whether they have changed."""


def note_run(runtime: Runtime, model: Live, method: str, arguments: Mapping[str, Any]) -> None:
    """Remember that a model was to be trained or run on data."""
    watched = runtime.watched
    if method not in RUNNING or len(watched.runs) >= MAXIMUM_ROOTS:
        return
    library = next((each for each in runtime.libraries if each.is_model(model)), None)
    if library is None:
        return
    data = arguments.get("x", arguments.get("generator"))
    epochs, started = arguments.get("epochs", 1), arguments.get("initial_epoch", 0)
    counted = isinstance(epochs, int) and isinstance(started, int)
    callbacks = [each for each in leaves(arguments.get("callbacks")) if each is not None]
    watched.runs.append(
        ModelRun(
            model,
            method,
            runtime.user.here(),
            epochs - started if counted else None,
            again=_is_again(runtime, model, method in FITTING, data),
            trainable=frozenset(id(layer) for layer in library.inner_layers(model) if layer.trainable),
            own_code=any(not library.is_plain_callback(each) for each in callbacks),
            resets=watched.resets,
        )
    )


def _is_again(runtime: Runtime, model: Live, trains: bool, data: Live) -> bool:
    """Whether the model was last trained, or last run, on the very same data with the same values in them.

    A line that runs a model again and again on one array may be writing a text with it, word by word.
    """
    source, values = runtime.user.here(), _checksum(data)
    key = (id(model), trains)
    before = runtime.watched.data.get(key)
    runtime.watched.data[key] = (data, values, source)
    if data is None or before is None or before[0] is not data or before[1] != values:
        return False
    return trains or source is None or before[2] is None or before[2].span != source.span


def _checksum(data: Live) -> int | None:
    """A checksum of the values of an array; None of anything else, or of much."""
    if type(data).__module__ != "numpy" or type(data).__name__ != "ndarray" or data.nbytes > MAXIMUM_BYTES:
        return None
    return crc32(data.tobytes()) if data.dtype.kind in "biufc" else None


def watch_compiled(runtime: Runtime, model: Live) -> None:
    """Remember where a model was compiled."""
    runtime.watched.compiled[id(model)] = runtime.user.here()


def watch_resets(runtime: Runtime, owner: Any, name: str) -> None:
    """Count the calls of a method that resets the states of recurrent layers."""

    def make(original: Any) -> Any:
        def reset(*args: Any, **kwargs: Any) -> Any:
            runtime.watched.resets += 1
            return original(*args, **kwargs)

        return reset

    if name in vars(owner):
        patch(owner, name, make)
