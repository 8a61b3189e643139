"""What Keras gives a layer or model: its attributes and methods."""

from __future__ import annotations

import ast
from contextlib import suppress

from kerascheck.interpreter.classes import resolution_order
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import NOWHERE, Interpreter
from kerascheck.interpreter.graph_mode import updates_of
from kerascheck.interpreter.layer_settings import layer_setting
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import is_trainable
from kerascheck.interpreter.losses import note_losses
from kerascheck.interpreter.members import Owner, note_member
from kerascheck.interpreter.model_layers import model_layers
from kerascheck.interpreter.optimizers import model_optimizer
from kerascheck.interpreter.sequential import sequential_layers
from kerascheck.interpreter.shape_values import input_shape_value
from kerascheck.interpreter.syntax import remembered, targets_in, walk
from kerascheck.interpreter.training import all_layers
from kerascheck.interpreter.unbuilt import note_unbuilt_read
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    ClassValue,
    External,
    Instance,
    ListValue,
    NativeMethod,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.interpreter.variables import held_layers, held_variables

WEIGHT_LISTS = frozenset(
    {"trainable_weights", "non_trainable_weights", "weights", "trainable_variables", "non_trainable_variables",
     "variables"}
)  # fmt: skip


def layer_attribute(interpreter: Interpreter, instance: Instance, name: str, node: ast.AST, called: bool) -> Value:
    """``layer.name`` for what the user's code did not define."""
    state: LayerState = instance.layer
    if not assigned_by_class(instance.cls, name):
        package = instance.cls.name.partition(".")[0] if isinstance(instance.cls, External) else None
        owner = Owner(state.base, state.generation, own=state.kind == "user", package=package)
        note_member(interpreter, owner, name, node, called)
    match name:
        case "name":
            return state.name or NOTHING_KNOWN
        case "losses" | "compute_loss" | "compiled_loss" | "_compute_loss" | "get_losses_for":
            note_losses(interpreter, instance)
            return NOTHING_KNOWN if name == "losses" else NativeMethod(instance, name)
        case "optimizer" if state.is_model:
            return model_optimizer(state)
        case "trainable" | "built" | "dtype" | "metrics" | "optimizer" | "compiled":
            return state.trainable if name == "trainable" else NOTHING_KNOWN
        case "updates":
            return updates_of(interpreter, all_layers(instance))
        case "layers":
            return _layers(interpreter, state)
        case "input" | "inputs" | "output" | "outputs":
            return _end(interpreter, state, name)
        case "input_shape" | "output_shape":
            end = _end(interpreter, state, name.removesuffix("_shape"))
            return input_shape_value(interpreter, end)
        case _ if name in WEIGHT_LISTS:
            state.weights_read = True
            state.weight_reads += 1
            return interpreter.heap.new(ListValue(_listed(instance, name), copy_of=(name, instance)))
    for weight in state.own:
        entry = interpreter.program.recorder.nodes.get(weight.variable.node) if weight.variable else None
        if entry is not None and entry.name == name:
            return weight
    if name in state.config:
        with suppress(KeyError):
            return layer_setting(state, name)
    if state.weights and any(weight.name == name for weight in state.weights):
        return _weight(interpreter, state, name)
    if state.kind == "builtin" and not state.built and not called:
        note_unbuilt_read(interpreter, instance, name, node)
    return NativeMethod(instance, name)


def _listed(instance: Instance, name: str) -> list[Value] | None:
    """The weights in one of a layer's lists, where all of them are those that its own class adds."""
    state: LayerState = instance.layer
    own = [(tensor, tensor.variable) for tensor in state.own]
    if state.kind != "user" or state.is_model or not own or state.sublayers or held_layers(instance) or state.inherited:
        return None
    nodes = {variable.node for _, variable in own if variable is not None}
    known = all(tensor.variable is not None and tensor.variable.node in nodes for tensor in held_variables(instance))
    if not known or not is_trainable(instance) or any(each is None or each.trainable is None for _, each in own):
        return None
    trains: list[Value] = [tensor for tensor, variable in own if variable is not None and variable.trainable]
    stays: list[Value] = [tensor for tensor, variable in own if variable is not None and not variable.trainable]
    return stays if name.startswith("non_") else trains if name.startswith("trainable") else [*trains, *stays]


def _weight(interpreter: Interpreter, state: LayerState, name: str) -> Value:
    """``layer.kernel`` of a built layer: a variable that the layer owns."""
    from kerascheck.interpreter.variables import make_variable

    for own in state.own:
        if own.variable is not None and interpreter.program.recorder.nodes[own.variable.node].name == name:
            return own
    weight = next(each for each in state.weights if each.name == name)
    made = make_variable(
        interpreter, "keras.Variable", weight.shape, weight.dtype, NOWHERE, name=name, owned=True,
        trainable=weight.trainable,
    )  # fmt: skip
    state.own.append(made)
    return made


def _layers(interpreter: Interpreter, state: LayerState) -> Value:
    if state.kind == "sequential":
        known = state.layers is not None and state.layers.items is not None
        return interpreter.heap.new(ListValue(sequential_layers(state) if known else None))
    if state.kind == "functional":
        return interpreter.heap.new(ListValue(model_layers(interpreter, state)))
    return interpreter.heap.new(ListValue(None))


def _end(interpreter: Interpreter, state: LayerState, name: str) -> Value:
    """``layer.output`` and its kin: the ends of a model, or what the layer was last called on."""
    is_input = name.startswith("input")
    value = state.inputs if is_input else state.outputs
    if value is None:
        value = state.last_inputs if is_input else state.last_outputs
    if value is None:
        return UnknownValue(name)
    if name.endswith("s") and isinstance(value, TensorValue):
        return interpreter.heap.new(ListValue([value]))
    if not name.endswith("s") and isinstance(value, (tuple, ListValue)) and len(tensors_in(value)) == 1:
        # A model made of a list of one gives the one.
        return tensors_in(value)[0][1]
    return value


def assigned_by_class(cls: Value, name: str) -> bool:
    """Whether some method of the user's class, or of a class it extends, assigns ``self.name``."""
    # A loop, as this is asked for each attribute: a generator takes longer to make than to run.
    for each in resolution_order(cls):  # noqa: SIM110
        if isinstance(each, ClassValue) and name in assigned_names(each):
            return True
    return False


def assigned_names(cls: ClassValue) -> frozenset[str]:
    """The attributes that the class's own code assigns."""
    if cls.assigned is None:
        cls.assigned = frozenset() if cls.node is None else remembered(cls.node, _stored_attributes)
    return cls.assigned


def _stored_attributes(node: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    for target in targets_in(node):
        if isinstance(target, ast.Attribute):
            # What it is an attribute of is read.
            found.add(target.attr)
        elif not isinstance(target, ast.Name):
            nested = (each for each in walk(target) if isinstance(each, ast.Attribute))
            found.update(each.attr for each in nested if isinstance(each.ctx, ast.Store))
    return frozenset(found)
