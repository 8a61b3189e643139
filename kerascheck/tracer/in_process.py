"""Traces a live model in the process it lives in: what is watched for that is put back as it was."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any

from kerascheck.graph import Source
from kerascheck.program import Program
from kerascheck.tracer.binding import constructor_parameters, leaves
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.input_shapes import parse_inputs
from kerascheck.tracer.library import CallSite, Construction, Library, Live
from kerascheck.tracer.records import calls_in_order
from kerascheck.tracer.request import Request, TargetError, TargetKind
from kerascheck.tracer.runtime import Runtime, replace_attribute, undone
from kerascheck.tracer.wire import read_program, write_program

UNKNOWN_FILE = "<model>"


def trace_model(
    model: Live, *, device: str = "auto", input_shapes: tuple[str, ...] = (), probe: bool = False
) -> Program:
    """The program that consists of one live model.

    Args:
        model: a model of Keras 3 with the TensorFlow backend, or of tf_keras.
        device: what it is meant for: cpu, gpu or tpu; ``auto`` is a cpu.
        input_shapes: its inputs, where it knows none, as ``--input-shape`` takes them.
        probe: whether it is run on made-up samples, with its variables put back afterwards.

    Raises:
        TargetError: ``model`` is none, or not of the TensorFlow backend, or an input shape is not of that form.
    """
    given = parse_inputs(input_shapes)
    _must_be_model(model)
    user = UserCode()
    source = user.here()
    request = Request(
        UNKNOWN_FILE if source is None else source.span.file,
        TargetKind.LIVE,
        run_training=True,
        device=device,
        unsafe=True,
        input_shapes=input_shapes,
        probe=probe,
    )
    # What cannot be told from the model itself was made, for all that is known, where it was handed over.
    user.fallback = source
    with undone():
        runtime, _, _ = _set_up(user, request)
        _watch_own_names(user)
        _remember(runtime, model, source)
        if given:
            from kerascheck.tracer.inputs_given import give_inputs

            give_inputs(runtime, given)
        from kerascheck.tracer.analysis import analyse

        tensorflow = runtime.tensorflow
        # No graph of the caller's is in the way; where there is none, GradientTapes must not be paused.
        with nullcontext() if tensorflow.executing_eagerly() else tensorflow.init_scope():
            program = analyse(runtime, request)
        # Plain data: nothing of it holds on to the live model.
        return read_program(json.loads(json.dumps(write_program(program))))


def _must_be_model(model: Live) -> None:
    keras = sys.modules.get("keras")
    classes = [module.Model for name in ("keras", "tf_keras") if (module := sys.modules.get(name)) is not None]
    if not any(isinstance(model, cls) for cls in classes):
        raise TargetError(f"trace takes a target's name or a Keras model, and this is a {type(model).__name__}")
    if keras is not None and isinstance(model, keras.Model):
        backend = keras.config.backend()
        if backend != "tensorflow":
            raise TargetError(f"only the TensorFlow backend can be traced, and this process uses {backend}")


def _set_up(user: UserCode, request: Request) -> Any:
    from kerascheck.tracer.setup import set_up

    return set_up(import_module("tensorflow"), import_module("keras"), user, request)


def _watch_own_names(user: UserCode) -> None:
    """Let the user's own modules, too, use the functions that are watched now, where they hold the ones from before."""
    watched = _watched_functions()
    for module in list(sys.modules.values()):
        filename = getattr(module, "__file__", None)
        own = filename is None and getattr(module, "__name__", "") == "__main__"
        if isinstance(module, ModuleType) and (own or (isinstance(filename, str) and user.owns(filename))):
            for name, value in list(vars(module).items()):
                if isinstance(value, FunctionType) and id(value) in watched:
                    replace_attribute(module, name, watched[id(value)])


def _watched_functions() -> dict[int, Any]:
    """What stands for each function of TensorFlow and Keras now, by the function's id."""
    found: dict[int, Any] = {}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("tensorflow", "keras", "tf_keras") and isinstance(module, ModuleType):
            for value in list(vars(module).values()):
                original = getattr(value, "__wrapped__", None) if isinstance(value, FunctionType) else None
                if original is not None and value.__code__.co_filename == _wrapper_file():
                    found[id(original)] = value
    return found


def _wrapper_file() -> str:
    from kerascheck.tracer import functions

    return str(functions.__file__)


def _remember(runtime: Runtime, model: Live, source: Source | None) -> None:
    """Fill in what would have been seen while the model was made."""
    library = next(each for each in runtime.libraries if each.is_layer(model))
    watched = runtime.watched
    for layer in [*reversed(library.inner_layers(model)), model]:
        if id(layer) not in watched.constructions:
            watched.constructions[id(layer)] = Construction(layer, source, _arguments(library, layer))
        hidden = _inner_functional(library, layer)
        if hidden is not None:
            watched.hidden.add(id(hidden))
    for layer in [made.layer for made in watched.constructions.values()]:
        ends = library.ends(layer)
        for history in calls_in_order(library, [*ends[0], *ends[1]], {}) if ends is not None else ():
            watched.sites.setdefault(history.key, CallSite(source))
    for weight in library.variables(model):
        if weight not in watched.variables:
            watched.variables.put(weight, source)


def _inner_functional(library: Library, layer: Live) -> Live:
    """The functional model that a Sequential keeps for itself."""
    return vars(layer).get("_functional") if library.is_sequential(layer) else None


def _arguments(library: Library, layer: Live) -> Mapping[str, Any]:
    """What the layer was made with, as far as it tells: its configuration, and the layers and functions it holds."""
    try:
        config = dict(layer.get_config())
    except Exception:
        # A user's own layer need not have one.
        return {}
    held = vars(layer)
    for name in constructor_parameters(type(layer)):
        value = held.get(name)
        if any(library.is_layer(leaf) for leaf in leaves(value)) or (name == "activation" and callable(value)):
            config[name] = value
    return {name: _short(value) for name, value in config.items() if name in constructor_parameters(type(layer))}


def _short(value: Any) -> Any:
    """A part of a configuration as a person would write it: an initializer by its name, a dtype policy by its own."""
    match value:
        case {"class_name": "DTypePolicy", "config": {"name": name}}:
            return name
        case {"class_name": str(name), "config": _}:
            return name
        case _:
            return value
