"""Hand-written training loops: which tapes record, which models are called meanwhile, which gradients are applied."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from types import FrameType
from typing import Any

from kerascheck.program import ModelCall
from kerascheck.tracer.binding import bind, leaves
from kerascheck.tracer.flags import is_on_by_default
from kerascheck.tracer.library import Library, Live, LiveCall, StepCall, Tape, Watched
from kerascheck.tracer.runtime import Runtime, patch

JIT_GUARD = "jit"
"""The guard of what runs inside a function compiled by XLA."""

MAXIMUM_STEPS = 20
"""No more hand-written train steps than this are kept."""

SETTING_UP = frozenset({"__init__", "build"})
MAXIMUM_FRAMES = 40
"""No more frames than this are looked at for a constructor."""


def watch_tapes(runtime: Runtime) -> None:
    """See every GradientTape from now on."""
    tape_class = runtime.tensorflow.GradientTape
    watched = runtime.watched

    def watch_enter(original: Any) -> Any:
        def enter(tape: Any) -> Any:
            known = watched.entered.get(tape)
            if known is None:
                known = Tape()
                watched.entered.put(tape, known)
            watched.tapes.append(known)
            return original(tape)

        return enter

    def watch_exit(original: Any) -> Any:
        def leave(tape: Any, *args: Any) -> Any:
            known = watched.entered.get(tape)
            watched.tapes = [found for found in watched.tapes if found is not known]
            return original(tape, *args)

        return leave

    def watch_gradient(original: Any) -> Any:
        def gradient(tape: Any, *args: Any, **kwargs: Any) -> Any:
            watched.applied = watched.entered.get(tape)
            arguments = {name: value for name, value in bind(original, (tape, *args), kwargs).items() if name != "self"}
            variables = [id(runtime.storage(leaf)) for leaf in leaves(arguments.get("sources"))]
            if watched.applied is not None:
                watched.applied.sources.update(variables)
            if watched.step is not None:
                return watched.step.gradient(original, tape, arguments)
            watched.gradients += 1
            watched.trained |= set(variables)
            given = original(tape, *args, **kwargs)
            if runtime.tensorflow.executing_eagerly():
                _note_gradients(runtime, variables, given)
            return given

        return gradient

    patch(tape_class, "__enter__", watch_enter)
    patch(tape_class, "__exit__", watch_exit)
    patch(tape_class, "gradient", watch_gradient)


def _note_gradients(runtime: Runtime, variables: list[int], given: Any) -> None:
    """Keep what the code got for each variable, the best of all times."""
    found = runtime.watched.received
    results = list(given) if isinstance(given, (list, tuple)) else list(leaves(given))
    if len(results) != len(variables):
        results = list(leaves(given))
    for variable, result in zip(variables, results, strict=False):
        if found.get(variable) == "flows":
            continue
        if result is None:
            found.setdefault(variable, "none")
        else:
            plain = isinstance(result, runtime.tensorflow.Tensor)
            zero = plain and not bool(runtime.tensorflow.reduce_any(result != 0))
            found[variable] = "zero" if zero else "flows"


def watch_assignments(runtime: Runtime) -> None:
    """See which variables the code writes, optimizers aside, from now on."""
    from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable, ResourceVariable

    watched = runtime.watched

    def watch(original: Any) -> Any:
        def assign(variable: Any, *args: Any, **kwargs: Any) -> Any:
            outside = not watched.stepping and watched.step is None and runtime.session is None
            if outside and not _is_setting_up(runtime):
                watched.assigned.add(id(variable))
            return original(variable, *args, **kwargs)

        return assign

    for owner in (BaseResourceVariable, ResourceVariable):
        for name in ("assign", "assign_add", "assign_sub"):
            if name in vars(owner):
                patch(owner, name, watch)


def _is_setting_up(runtime: Runtime) -> bool:
    """Whether a constructor or ``build`` of the user's runs, which writes the same again in a model that is loaded."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(MAXIMUM_FRAMES):
        if frame is None:
            return False
        if frame.f_code.co_name in SETTING_UP and runtime.user.owns(frame.f_code.co_filename):
            return True
        frame = frame.f_back
    return False


def watch_functions(runtime: Runtime) -> None:
    """See every function that XLA compiles from now on."""
    from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function

    def watch_call(original: Any) -> Any:
        def call(function: Any, *args: Any, **kwargs: Any) -> Any:
            runtime.watched.functions = True
            if not function._jit_compile:
                return _call_step(runtime, function, args, kwargs, original)
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


def _call_step(runtime: Runtime, function: Any, args: Any, kwargs: Any, original: Any) -> Any:
    """Call a tf.function, and remember it if it takes gradients: a train step, which a TPU is to run as a whole."""
    watched = runtime.watched
    begin = watched.gradients
    try:
        return original(function, *args, **kwargs)
    finally:
        outside = runtime.session is None and not watched.depth
        if outside and watched.gradients > begin and len(watched.steps) < MAXIMUM_STEPS:
            watched.steps.setdefault(id(function), StepCall(function, args, kwargs, runtime.user.here()))


def model_calls(
    watched: Watched, calls: Iterable[LiveCall], acting: Collection[int], *, in_own_step: bool = False
) -> Iterator[ModelCall]:
    """The models that were called on data, each place once with each flag.

    ``acting`` are the layers that were seen to do other work in training, by their ids; ``in_own_step`` says that the
    calls are what ``fit`` of the model does.
    """
    seen = set()
    for call in calls:
        key = (call.source.span, id(call.model), call.training)
        if key not in seen:
            seen.add(key)
            yield _model_call(watched, call, acting, in_own_step)


def _model_call(watched: Watched, call: LiveCall, acting: Collection[int], in_own_step: bool) -> ModelCall:
    layers = []
    for layer in call.library.inner_layers(call.model):
        made = watched.constructions.get(id(layer))
        unaware = call.training is None and is_on_by_default(layer)
        if id(layer) in acting and made is not None and made.source is not None and not unaware:
            layers.append((nearest_class(call.library, layer), made.source.span))
    return ModelCall(
        model=str(call.model.name),
        layers=tuple(layers),
        training=call.training,
        in_tape=bool(call.tapes),
        trained=any(tape.applied for tape in call.tapes),
        span=call.source.span,
        generation=call.library.generation,
        stack=call.source.stack,
        fitted=id(call.model) in watched.fitted and not in_own_step,
    )


def nearest_class(library: Library, layer: Live) -> str:
    """The public name of the layer's class, or of the class of Keras that the user's own is one of."""
    names = (library.canonical(cls) for cls in type(layer).__mro__)
    return next((name for name in names if name is not None), type(layer).__name__)
