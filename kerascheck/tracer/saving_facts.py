"""What saved live models are made of that saving or loading refuses: they are asked for their configs."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.program import Program, SavedObject, SavedObjectKind, SavingCall
from kerascheck.tracer.binding import GATHERING, leaves
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.user_methods import globals_read

WITH_CONFIGS = (".keras", ".h5", ".hdf5")
"""The endings of the files that hold the config of each layer."""

OF_EVERY_LAYER = frozenset({"name", "trainable", "dtype"})


def add_saving_facts(program: Program, runtime: Runtime) -> None:
    """Add what was saved and loaded, and what of it is refused."""
    uses = runtime.watched.saves
    program.saving_calls += [use.call for use in uses]
    program.unready_weights += [
        use.unready
        for use in uses
        if use.unready is not None and (use.unready.why == "unbuilt" or _has_weights(runtime, use.model))
    ]
    program.saved_objects += SavedObjects(runtime, tuple(program.saving_calls)).found()


def _has_weights(runtime: Runtime, model: Live) -> bool:
    library = next(each for each in runtime.libraries if each.is_layer(model))
    return bool(library.weights(model))


class SavedObjects:
    """Looks through the models that were saved whole."""

    def __init__(self, runtime: Runtime, calls: tuple[SavingCall, ...]) -> None:
        self._runtime = runtime
        self._calls = calls

    def found(self) -> list[SavedObject]:
        """Each layer that a saved model cannot be saved or loaded with, once."""
        found: dict[tuple[SavedObjectKind, Span], SavedObject] = {}
        for use in self._runtime.watched.saves:
            path = use.call.path
            if use.model is None or use.call.method not in ("save", "save_model") or path is None:
                continue
            library = next((each for each in self._runtime.libraries if each.is_layer(use.model)), None)
            if library is None or not path.endswith(WITH_CONFIGS):
                continue
            for layer in _in_config(library, use.model):
                for each in self._refused(library, layer, use.call):
                    found.setdefault((each.kind, each.span), each)
        for each in self._registered():
            found.setdefault((each.kind, each.span), each)
        return list(found.values())

    def _registered(self) -> Iterator[SavedObject]:
        """The layers of classes that are registered to be saved."""
        for made in list(self._runtime.watched.constructions.values()):
            library = next((each for each in self._runtime.libraries if each.is_layer(made.layer)), None)
            if library is None or not self._is_own(library, made.layer) or not library.is_made(made.layer):
                continue
            if library.is_registered(type(made.layer)):
                yield from self._nameless(library, made.layer, None)

    def _refused(self, library: Library, layer: Live, call: SavingCall) -> Iterator[SavedObject]:
        made = self._runtime.watched.constructions.get(id(layer))
        source = None if made is None else made.source
        if made is None or source is None:
            return
        generation, name = library.generation, type(layer).__name__
        if library.is_lambda(layer) and _is_code(library, layer, call):
            missing = _missing_name(library, layer)
            read = any(each.method == "load_model" and each.path == call.path for each in self._calls)
            if self._is_loaded_safely(library, call) or (missing and read):
                kind = SavedObjectKind.LAMBDA
                yield SavedObject(kind, str(layer.name), generation, source.span, missing, saved=call.span)
        if not self._is_own(library, layer):
            return
        if not library.is_model(layer) and not _has_config(library, layer):
            argument = _object_argument(library, list(made.arguments.values()))
            kind = SavedObjectKind.ARGUMENT
            yield SavedObject(kind, name, generation, source.span, argument or "an object", saved=call.span)
            return
        nameless = list(self._nameless(library, layer, call))
        yield from nameless
        loaded = next((each for each in self._calls if each.method == "load_model" and each.path == call.path), None)
        if not nameless and loaded is not None and not loaded.explained and name in self._unknown_at(loaded):
            kind = SavedObjectKind.UNREGISTERED
            yield SavedObject(kind, name, generation, loaded.span, saved=call.span, made=source.span)

    def _unknown_at(self, loaded: SavingCall) -> frozenset[str]:
        return next(use.unknown for use in self._runtime.watched.saves if use.call is loaded)

    def _nameless(self, library: Library, layer: Live, call: SavingCall | None) -> Iterator[SavedObject]:
        """A layer whose class is not made of what its own config gives."""
        cls = type(layer)
        init = vars(cls).get("__init__")
        if not isinstance(init, FunctionType) or _defines(library, cls, "from_config"):
            return
        parameters = inspect.signature(init).parameters
        if any(each.kind in GATHERING for each in parameters.values()) or OF_EVERY_LAYER & set(parameters):
            return
        own = _defines(library, cls, "get_config")
        config = _config(layer)
        if config is None or (not own and (library.generation == 2 or library.is_model(layer))):
            return
        argument = "name" if own else "trainable"
        if argument in config:
            place = self._runtime.user.definition(init.__code__)
            saved = None if call is None else call.span
            kind = SavedObjectKind.NO_NAME
            yield SavedObject(kind, cls.__name__, library.generation, place, argument, saved=saved)

    def _is_own(self, library: Library, layer: Live) -> bool:
        """Whether the layer's class is the user's."""
        own = vars(type(layer)).get("call") or vars(type(layer)).get("__init__")
        return library.canonical(type(layer)) is None and self._runtime.user.code_of(own) is not None

    def _is_loaded_safely(self, library: Library, call: SavingCall) -> bool:
        """Whether nothing says that the file is trusted, or only its weights are wanted."""
        weights = any(each.method == "load_weights" and each.path in (None, call.path) for each in self._calls)
        told = any("safe_mode" in each.keywords for each in self._calls)
        return not weights and not told and library.refuses_code()


def _in_config(library: Library, model: Live) -> list[Live]:
    """A model and the layers whose configs are part of its own: not those that a class of the user's makes itself."""
    seen: dict[int, Live] = {}
    pending = [model]
    while pending:
        layer = pending.pop()
        if id(layer) not in seen:
            seen[id(layer)] = layer
            if library.ends(layer) is not None or library.canonical(type(layer)) is not None:
                pending += list(layer._flatten_layers(include_self=False, recursive=False))
    return list(seen.values())


