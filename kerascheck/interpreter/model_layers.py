"""``model.layers`` of a functional model: those that its code made, and those that Keras makes for the inputs."""

from __future__ import annotations

from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_order import InputPlace, ordered_layers
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.models import history_calls
from kerascheck.interpreter.shape_arguments import INPUT_LAYER
from kerascheck.interpreter.values import (
    DictValue,
    External,
    Instance,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.shapes import as_int


def model_layers(interpreter: Interpreter, state: LayerState) -> list[Value] | None:
    """The layers in Keras's order, a value of which nothing is known for each op that is one; None if not known.

    They are not where an output, or what a layer on the way was called on, may have been made by further layers.
    """
    calls = history_calls(state.inputs, state.outputs)
    called_on = (value for call in calls if isinstance(call.function, Instance) for value in call.arguments.positional)
    if any(_may_hide_layers(value) for value in (state.outputs, *called_on)):
        return None
    places = ordered_layers(state.inputs, state.outputs, state.generation)
    if places is None:
        return None
    return [_layer_at(interpreter, state, each) if isinstance(each, InputPlace) else each for each in places]


def _may_hide_layers(value: Value) -> bool:
    match value:
        case UnknownValue() | ListValue(items=None) | DictValue(items=None):
            return True
        case tuple():
            return any(map(_may_hide_layers, value))
        case ListValue(items=list() as items):
            return any(map(_may_hide_layers, items))
        case DictValue(items=dict() as entries):
            return any(map(_may_hide_layers, entries.values()))
    return False


def _layer_at(interpreter: Interpreter, state: LayerState, place: InputPlace) -> Value:
    return input_layer(interpreter, state, place.tensor) or UnknownValue("input layer")


def input_layer_named(interpreter: Interpreter, state: LayerState, name: str) -> Instance | None:
    """The layer of a functional model's input of that name."""
    for _, tensor in tensors_in(state.inputs) if state.kind == "functional" else ():
        made = input_layer(interpreter, state, tensor)
        if made is not None and made.layer.name == name:
            return made
    return None


def input_layer(interpreter: Interpreter, state: LayerState, tensor: TensorValue) -> Instance | None:
    """What stands for an Input among a model's layers: it gives the Input's tensor.

    None for a tensor in the midst of another model, for which Keras makes an input of its own.
    """
    nodes = [interpreter.program.recorder.nodes[origin.node] for origin in tensor.origins]
    if [node.kind for node in nodes] != ["input"]:
        return None
    identity = f"input_layer#{nodes[0].identifier}"
    made = LayerState(INPUT_LAYER, INPUT_LAYER, state.generation, nodes[0].name, identity, "builtin", built=True)
    made.last_inputs = made.last_outputs = tensor
    made.in_model = True
    dims = tensor.spec.shape.dims
    sizes = None if dims is None else tuple(as_int(dim) for dim in dims)
    made.config.update(batch_shape=sizes, dtype=tensor.spec.dtype, name=nodes[0].name)
    return interpreter.heap.new(Instance(External(INPUT_LAYER), made))
