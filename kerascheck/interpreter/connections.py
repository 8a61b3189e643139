"""How the ends of a functional model hang together: which inputs its outputs depend on."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from kerascheck.graph import EXPECTED_GUARD, Node
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import class_function
from kerascheck.interpreter.named_ops import op_info
from kerascheck.interpreter.nests import is_too_large
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import (
    DictValue,
    Instance,
    ListValue,
    ManyValue,
    Origin,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.program import Connection
from kerascheck.shapes import Unknown

OWN_STEPS = ("call", "train_step", "compute_loss", "make_train_function")
"""Methods in which a model of the user's own may use an input that its outputs do not."""


def note_connection(interpreter: Interpreter, instance: Instance, inputs: Value, outputs: Value, node: ast.AST) -> None:
    """Tell the rules what the outputs of ``Model(inputs, outputs)`` depend on."""
    source = source_of(interpreter, node)
    if source is None or EXPECTED_GUARD in interpreter.context.guards or not interpreter.module.is_user:
        return
    state: LayerState = instance.layer
    starts = [tensor for _, tensor in tensors_in(inputs)]
    if not _is_whole(inputs) or not all(map(_is_start, starts)):
        return
    ends = {origin for tensor in starts for origin in tensor.origins}
    reached, whole = _reached(interpreter, outputs, ends)
    if state.generation == 2:
        # tf_keras takes any Input for an output.
        inner = [tensor for _, tensor in tensors_in(outputs) if tensor.history and tensor.history.function is not None]
        computed, _ = _reached(interpreter, tuple(inner), ends)
        reached = {node: is_start for node, is_start in reached.items() if is_start or node in computed}
    whole &= _is_whole(outputs) and bool(tensors_in(outputs))
    own = any(class_function(instance, name) is not None for name in OWN_STEPS)
    found = Connection(
        state.name,
        state.generation,
        source.span,
        source.stack,
        tuple(dict.fromkeys(tensor.origins[0].node for tensor in starts if len(tensor.origins) == 1)),
        tuple(node for node, is_start in reached.items() if is_start),
        tuple(node for node, is_start in reached.items() if not is_start),
        whole and not own and not interpreter.context.by_default,
    )
    interpreter.program.connections.append(found)


def note_added_loss(interpreter: Interpreter, instance: Instance) -> None:
    """A loss or metric was added to a model: it may use any of the model's inputs."""
    source = instance.layer.source
    connections = interpreter.program.connections
    for place, found in enumerate(connections):
        if source is not None and found.span == source.span:
            connections[place] = replace(found, whole=False)


def _reached(interpreter: Interpreter, outputs: Value, ends: set[Origin]) -> tuple[dict[str, bool], bool]:
    """The nodes that the outputs begin at, each with whether the model has it as an input; whether these are all."""
    found: dict[str, bool] = {}
    whole = True
    seen: set[int] = set()
    pending: list[Value] = [outputs]
    while pending:
        for _, tensor in tensors_in(pending.pop()):
            if ends.intersection(tensor.origins):
                found |= {origin.node: True for origin in tensor.origins}
                whole &= len(tensor.origins) == 1
            elif tensor.history is None:
                whole &= _is_plain(interpreter, tensor)
            elif id(tensor.history) not in seen:
                call = tensor.history
                seen.add(id(call))
                if call.function is None:
                    found |= {origin.node: False for origin in tensor.origins if len(tensor.origins) == 1}
                values = (*call.arguments.positional, *call.arguments.keywords.values())
                whole &= not call.arguments.open and all(map(_is_whole, values))
                pending += values
    return found, whole


def _is_start(tensor: TensorValue) -> bool:
    """Whether a tensor is certainly an Input, or what a layer gives: a function may look for the Inputs of another."""
    history = tensor.history
    return history is not None and (history.function is None or isinstance(history.function, Instance))


def _is_plain(interpreter: Interpreter, tensor: TensorValue) -> bool:
    """Whether a tensor certainly comes from no input: a variable, or data that is made of nothing unknown."""
    if tensor.variable is not None:
        return True
    nodes = interpreter.program.recorder.nodes
    return tensor.is_array and not any(
        origin.node in nodes and _is_made_of_unknown(nodes[origin.node]) for origin in tensor.origins
    )


def _is_made_of_unknown(node: Node) -> bool:
    """Whether an op works on something that was not followed: the result of a layer that is not known, in a list."""
    info = op_info(node.op) if node.kind == "op" else None
    return info is not None and _holds_unknown(node.config.get(info.operand))


def _holds_unknown(given: Any) -> bool:
    return any(map(_holds_unknown, given)) if isinstance(given, (list, tuple)) else isinstance(given, Unknown)


def _is_whole(value: Value) -> bool:
    """Whether a nest holds nothing unknown that may be a tensor."""
    if is_too_large(value):
        return False
    match value:
        case UnknownValue():
            return value.guard is not None
        case ManyValue():
            return False
        case Instance():
            return value.layer is not None or value.native is not None
        case tuple():
            return all(map(_is_whole, value))
        case ListValue(items=items):
            return items is not None and all(map(_is_whole, items))
        case DictValue(items=items):
            return items is not None and all(map(_is_whole, items.values()))
    return True
