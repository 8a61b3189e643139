"""How values come of each other: what a GradientTape would have recorded, whether or not a node was."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from kerascheck.graph import Source
from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import NOWHERE, Interpreter
from kerascheck.interpreter.nests import is_too_large
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    ComputedValue,
    DictValue,
    Flow,
    Instance,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
)

CALLED = "call"
"""The op of a layer or model that was called on data."""
NUMPY = "numpy"
"""The op of what left TensorFlow for NumPy: no tape follows."""
PREDICTION = "prediction"
"""The op of what a loss is given as prediction."""
PREDICTED = "predict"
"""The op of what ``Model.predict`` gave."""


def flow_of(interpreter: Interpreter, op: str, operands: Iterable[Value], source: Source | None) -> Flow:
    """The flow of what ``op`` makes of ``operands`` now."""
    return Flow(op, tuple(operands), source, tuple(interpreter.context.tapes))


def derived(interpreter: Interpreter, op: str, operands: tuple[Value, ...], node: ast.AST) -> Value:
    """An unknown result of ``operands``, which keeps what it came of where one of them has a flow."""
    if not any(map(has_flow, operands)):
        return NOTHING_KNOWN
    return ComputedValue(op, flow=flow_of(interpreter, op, operands, source_of(interpreter, node)))


def kept(interpreter: Interpreter, op: str, arguments: Arguments, value: Value, node: ast.AST) -> Value:
    """What a call gave; one that was not followed keeps what it was given, where that says how it was computed."""
    if not isinstance(value, UnknownValue) or isinstance(value, ComputedValue) or value.guard is not None:
        return value
    found = derived(interpreter, op, (*arguments.positional, *arguments.keywords.values()), node)
    return found if isinstance(found, ComputedValue) else value


def with_flow(
    interpreter: Interpreter, op: str, instance: Instance, arguments: Arguments, outputs: Value, node: ast.AST
) -> Value:
    """What a layer or model gave on data, marked with where it comes from; within a layer and for a model as it was."""
    if interpreter.context.layer_calls or node is NOWHERE:
        return outputs
    known = tensors_in(outputs)
    if any(tensor.spec.keras_tensor for _, tensor in known):
        return outputs
    operands = (*arguments.positional, *arguments.keywords.values())
    flow = Flow(op, operands, source_of(interpreter, node), tuple(interpreter.context.tapes), instance)
    if isinstance(outputs, UnknownValue):
        return ComputedValue(outputs.why, outputs.guard, flow=flow)
    return map_tensors(outputs, lambda tensor: replace(tensor, flow=flow), interpreter.heap.new)


def has_flow(value: Value) -> bool:
    """Whether something in a nest says how it was computed."""
    match value:
        case TensorValue(flow=flow) | ComputedValue(flow=flow):
            return flow is not None
        case tuple() if not is_too_large(value):
            return any(map(has_flow, value))
        case ListValue(items=list() as items) if not is_too_large(value):
            return any(map(has_flow, items))
        case DictValue(items=dict() as entries) if not is_too_large(value):
            return any(map(has_flow, entries.values()))
    return False
