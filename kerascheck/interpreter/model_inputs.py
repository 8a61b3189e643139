"""Which of a model's Inputs takes which of the data, and how its layers get them."""

from __future__ import annotations

from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.values import DictValue, ListValue, TensorValue, Value
from kerascheck.semantics.fitting import conformed
from kerascheck.shapes import TensorSpec


def paired_inputs(
    interpreter: Interpreter, state: LayerState, x: Value
) -> list[tuple[TensorValue, TensorValue]] | str | None:
    """Each Input with what it is given; the mistake where there are too many or too few, None where that is open."""
    inputs = tensors_in(state.inputs)
    if not is_all_tensors(state.inputs):
        return None
    if isinstance(x, DictValue):
        return _by_name(interpreter, state, inputs, x)
    if not is_all_tensors(x):
        return None
    given = [tensor for _, tensor in tensors_in(x)]
    if len(given) != len(inputs):
        if state.kind != "functional":
            return None
        return f"model `{state.name}` takes {_times(len(inputs), 'input')} and is given {len(given)}"
    return [(own, found) for (_, own), found in zip(inputs, given, strict=True)]


def _by_name(
    interpreter: Interpreter, state: LayerState, inputs: list[tuple[str, TensorValue]], x: DictValue
) -> list[tuple[TensorValue, TensorValue]] | str | None:
    entries = x.items
    if entries is None or state.kind != "functional" or not all(is_all_tensors(part) for part in entries.values()):
        return None
    nodes = interpreter.program.recorder.nodes
    names = [nodes[tensor.origins[0].node].name if tensor.origins else "" for _, tensor in inputs]
    if isinstance(state.inputs, DictValue) and state.inputs.items is not None:
        names = sorted(str(key) for key in state.inputs.items)
    missing = [name for name in names if name not in entries]
    if missing and all(not name.startswith("input") for name in names):
        given = ", ".join(f"`{key}`" for key in entries)
        return f"input `{missing[0]}` of model `{state.name}` is not among the data given, {given}"
    if missing or len(entries) != len(names):
        return None
    found = [entries[name] for name in names]
    if not all(isinstance(part, TensorValue) for part in found):
        return None
    return [(own, part) for (_, own), part in zip(inputs, found, strict=True)]


def is_all_tensors(value: Value) -> bool:
    """Whether a nest holds nothing but tensors, so that each Input's is known."""
    match value:
        case TensorValue():
            return True
        case tuple():
            return all(is_all_tensors(part) for part in value)
        case ListValue(items=list() as items):
            return all(is_all_tensors(part) for part in items)
        case DictValue(items=dict() as entries):
            return all(is_all_tensors(part) for part in entries.values())
    return False


def _times(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def as_taken(interpreter: Interpreter, pairs: list[tuple[TensorValue, TensorValue]]) -> Value:
    """The data in the order of the Inputs, as the model's layers get them."""

    def taken(own: TensorValue, given: TensorValue) -> TensorValue:
        return TensorValue(TensorSpec(conformed(own.spec.shape, given.spec.shape), given.spec.dtype), is_array=True)

    values: list[Value] = [taken(own, given) for own, given in pairs]
    return values[0] if len(values) == 1 else interpreter.heap.new(ListValue(values))
