"""What a saved model is made of that saving or loading refuses."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from kerascheck.diagnostic import Span
from kerascheck.interpreter.classes import LAYER, find_member, has_unknown_base
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.lambda_names import global_names
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.values import (
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    ListValue,
    TensorValue,
    Value,
)
from kerascheck.interpreter.variables import contents
from kerascheck.program import SavedObject, SavedObjectKind, SavingCall

_WITH_CONFIGS = (".keras", ".h5", ".hdf5")
"""The endings of the files that hold the config of each layer; a SavedModel does without."""

_SCOPES = ("custom_object_scope", "CustomObjectScope", "get_custom_objects")
_UNSAFE = "enable_unsafe_deserialization"


def note_saved_objects(interpreter: Interpreter) -> None:
    """Tell the rules of each layer that a saved model cannot be saved or loaded with."""
    found: dict[tuple[SavedObjectKind, Span], SavedObject] = {}
    for model, call in interpreter.facts.saving.saved:
        if call.path is None or not call.path.endswith(_WITH_CONFIGS):
            continue
        layers = _in_config(model)
        for layer in layers:
            for each in _refused(interpreter, layer, call):
                found.setdefault((each.kind, each.span), each)
        for each in _functions(interpreter, model, layers, call):
            found.setdefault((each.kind, each.span), each)
    for cls, argument, init in interpreter.facts.saving.nameless.values():
        if id(cls) in interpreter.facts.saving.registered:
            each = SavedObject(SavedObjectKind.NO_NAME, cls.name, interpreter.program.generation, init, argument)
            found.setdefault((each.kind, each.span), each)
    interpreter.program.saved_objects.extend(found.values())


def _in_config(model: Instance) -> list[Instance]:
    """A model and the layers whose configs are part of its own: not those that a class of the user's makes itself."""
    from kerascheck.interpreter.models import history_calls

    seen: dict[int, Instance] = {}
    pending: list[Value] = [model]
    while pending:
        current = pending.pop()
        if not isinstance(current, Instance) or current.layer is None or id(current) in seen:
            continue
        seen[id(current)] = current
        state: LayerState = current.layer
        if state.kind != "user":
            pending += contents(list(state.config.values()))
        if state.layers is not None and state.layers.items is not None:
            pending += state.layers.items
        if state.inputs is not None and state.outputs is not None:
            pending += [call.function for call in history_calls(state.inputs, state.outputs)]
    return list(seen.values())


def _refused(interpreter: Interpreter, layer: Instance, call: SavingCall) -> Iterator[SavedObject]:
    state, cls = layer.layer, layer.cls
    if state.source is None:
        return
    span, generation = state.source.span, state.generation
    if _is_lambda(layer, call):
        missing = _missing_name(layer)
        if _may_be_loaded_safely(interpreter, call) or (missing and _is_loaded(interpreter, call)):
            yield SavedObject(SavedObjectKind.LAMBDA, state.name, generation, span, missing, saved=call.span)
    if not isinstance(cls, ClassValue) or cls.module is None or not cls.module.is_user or has_unknown_base(cls):
        return
    argument = _object_argument(layer)
    if argument is not None and find_member(cls, "get_config") is None and state.base == LAYER:
        yield SavedObject(SavedObjectKind.ARGUMENT, cls.name, generation, span, argument, saved=call.span)
        return
    nameless = interpreter.facts.saving.nameless.get(id(cls))
    if nameless is not None:
        _, missing, init = nameless
        yield SavedObject(SavedObjectKind.NO_NAME, cls.name, generation, init, missing, saved=call.span)
        return
    loaded = _loaded_bare(interpreter, call)
    if loaded is not None and id(cls) not in interpreter.facts.saving.known:
        yield SavedObject(SavedObjectKind.UNREGISTERED, cls.name, generation, loaded.span, saved=call.span, made=span)


