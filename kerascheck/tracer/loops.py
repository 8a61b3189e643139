"""Hand-written training loops: which tapes record, which models are called meanwhile, which gradients are applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascheck.program import ModelCall
from kerascheck.tracer.binding import bind, leaves
from kerascheck.tracer.library import LiveCall, Tape, Watched
from kerascheck.tracer.runtime import Runtime, patch

JIT_GUARD = "jit"
"""The guard of what runs inside a function compiled by XLA."""

MODE_LAYERS = ("BatchNormalization", "Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout")
"""How the names of layers that behave otherwise in training begin or end."""


def watch_tapes(runtime: Runtime) -> None:
    """See every GradientTape from now on."""
    tape_class = runtime.tensorflow.GradientTape
    watched = runtime.watched

    def watch_enter(original: Any) -> Any:
        def enter(tape: Any) -> Any:
            watched.tapes.append(Tape(tape))
            return original(tape)

        return enter

    def watch_exit(original: Any) -> Any:
        def leave(tape: Any, *args: Any) -> Any:
            watched.tapes = [found for found in watched.tapes if found.tape is not tape]
            return original(tape, *args)

        return leave

    def watch_gradient(original: Any) -> Any:
        def gradient(tape: Any, *args: Any, **kwargs: Any) -> Any:
            made = (found for call in watched.calls for found in call.tapes if found.tape is tape)
            watched.applied = next(made, None)
            sources = bind(original, (tape, *args), kwargs).get("sources")
            watched.trained |= {id(runtime.storage(leaf)) for leaf in leaves(sources)}
            return original(tape, *args, **kwargs)

        return gradient

    patch(tape_class, "__enter__", watch_enter)
    patch(tape_class, "__exit__", watch_exit)
    patch(tape_class, "gradient", watch_gradient)


def watch_functions(runtime: Runtime) -> None:
    """See every function that XLA compiles from now on."""
    from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function

    def watch_call(original: Any) -> Any:
        def call(function: Any, *args: Any, **kwargs: Any) -> Any:
            if not function._jit_compile:
                return original(function, *args, **kwargs)
            session = runtime.session
            if session is not None:
                with session.guarded(JIT_GUARD):
                    return original(function, *args, **kwargs)
            if not runtime.watched.depth and id(function) not in runtime.watched.called:
                runtime.watched.called.add(id(function))
                runtime.root(function, None, args, kwargs, compiled=True)
            return original(function, *args, **kwargs)

        return call

    patch(Function, "__call__", watch_call)


def model_calls(watched: Watched) -> Iterator[ModelCall]:
    """The models that were called on data, each place once."""
    seen = set()
    for call in watched.calls:
        if call.source.span not in seen:
            seen.add(call.source.span)
            yield _model_call(watched, call)


def _model_call(watched: Watched, call: LiveCall) -> ModelCall:
    layers = []
    for layer in call.library.inner_layers(call.model):
        name = call.library.canonical(type(layer)) or type(layer).__name__
        made = watched.constructions.get(id(layer))
        if made is not None and made.source is not None and layer.trainable and _has_mode(name):
            layers.append((name, made.source.span))
    return ModelCall(
        model=str(call.model.name),
        layers=tuple(layers),
        training=call.training,
        in_tape=bool(call.tapes),
        trained=any(tape.applied for tape in call.tapes),
        span=call.source.span,
        generation=call.library.generation,
        stack=call.source.stack,
        fitted=id(call.model) in watched.fitted,
    )


def _has_mode(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith(MODE_LAYERS) or last.startswith("Random") or last == "SyncBatchNormalization"
