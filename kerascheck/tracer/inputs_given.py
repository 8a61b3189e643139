"""Makes what was watched ready to be looked at: models that were never called get the inputs the user told of."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from kerascheck.tracer.input_shapes import GivenInput
from kerascheck.tracer.library import CallSite, Construction, Library, Live, RootCall
from kerascheck.tracer.runtime import Runtime

_FLAGS = ("training", "mask", "masks")


def give_inputs(runtime: Runtime, given: tuple[GivenInput, ...]) -> int:
    """Let every outermost model that knows no inputs be called with those given; how many there are."""
    waiting = list(_waiting(runtime))
    for _, model, site in waiting:
        arguments, keywords = _arguments(runtime, model, given)
        runtime.watched.roots.append(RootCall(model, None, arguments, keywords, site))
    return len(waiting)


def forget_half_made(runtime: Runtime) -> list[Construction]:
    """No longer watch the layers whose own ``__init__`` never came to that of Keras; gives what was known of them."""
    constructions = runtime.watched.constructions
    half_made = [made for made in constructions.values() if not _is_made(made.layer)]
    for made in half_made:
        del constructions[id(made.layer)]
    runtime.watched.calls = [call for call in runtime.watched.calls if _is_made(call.model)]
    runtime.watched.roots = [root for root in runtime.watched.roots if _is_made_or_other(runtime, root.operation)]
    return half_made


def _is_made(layer: Live) -> bool:
    try:
        return isinstance(layer.name, str)
    except Exception:
        # Properties of the user's own classes may raise anything.
        return False


def _is_made_or_other(runtime: Runtime, operation: Live) -> bool:
    return not any(library.is_layer(operation) for library in runtime.libraries) or _is_made(operation)


def _waiting(runtime: Runtime) -> Iterable[tuple[Library, Live, CallSite]]:
    """The models that were neither called nor built, and are part of no other such model."""
    called = {id(root.operation) for root in runtime.watched.roots}
    found: list[tuple[Library, Live, CallSite]] = []
    for made in runtime.watched.constructions.values():
        model = made.layer
        library = next((each for each in runtime.libraries if each.is_model(model)), None)
        if library is None or id(model) in called or id(model) in runtime.watched.hidden or made.source is None:
            continue
        if library.ends(model) is None and library.input_spec_of(model) is None:
            found.append((library, model, CallSite(made.source)))
    inner = {id(layer) for library, model, _ in found for layer in library.inner_layers(model) if layer is not model}
    return [each for each in found if id(each[1]) not in inner]


def _arguments(runtime: Runtime, model: Live, given: tuple[GivenInput, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """How the model is called: names that ``call`` has are its arguments, other names a dict, no names in order."""
    make = runtime.tensorflow.TensorSpec
    specs = [make((None, *each.sizes), each.dtype) for each in given]
    parameters = _parameters(model)
    if given[0].name is not None:
        named = {str(each.name): spec for each, spec in zip(given, specs, strict=True)}
        return ((), named) if set(named) <= set(parameters) else ((named,), {})
    if len(specs) == 1 or len(parameters) >= len(specs):
        return tuple(specs), {}
    return (specs,), {}


def _parameters(model: Live) -> list[str]:
    """The parameters of ``call`` that take inputs."""
    try:
        found = inspect.signature(model.call).parameters.values()
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [each.name for each in found if each.kind in kinds and each.name not in _FLAGS]