def _functions(
    interpreter: Interpreter, model: Instance, layers: list[Instance], call: SavingCall
) -> Iterator[SavedObject]:
    """The user's activations, losses and metrics, which the file names and loading does not know."""
    loaded = _loaded_bare(interpreter, call)
    if loaded is None:
        return
    for layer in layers:
        function, made = layer.layer.config.get("activation"), layer.layer.source
        if layer.layer.kind == "builtin" and made is not None and _is_unknown(interpreter, function):
            yield _function(function.name, call, loaded.span, made.span)
    # In Keras 3 the legacy format keeps less of what a model is compiled with.
    kept = model.layer.generation == 2 or (call.path is not None and call.path.endswith(".keras"))
    if "compile" in loaded.keywords or not kept or model.layer.kind not in ("functional", "sequential"):
        return
    compiles = {each.span for each in interpreter.facts.training.compiled if each.instance is model}
    for own in interpreter.facts.own_losses:
        before = own.compiled.file == call.span.file and own.compiled.line < call.span.line
        if own.model != model.layer.name or not before or not compiles <= {own.compiled}:
            continue
        # The class of an object may be found where it was defined.
        if own.receiver is None and _is_unknown(interpreter, own.function):
            yield _function(own.function.name, call, loaded.span, own.compiled)


def _is_unknown(interpreter: Interpreter, value: Value) -> TypeGuard[FunctionValue]:
    """Whether it is a function of the user's that has a name and is not registered."""
    if not isinstance(value, FunctionValue) or isinstance(value.node, ast.Lambda) or value.decorators:
        return False
    saving = interpreter.facts.saving
    return value.module.is_user and id(value) not in saving.known and id(value) not in saving.registered


def _function(name: str, call: SavingCall, loaded: Span, made: Span) -> SavedObject:
    return SavedObject(
        SavedObjectKind.UNREGISTERED, name, call.generation, loaded, saved=call.span, made=made, is_function=True
    )


def _is_lambda(layer: Instance, call: SavingCall) -> bool:
    """Whether it is a Lambda whose function is put into the file as code."""
    function = layer.layer.config.get("function")
    if layer.layer.base != "keras.layers.Lambda" or not isinstance(function, FunctionValue):
        return False
    if layer.layer.generation == 2:
        return call.path is not None and call.path.endswith(".keras")
    return isinstance(function.node, ast.Lambda)


def _missing_name(layer: Instance) -> str:
    """A name that the function of a Lambda reads and that Keras 3 does not find when it runs the code of a file.

    Keras 2 looks into the module that the function is from.
    """
    function = layer.layer.config.get("function")
    names = global_names(function) if layer.layer.generation == 3 and isinstance(function, FunctionValue) else []
    return names[0] if names else ""


def _is_loaded(interpreter: Interpreter, call: SavingCall) -> bool:
    """Whether the code loads the model from the file."""
    return any(each.method == "load_model" and each.path == call.path for each in interpreter.program.saving_calls)


def _may_be_loaded_safely(interpreter: Interpreter, call: SavingCall) -> bool:
    """Whether nothing in the code says that the file is trusted, or only its weights are wanted."""
    if any(use.name.endswith(_UNSAFE) for use in interpreter.facts.symbols.uses.values()):
        return False
    for other in interpreter.program.saving_calls:
        if "safe_mode" in other.keywords or (other.method == "load_weights" and other.path in (None, call.path)):
            return False
    return True


def _loaded_bare(interpreter: Interpreter, call: SavingCall) -> SavingCall | None:
    """Where the file is loaded without saying what its classes are."""
    if any(use.name.endswith(_SCOPES) for use in interpreter.facts.symbols.uses.values()):
        return None
    for other in interpreter.program.saving_calls:
        if other.method == "load_model" and other.path == call.path and not other.explained:
            return other
    return None


def _object_argument(layer: Instance) -> str | None:
    """What the layer was made with that no config can hold by itself: ``a layer``."""
    given = layer.layer.given
    if given is None:
        return None
    return _first_kind((*given.positional, *given.keywords.values()))


def _kind(value: Value) -> str | None:
    match value:
        case Instance() if value.layer is not None:
            return "a layer"
        case FunctionValue():
            return "a function"
        case TensorValue(is_numpy=True) if value.spec.shape.rank:
            return "an array"
        case tuple():
            return _first_kind(value)
        case ListValue(items=list() as items):
            return _first_kind(items)
        case DictValue(items=dict() as entries):
            return _first_kind(entries.values())
    return None


def _first_kind(values: Iterable[Value]) -> str | None:
    return next((kind for kind in map(_kind, values) if kind is not None), None)
