"""Weights of Keras's own layers that are read before the layer is built."""

from __future__ import annotations

import ast

from kerascheck.graph import UNCERTAIN_GUARDS
from kerascheck.interpreter.classes import MODEL, SEQUENTIAL, find_member
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.training import all_layers
from kerascheck.interpreter.values import ClassValue, Instance, ListValue, UnknownValue, Value
from kerascheck.interpreter.variables import held_layers
from kerascheck.program import UnbuiltRead
from kerascheck.records import immutable
from kerascheck.semantics.reserved import KERNELS

EMPTY = frozenset({"weights", "trainable_weights", "trainable_variables", "get_weights()"})
"""What gives the list of a layer's weights, which is empty before there are any."""


INPUT_SHAPES = ("input_shape", "batch_input_shape", "batch_shape", "input_dim")
"""The arguments of a Sequential's first layer that give it an input."""


@immutable(eq=False)
class NoWeights(UnknownValue):
    """The weights of a layer of which none are known; ``name`` is what gave them."""

    owner: Value = None
    name: str = ""


def note_unbuilt_read(interpreter: Interpreter, instance: Instance, name: str, node: ast.AST) -> None:
    """Note ``layer.kernel`` of a layer that certainly has no weights yet."""
    read = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    if read and is_unbuilt(interpreter, instance) and KERNELS.get(instance.layer.base) == name:
        _note(interpreter, instance, name, node)


def note_empty(interpreter: Interpreter, weights: Value, node: ast.AST) -> None:
    """Note one of the weights that is taken of a list which has none: ``layer.weights[0]``."""
    match weights:
        case NoWeights(owner=Instance() as owner, name=name):
            pass
        case ListValue(items=None, copy_of=(str() as name, Instance() as owner)):
            pass
        case _:
            return
    if name in EMPTY and (_has_no_kernel(interpreter, owner) or _is_unready_sequential(interpreter, owner)):
        _note(interpreter, owner, name, node)


def note_uncounted(interpreter: Interpreter, instance: Instance, name: str, node: ast.AST) -> None:
    """Note ``count_params()`` of what has no weights yet, and ``summary()`` of such a model of tf_keras."""
    if name == "summary" and instance.layer.generation != 2:
        return
    certain = _is_certain(interpreter) and interpreter.context.phase is None and not interpreter.context.alone
    if _has_no_kernel(interpreter, instance) or (certain and unready(interpreter, instance) == "unbuilt"):
        _note(interpreter, instance, f"{name}()", node)


def _has_no_kernel(interpreter: Interpreter, instance: Instance) -> bool:
    return instance.layer.base in KERNELS and is_unbuilt(interpreter, instance)


def _is_unready_sequential(interpreter: Interpreter, instance: Instance) -> bool:
    """Whether a Sequential without an Input has certainly not been built."""
    if instance.layer.kind != "sequential" or not _is_certain(interpreter):
        return False
    context = interpreter.context
    return context.phase is None and not context.alone and unready(interpreter, instance) == "unbuilt"


def _is_certain(interpreter: Interpreter) -> bool:
    """Whether the code that runs certainly does, and is the user's."""
    context = interpreter.context
    if not UNCERTAIN_GUARDS.isdisjoint(context.guards) or not context.modules or context.replay:
        return False
    return bool(interpreter.module.is_user)


def unready(interpreter: Interpreter, instance: Instance) -> str:
    """Why a model certainly has no weights yet: it was not built, or by a ``build`` that makes none; else empty."""
    state = instance.layer
    if instance.born <= interpreter.facts.saving.since or state.calls or state.built:
        return ""
    if state.handed_on or state.escaped:
        return ""
    if state.base == SEQUENTIAL and state.kind == "sequential":
        layers = None if state.layers is None else state.layers.items
        first = layers[0] if layers else None
        plain = isinstance(first, Instance) and first.layer is not None and first.layer.kind == "builtin"
        if not isinstance(first, Instance) or not plain:
            return ""
        # With one of these it has an input, and of a shape that is not known.
        shaped = any(first.layer.config.get(name) is not None for name in INPUT_SHAPES)
        known = not shaped and state.outputs is None and state.inputs is None and not state.told_build
        return "unbuilt" if known and not state.inferred else ""
    if state.base != MODEL or state.kind != "user" or not isinstance(instance.cls, ClassValue):
        return ""
    if find_member(instance.cls, "load_weights") is not None or find_member(instance.cls, "call") is None:
        return ""
    if not any(each.layer.base not in (MODEL, SEQUENTIAL) for each in held_layers(instance)):
        return ""
    if not state.told_build:
        return "unbuilt"
    empty = state.generation == 3 and find_member(instance.cls, "build") is None
    fresh = all(not each.layer.calls and not each.layer.told_build for each in all_layers(instance)[1:])
    return "empty build" if empty and fresh else ""


def is_unbuilt(interpreter: Interpreter, instance: Instance) -> bool:
    """Whether one of Keras's own layers certainly was not built, by anybody."""
    state: LayerState = instance.layer
    if state.kind != "builtin" or state.is_model or state.built or state.calls or state.weights or state.handed:
        return False
    context = interpreter.context
    if not _is_certain(interpreter):
        return False
    running = context.phase
    if running is not None and running.kind in ("init", "build") and instance.born > running.clock:
        return True
    if running is not None or context.alone or state.escaped:
        return False
    holders = [each for each in interpreter.facts.layers if _holds(each, instance)]
    return all(_is_unready_sequential(interpreter, each) for each in holders)


def _holds(owner: Instance, instance: Instance) -> bool:
    inner = owner.layer.layers
    found = [*held_layers(owner), *(inner.items or () if inner is not None else ()), *owner.layer.sublayers]
    return any(each is instance for each in found)


def _note(interpreter: Interpreter, instance: Instance, member: str, node: ast.AST) -> None:
    source = source_of(interpreter, node)
    state: LayerState = instance.layer
    if source is not None and not interpreter.facts.rehearsing:
        made = state.source.span if state.source is not None else None
        places = (source.span, source.text, made, source.stack)
        interpreter.program.unbuilt_reads.append(UnbuiltRead(state.op, state.name, member, state.generation, *places))
