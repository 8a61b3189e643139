"""Which of a model's Inputs takes which of the data, and how its layers get them."""

from __future__ import annotations

from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.values import DictValue, ListValue, TensorValue, UnknownValue, Value
from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.fed_words import Words, input_count_words, missing_input_words
from kerascheck.semantics.fitting import conformed
from kerascheck.shapes import TensorSpec


def expect(interpreter: Interpreter, state: LayerState, inputs: Value) -> None:
    """Keep what a model is given first, as it is now: a list of it may grow after the call."""
    if state.expected is None:
        state.expected = map_tensors(inputs, lambda tensor: tensor, interpreter.heap.new)


def paired_inputs(
    interpreter: Interpreter, state: LayerState, x: Value
) -> list[tuple[TensorValue, TensorValue]] | Words | None:
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
        return input_count_words(state.name, len(inputs), len(given))
    return [(own, found) for (_, own), found in zip(inputs, given, strict=True)]


def _by_name(
    interpreter: Interpreter, state: LayerState, inputs: list[tuple[str, TensorValue]], x: DictValue
) -> list[tuple[TensorValue, TensorValue]] | Words | None:
    entries = x.items
    if entries is None or state.kind != "functional" or not all(is_all_tensors(part) for part in entries.values()):
        return None
    nodes = interpreter.program.recorder.nodes
    names = [nodes[tensor.origins[0].node].name if tensor.origins else "" for _, tensor in inputs]
    if isinstance(state.inputs, DictValue) and state.inputs.items is not None:
        names = sorted(str(key) for key in state.inputs.items)
    missing = [name for name in names if name not in entries]
    if missing and all(not name.startswith("input") for name in names):
        return missing_input_words(state.name, missing[0], entries)
    if missing or len(entries) != len(names):
        return None
    found = [entries[name] for name in names]
    if not all(isinstance(part, TensorValue) for part in found):
        return None
    return [(own, part) for (_, own), part in zip(inputs, found, strict=True)]


def input_count_problem(interpreter: Interpreter, state: LayerState, inputs: Value) -> Problem | None:
    """The problem of calling a functional model on more or fewer tensors than it has Inputs, or on others by name.

    tf_keras calls a model on symbolic tensors whatever the keys of a dict are.
    """
    given = tensors_in(inputs)
    if state.kind != "functional" or any(may_be_several(interpreter, tensor) for _, tensor in given):
        return None
    by_name = isinstance(inputs, DictValue)
    if by_name and state.generation == 2 and not all(tensor.is_array for _, tensor in given):
        return None
    nodes = interpreter.program.recorder.nodes
    own = [nodes.get(origin.node) for _, tensor in tensors_in(state.inputs) for origin in tensor.origins]
    if any(node is None or node.config.get("optional", False) is not False for node in own):
        return None
    found = paired_inputs(interpreter, state, inputs)
    if not isinstance(found, Words):
        return None
    names = ", ".join(f"`{node.name}`" for node in own if node is not None)
    wanted = f"pass a list of its {len(own)} inputs" if len(own) > 1 else "pass one tensor"
    return Problem(
        ProblemKind.INPUTS,
        found.message,
        label=f"its {'inputs are' if len(own) > 1 else 'input is'} {names}",
        help=f"pass a dict with the names of its Inputs, or {wanted}" if by_name else wanted,
    )


def may_be_several(interpreter: Interpreter, value: Value) -> bool:
    """Whether what is taken for one tensor may be a list of them: its rank is unknown, or the analysis made it up."""
    if not isinstance(value, TensorValue):
        return isinstance(value, UnknownValue)
    made_up: set[str] = interpreter.facts.made_up
    return value.spec.shape.dims is None or any(origin.node in made_up for origin in value.origins)


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


def as_taken(interpreter: Interpreter, pairs: list[tuple[TensorValue, TensorValue]]) -> Value:
    """The data in the order of the Inputs, as the model's layers get them."""

    def taken(own: TensorValue, given: TensorValue) -> TensorValue:
        return TensorValue(TensorSpec(conformed(own.spec.shape, given.spec.shape), given.spec.dtype), is_array=True)

    values: list[Value] = [taken(own, given) for own, given in pairs]
    return values[0] if len(values) == 1 else interpreter.heap.new(ListValue(values))
