"""Weights of Keras's own layers that are read before the layer is built."""

from __future__ import annotations

import ast

from kerascheck.graph import UNCERTAIN_GUARDS
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Instance
from kerascheck.interpreter.variables import held_layers
from kerascheck.program import UnbuiltRead
from kerascheck.semantics.reserved import KERNELS


def note_unbuilt_read(interpreter: Interpreter, instance: Instance, name: str, node: ast.AST) -> None:
    """Note ``layer.kernel`` of a layer that certainly has no weights yet."""
    read = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    if read and is_unbuilt(interpreter, instance) and KERNELS.get(instance.layer.base) == name:
        _note(interpreter, instance, name, node)


def is_unbuilt(interpreter: Interpreter, instance: Instance) -> bool:
    """Whether one of Keras's own layers certainly was not built, by anybody."""
    state: LayerState = instance.layer
    if state.kind != "builtin" or state.is_model or state.built or state.calls or state.weights or state.handed:
        return False
    context = interpreter.context
    if (
        not UNCERTAIN_GUARDS.isdisjoint(context.guards)
        or not context.modules
        or not interpreter.module.is_user
        or context.replay
    ):
        return False
    running = context.phase
    if running is not None and running.kind in ("init", "build") and instance.born > running.clock:
        return True
    if running is not None or context.alone or state.escaped:
        return False
    return not any(_holds(each, instance) for each in interpreter.facts.layers)


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
