"""How values come of each other: what a GradientTape would have recorded, whether or not a node was."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
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
from kerascheck.semantics.gradients import STOPS

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
    found = derived(interpreter, op, arguments.given, node)
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
    operands = arguments.given
    flow = Flow(op, operands, source_of(interpreter, node), tuple(interpreter.context.tapes), instance)
    if isinstance(outputs, UnknownValue):
        return ComputedValue(outputs.why, outputs.guard, flow=flow)
    return map_tensors(outputs, lambda tensor: replace(tensor, flow=flow), interpreter.heap.new)


def is_flat(value: TensorValue, flow: Flow) -> bool:
    """Whether no gradient gets from a value to what it was computed from: it is no float, or changes in steps."""
    kind = value.spec.dtype or ""
    return kind.startswith(("int", "uint", "bool")) or flow.op.rpartition(".")[2] in STOPS


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


def parts_of(value: Value) -> list[Value] | None:
    """The values in a tuple, list or dict; None where they are not known."""
    match value:
        case tuple() if not is_too_large(value):
            return list(value)
        case ListValue(items=list() as items):
            return list(items)
        case DictValue(items=dict() as entries):
            return list(entries.values())
    return None


def flat_values(values: Iterable[Value]) -> Iterator[Value]:
    """The values in a nest, those that are no tuple, list or dict."""
    pending = list(values)
    while pending:
        value = pending.pop()
        if isinstance(value, (tuple, ListValue, DictValue)):
            pending += [] if is_too_large(value) else parts_of(value) or []
        else:
            yield value


def ancestors_of(value: Value) -> Iterator[Flow]:
    """What the values in a nest were computed from, as far as they tell."""
    for each in flat_values((value,)):
        if isinstance(each, (TensorValue, ComputedValue)) and each.flow is not None:
            yield from ancestors(each.flow)


def ancestors(flow: Flow) -> Iterator[Flow]:
    """A flow and those of all that it was computed from, nearest first."""
    pending, seen = [flow], {id(flow)}
    for current in pending:
        yield current
        for value in flat_values(current.operands):
            after = value.flow if isinstance(value, (TensorValue, ComputedValue)) else None
            if after is not None and id(after) not in seen:
                seen.add(id(after))
                pending.append(after)
