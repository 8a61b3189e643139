"""Watches which losses and metrics models are compiled with, what data they are given, and which losses code calls."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from types import FunctionType, ModuleType
from typing import Any

from kerascheck.semantics.losses import LOSS_CALLS
from kerascheck.tracer.binding import bind, leaves, parameters_by_position
from kerascheck.tracer.functions import asked_by_library
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.objective_log import MOST_CALLS, CompileCall, DataUse, TargetSeen
from kerascheck.tracer.runtime import Runtime, patch, replace_everywhere
from kerascheck.tracer.written import Written

FUNCTION_MODULES = re.compile(r"(tf_)?keras(\._tf_keras\.keras|\.api\._v\d(\.keras)?)?\.(losses|metrics)")
"""The modules in which users find the functions that are losses."""

METRICS = ("metrics", "weighted_metrics")
FITTING = ("fit", "fit_generator", "train_on_batch")

MAXIMUM_BYTES = 1 << 26
"""Of larger arrays it is not looked at which numbers they hold."""


def watch_compiles(runtime: Runtime, owner: Any) -> None:
    """Remember what models of a class are compiled with."""

    def make(original: Any) -> Any:
        parameters = tuple(parameters_by_position(original)[1:])

        def compile(model: Any, *args: Any, **kwargs: Any) -> Any:
            if not asked_by_library():
                runtime.observe(_note_compile, runtime, model, bind(original, (model, *args), kwargs), parameters)
            return original(model, *args, **kwargs)

        return compile

    if "compile" in vars(owner):
        patch(owner, "compile", make)


def _note_compile(runtime: Runtime, model: Live, given: Mapping[str, Any], parameters: tuple[str, ...]) -> None:
    source, log = runtime.user.here(), runtime.watched.objectives
    if source is not None and len(log.compiled) < MOST_CALLS:
        metrics = {name: given.get(name) for name in METRICS}
        found = CompileCall(model, given.get("loss"), metrics, Written.of(source, parameters))
        log.compiled.append(found)
        log.last[id(model)] = found


def watch_data(runtime: Runtime, owner: Any, names: Iterable[str]) -> None:
    """Remember what models of a class are given by their methods of these names."""

    def make(original: Any) -> Any:
        parameters, name = tuple(parameters_by_position(original)[1:]), original.__name__

        def method(model: Any, *args: Any, **kwargs: Any) -> Any:
            if not asked_by_library():
                given = bind(original, (model, *args), kwargs)
                runtime.observe(_note_use, runtime, model, name, given, parameters)
            return original(model, *args, **kwargs)

        return method

    for name in names:
        if name in vars(owner):
            patch(owner, name, make)


def _note_use(
    runtime: Runtime, model: Live, method: str, given: Mapping[str, Any], parameters: tuple[str, ...]
) -> None:
    source, log = runtime.user.here(), runtime.watched.objectives
    if len(log.uses) >= MOST_CALLS:
        return
    x, weights = given.get("x", given.get("generator")), given.get("sample_weight")
    element = x.element_spec if isinstance(x, runtime.tensorflow.data.Dataset) else None
    thirds = isinstance(element, tuple) and len(element) == 3
    targets: dict[str, Any] = {"y": given.get("y")}
    if isinstance(element, tuple) and len(element) > 1:
        targets = {"x": element[1]}
    match given.get("validation_data"):
        case (_, held_out, *_):
            targets["validation_data"] = held_out
    seen = {name: found for name, value in targets.items() if (found := _targets(runtime, value)) is not None}
    weighted = weights is not None or isinstance(given.get("class_weight"), dict) or thirds
    written = None if source is None else Written.of(source, parameters)
    log.uses.append(DataUse(model, method, written, log.last.get(id(model)), seen, weighted))


def _targets(runtime: Runtime, value: Any) -> tuple[TargetSeen, ...] | None:
    """The arrays of targets; None where there are none, or something else, or where they are named."""
    found = list(leaves(value))
    if isinstance(value, dict) or not found:
        return None
    if all(_is_array(each) for each in found):
        return tuple(_target(each) for each in found)
    batches = all(isinstance(each, runtime.tensorflow.TensorSpec) and _is_batch(each.shape) for each in found)
    return tuple(TargetSeen(tuple(each.shape)) for each in found) if batches else None


def _is_batch(shape: Any) -> bool:
    """Whether it is that of batches: elements that nobody batched have a first axis of their own, of some size."""
    return bool(shape.rank) and shape[0] is None


def _is_array(value: Any) -> bool:
    return type(value).__module__ == "numpy" and type(value).__name__ == "ndarray" and value.dtype.kind in "biuf"


def _target(array: Any) -> TargetSeen:
    shape = tuple(int(size) for size in array.shape)
    if not array.size or array.nbytes > MAXIMUM_BYTES:
        return TargetSeen(shape)
    lowest, highest = float(array.min()), float(array.max())
    whole = array.dtype.kind in "biu" or (lowest.is_integer() and highest.is_integer())
    return TargetSeen(shape, int(lowest), int(highest)) if whole else TargetSeen(shape)


def watch_made(runtime: Runtime, *owners: Any) -> None:
    """Remember where losses and metrics of these classes are made."""

    def make(original: Any) -> Any:
        def init(made: Any, *args: Any, **kwargs: Any) -> None:
            log = runtime.watched.objectives.made
            if made not in log:
                log.put(made, runtime.user.here())
            original(made, *args, **kwargs)

        return init

    for owner in owners:
        patch(owner, "__init__", make)


def _note_met(runtime: Runtime, objective: Live, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
    prediction = args[1] if len(args) > 1 else keywords.get("y_pred")
    if prediction in runtime.watched.objectives.predictions:
        runtime.watched.objectives.met(objective, {}, prediction, runtime.user.here())


def watch_losses_called(runtime: Runtime, loss: Any, metrics: Iterable[Any]) -> None:
    """See what the user's code gives to losses of the class ``loss``, and to metrics of these classes."""

    def make(original: Any) -> Any:
        def call(objective: Any, *args: Any, **kwargs: Any) -> Any:
            if not asked_by_library():
                runtime.observe(_note_met, runtime, objective, args, kwargs)
            return original(objective, *args, **kwargs)

        return call

    patch(loss, "__call__", make)
    for metric in metrics:
        for name in ("__call__", "update_state"):
            if name in vars(metric):
                patch(metric, name, make)