def _is_code(library: Library, layer: Live, call: SavingCall) -> bool:
    """Whether a Lambda's function is put into the file as code."""
    function = layer.function
    if not isinstance(function, FunctionType):
        return False
    if library.generation == 2:
        return call.path is not None and call.path.endswith(".keras")
    return function.__name__ == "<lambda>"


def _missing_name(library: Library, layer: Live) -> str:
    """A global name that a Lambda's function reads, which Keras 3 does not find when it runs the code of a file."""
    names = globals_read(layer.function.__code__) if library.generation == 3 else []
    return next((name for name in names if name not in vars(builtins)), "")


def _has_config(library: Library, layer: Live) -> bool:
    """Whether a layer can be described: Keras itself cannot describe one that was made with objects."""
    return _defines(library, type(layer), "get_config") or _config(layer) is not None


def _config(layer: Live) -> dict[str, Any] | None:
    try:
        found = layer.get_config()
    except Exception:
        # The user's own code runs here, and may raise anything; Keras's raises NotImplementedError.
        return None
    return found if isinstance(found, dict) else None


def _defines(library: Library, cls: type, name: str) -> bool:
    """Whether a class, or one that it extends and that is not Keras's, defines a method."""
    return any(name in vars(each) for each in cls.__mro__ if each.__module__.partition(".")[0] not in _KERAS)


_KERAS = frozenset({"keras", "tf_keras", "tensorflow", "builtins"})


def _object_argument(library: Library, values: list[Any]) -> str | None:
    """What a layer was made with that no config can hold."""
    for value in leaves(values):
        if library.is_layer(value):
            return "a layer"
        if isinstance(value, FunctionType):
            return "a function"
        if type(value).__module__ == "numpy" and type(value).__name__ == "ndarray":
            return "an array"
    return None
