"""Layers that a layer calls and that no layer or model holds: their weights are nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from kerascheck.interpreter.classes import resolution_order
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.freezing import trainable_flag
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.models import history_calls
from kerascheck.interpreter.training import all_layers
from kerascheck.interpreter.values import (
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    ListValue,
    Scope,
    Value,
)
from kerascheck.interpreter.variables import CONTAINERS, contents, held_layers
from kerascheck.program import Program, VariableFact

WEIGHT_LISTS = frozenset({"trainable_weights", "trainable_variables", "weights", "variables"})


def finish_untracked_layers(interpreter: Interpreter, scopes: Iterable[Scope]) -> None:
    """Tell the rules of the layers that a user's layer calls and that are only in what Keras does not look into."""
    layers: list[Instance] = interpreter.facts.layers
    if not any(_calls_others(owner) and _lacks_some(owner) for owner in layers):
        return
    tracked = set(_tracked(layers))
    calls = [(owner, inner) for owner in layers for inner in _called_in(owner, tracked)]
    if not calls:
        return
    globals_ = {id(each) for scope in scopes for each in contents(list(scope.variables.values()), CONTAINERS)}
    told: set[int] = set()
    for owner, inner in calls:
        if id(inner) in told:
            continue
        how = _held_by(owner).get(id(inner)) or ("global" if id(inner) in globals_ else None)
        if how is not None:
            told.add(id(inner))
            interpreter.program.variables.extend(_facts(interpreter.program, inner, how, len(told)))


def _calls_others(owner: Instance) -> bool:
    return owner.layer.kind == "user" and bool(owner.layer.sublayers)


def _lacks_some(owner: Instance) -> bool:
    """Whether a layer calls one that it does not hold itself: nearly all that are called are the caller's own."""
    held = set(map(id, held_layers(owner)))
    return any(id(inner) not in held for inner in owner.layer.sublayers)


def _called_in(owner: Instance, tracked: Set[int]) -> Iterator[Instance]:
    """The layers with weights to train that the ``call`` of a user's layer calls, but for those that are tracked."""
    if not _calls_others(owner):
        return
    loose = [inner for inner in owner.layer.sublayers if id(inner) not in tracked]
    if not loose or _lists_weights_itself(owner):
        return
    for inner in loose:
        known: LayerState = inner.layer
        idle = known.fitted or known.compiled or known.weights_read or known.source is None
        if inner is not owner and not idle and trainable_flag(inner) is True:
            yield inner


def _lists_weights_itself(owner: Instance) -> bool:
    names = {
        name
        for each in resolution_order(owner.cls)
        if isinstance(each, ClassValue)
        for name in each.namespace.variables
    }
    return bool(names & WEIGHT_LISTS) or owner.layer.weights_read


def _tracked(layers: list[Instance]) -> Iterator[int]:
    """What some layer or model holds, in the ways that Keras looks into."""
    for each in layers:
        state: LayerState = each.layer
        yield from map(id, held_layers(each))
        yield from map(id, contents(list(state.config.values())))
        if state.layers is not None and state.layers.items is not None:
            yield from map(id, state.layers.items)
        if state.inputs is not None and state.outputs is not None:
            yield from (id(call.function) for call in history_calls(state.inputs, state.outputs))


def _held_by(owner: Instance) -> dict[int, str]:
    """What a layer reaches through objects of the user's, and through what functions in its attributes refer to."""
    found: dict[int, str] = {}
    pending: list[tuple[Value, str]] = [
        (value, "container") for value in contents(list(owner.attributes.values()), CONTAINERS)
    ]
    pending += [(value, "closure") for value in _functions(list(owner.attributes.values()))]
    seen: set[int] = set()
    while pending:
        value, how = pending.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        match value:
            case Instance() if value.layer is not None:
                found[id(value)] = how
            case Instance():
                pending += [(each, how) for each in contents(list(value.attributes.values()), CONTAINERS)]
            case FunctionValue() if value.scope is not value.module.scope:
                pending += [(each, how) for each in contents(list(value.scope.variables.values()), CONTAINERS)]
    return found


def _functions(values: list[Value]) -> Iterator[FunctionValue]:
    """The functions among ``values``, and in their lists, tuples and dictionaries."""
    for value in values:
        match value:
            case FunctionValue():
                yield value
            case tuple():
                yield from _functions(list(value))
            case ListValue(items=list() as items):
                yield from _functions(items)
            case DictValue(items=dict() as entries):
                yield from _functions(list(entries.values()))


def _facts(program: Program, inner: Instance, how: str, number: int) -> Iterator[VariableFact]:
    """One fact for each weight of the layer, where a model's output depends on the call."""
    place = _called_at(program, inner)
    if place is None:
        return
    model, reader = place
    span = inner.layer.source.span
    for held in all_layers(inner):
        if trainable_flag(held) is not True:
            continue
        for weight in held.layer.weights:
            if weight.trainable:
                yield VariableFact(
                    model, -number, weight.name, weight.shape, weight.dtype, layer=inner.layer.name, owner=how,
                    in_weights=False, in_trainable_weights=False, gradient="flows", layer_span=span, reader=reader,
                )  # fmt: skip


def _called_at(program: Program, inner: Instance) -> tuple[int, str] | None:
    """A model whose output depends on a call of the layer, and that call's node; None for one in a Lambda."""
    for place, model in enumerate(program.models):
        if model.kind == "fragment":
            continue
        nodes = [node for node in model.nodes() if node.layer == inner.layer.identity]
        if any(node.in_lambda or node.guards for node in nodes):
            return None
        behind = model.output_ancestors() if nodes else set()
        for node in nodes:
            if node.identifier in behind:
                return place, node.identifier
    return None