def watch_updates(runtime: Runtime, module: ModuleType) -> None:
    """See what metrics of tf_keras are given, each of which has a method of its own made by ``module``."""

    def make(original: Any) -> Any:
        def wrapper(update: Any) -> Any:
            made = original(update)

            @functools.wraps(made)
            def update_state(metric: Any, *args: Any, **kwargs: Any) -> Any:
                if not asked_by_library():
                    runtime.observe(_note_met, runtime, metric, args, kwargs)
                return made(metric, *args, **kwargs)

            return update_state

        return wrapper

    patch(module, "update_state_wrapper", make)


def watch_loss_functions(runtime: Runtime, library: Library, modules: Iterable[ModuleType]) -> None:
    """See what the user's code gives to the functions in ``modules`` that are losses."""
    found: dict[int, tuple[Any, Any]] = {}
    for module in modules:
        for value in list(vars(module).values()):
            name = library.canonical(value) if isinstance(value, FunctionType) else None
            if name in LOSS_CALLS:
                found.setdefault(id(value), (value, _watched(runtime, name, value)))
    replace_everywhere(FUNCTION_MODULES, list(found.values()))


def _watched(runtime: Runtime, name: str, function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not asked_by_library():
            log = runtime.watched.objectives
            runtime.observe(log.met_by_function, name, function, args, kwargs, runtime.user)
        return function(*args, **kwargs)

    return call
