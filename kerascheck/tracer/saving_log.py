"""Watches what is saved and loaded, before what would write or read files is left out."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from kerascheck.program import SavingCall, UnreadyWeights
from kerascheck.tracer.binding import bind, parameters_by_position
from kerascheck.tracer.expected import expects_errors
from kerascheck.tracer.functions import asked_by_library
from kerascheck.tracer.library import Library, Live, SaveUse
from kerascheck.tracer.runtime import Runtime, patch, replace_everywhere
from kerascheck.tracer.written import Written

MODULES = re.compile(r"(tf_)?keras(\._tf_keras\.keras|\.api\._v\d(\.keras)?)?\.(models|saving)")
"""The modules in which users find the functions that save and load."""

METHODS = ("save", "save_weights", "load_weights")
FUNCTIONS = ("save_model", "load_model")
LENIENT = frozenset({"by_name", "skip_mismatch", "objects_to_skip"})
MOST_CALLS = 200


def watch_saving(runtime: Runtime, library: Library, keras: ModuleType, models: Iterable[Any]) -> None:
    """See what one Keras saves and loads for the user's code."""
    for owner in models:
        for name in METHODS:
            if name in vars(owner):
                patch(owner, name, functools.partial(_watched_method, runtime, library, name))
    patch(keras.callbacks.ModelCheckpoint, "__init__", functools.partial(_watched_checkpoint, runtime, library))
    modules = (keras.models, keras.saving) if "saving" in vars(keras) else (keras.models,)
    pairs = [
        (original, _watched_function(runtime, library, name, original))
        for module in modules
        for name in FUNCTIONS
        if (original := vars(module).get(name)) is not None
    ]
    replace_everywhere(MODULES, pairs)


def _watched_method(runtime: Runtime, library: Library, name: str, original: Any) -> Any:
    parameters = tuple(parameters_by_position(original)[1:])

    def method(model: Any, *args: Any, **kwargs: Any) -> Any:
        if not asked_by_library():
            given = bind(original, (model, *args), kwargs)
            runtime.observe(_note, runtime, library, name, given, kwargs, parameters, model=model, positional=len(args))
        return original(model, *args, **kwargs)

    return method


def _watched_checkpoint(runtime: Runtime, library: Library, original: Any) -> Any:
    parameters = tuple(parameters_by_position(original)[1:])

    def init(made: Any, *args: Any, **kwargs: Any) -> None:
        if not asked_by_library():
            given = bind(original, (made, *args), kwargs)
            runtime.observe(_note, runtime, library, "ModelCheckpoint", given, kwargs, parameters, positional=len(args))
        original(made, *args, **kwargs)

    return init


def _watched_function(runtime: Runtime, library: Library, name: str, original: Any) -> Any:
    parameters = tuple(parameters_by_position(original))

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not asked_by_library():
            given = bind(original, args, kwargs)
            model = given.get("model")
            runtime.observe(_note, runtime, library, name, given, kwargs, parameters, model=model, positional=len(args))
        return original(*args, **kwargs)

    return call


def _note(
    runtime: Runtime,
    library: Library,
    name: str,
    given: Mapping[str, Any],
    keywords: Mapping[str, Any],
    parameters: tuple[str, ...],
    *,
    model: Live = None,
    positional: int,
) -> None:
    source, uses = runtime.user.here(), runtime.watched.saves
    if source is None or len(uses) >= MOST_CALLS or expects_errors(runtime.user):
        return
    path = given.get("filepath")
    weights_only = given.get("save_weights_only", False)
    call = SavingCall(
        method=name,
        generation=library.generation,
        path=os.fspath(path) if isinstance(path, (str, os.PathLike)) else None,
        span=source.span,
        path_span=Written.of(source, parameters).of_argument("filepath").span,
        weights_only=weights_only if isinstance(weights_only, bool) else None,
        keywords=tuple(keywords),
        explained="custom_objects" in keywords or positional > 1,
        stack=source.stack,
    )
    unready = None
    if name == "load_weights" and positional < 2 and LENIENT.isdisjoint(keywords):
        why = _unready(library, model)
        made = runtime.watched.constructions.get(id(model))
        place = None if made is None or made.source is None else made.source.span
        unready = UnreadyWeights(call, str(model.name), why, place) if why else None
    unknown: frozenset[str] = frozenset()
    if name == "load_model":
        saved = [use.model for use in uses if use.model is not None and use.call.path == call.path]
        classes = {type(layer) for each in saved[-1:] for layer in library.inner_layers(each)}
        unknown = frozenset(cls.__name__ for cls in classes if not library.is_registered(cls))
    uses.append(SaveUse(call, model, unready, unknown))


def _unready(library: Library, model: Live) -> str:
    """Why a model has no weights yet; empty where it has, or may need none."""
    layers = library.inner_layers(model)[1:]
    if not layers or any(layer.built and library.own_weights(layer) for layer in layers):
        return ""
    if not model.built:
        return "unbuilt"
    own_build = any("build" in vars(cls) and library.canonical(cls) is None for cls in type(model).__mro__[:-1])
    fresh = library.generation == 3 and library.ends(model) is None and not own_build
    return "empty build" if fresh and not any(layer.built for layer in layers) else ""
