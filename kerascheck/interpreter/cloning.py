"""``clone_model``: a model of the same layers, each made anew."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.interpreter.classes import MODEL, SEQUENTIAL
from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import NOWHERE, ExternalHandler, Interpreter
from kerascheck.interpreter.inputs import input_tensor
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import make_layer
from kerascheck.interpreter.models import history_calls
from kerascheck.interpreter.recording import snake_case
from kerascheck.interpreter.sequential import add_to_sequential, known_layers
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, External, Instance, TensorValue, Value
from kerascheck.interpreter.variables import CONTAINERS, contents
from kerascheck.shapes import as_int


def _clone_model(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``clone_model(model)``; with an argument more, what comes of it is not known."""
    model = arguments.get(0, "model")
    alone = len(arguments.positional) + len(arguments.keywords) == 1 and not arguments.open
    if not alone or not isinstance(model, Instance) or model.layer is None:
        return NOTHING_KNOWN
    return _clone(interpreter, model, node) if _can_clone(model) else NOTHING_KNOWN


def _can_clone(layer: Instance) -> bool:
    """Whether all that a layer is made of are Keras's own layers, whose arguments are all that they are made from."""
    state: LayerState = layer.layer
    if not isinstance(layer.cls, External) or layer.open or state.rejected:
        return False
    match state.kind:
        case "builtin":
            return state.base != MODEL and not any(
                isinstance(each, Instance) and each.layer is not None
                for each in contents(list(state.config.values()), CONTAINERS)
            )
        case "sequential":
            layers = known_layers(state)
            return layers is not None and not state.inferred and all(_can_clone(each) for each in layers)
        case "functional":
            calls = history_calls(state.inputs, state.outputs)
            return all(_can_clone(each.function) for each in calls if isinstance(each.function, Instance))
    return False


def _clone(interpreter: Interpreter, layer: Instance, node: ast.AST) -> Instance:
    state: LayerState = layer.layer
    match state.kind:
        case "sequential":
            made = _clone_sequential(interpreter, layer, node)
        case "functional":
            made = _clone_functional(interpreter, layer, node)
        case _:
            made = _clone_layer(interpreter, layer)
    made.layer.trainable = state.trainable
    if "trainable" in layer.attributes:
        made.attributes["trainable"] = layer.attributes["trainable"]
    return made


def _clone_layer(interpreter: Interpreter, layer: Instance) -> Instance:
    state: LayerState = layer.layer
    copy = interpreter.heap.new(Instance(layer.cls, span=layer.span))
    identity = f"{snake_case(state.base.rsplit('.', maxsplit=1)[-1])}#{len(interpreter.facts.layers) + 1}"
    copy.layer = LayerState(
        state.op, state.base, state.generation, state.name, identity, state.kind, dict(state.config), state.source,
        positional=state.positional,
    )  # fmt: skip
    interpreter.facts.layers.append(copy)
    return copy


def _clone_sequential(interpreter: Interpreter, model: Instance, node: ast.AST) -> Instance:
    state: LayerState = model.layer
    made = _make(interpreter, model, SEQUENTIAL, {}, node)
    copy: LayerState = made.layer
    if isinstance(state.inputs, TensorValue):
        copy.inputs = copy.outputs = _input(interpreter, state.inputs, state)
    for layer in known_layers(state) or ():
        add_to_sequential(interpreter, made, _clone(interpreter, layer, node), node)
    return made


def _clone_functional(interpreter: Interpreter, model: Instance, node: ast.AST) -> Instance:
    state: LayerState = model.layer
    inputs = map_tensors(state.inputs, lambda each: _input(interpreter, each, state), interpreter.heap.new)
    pairs = zip(tensors_in(state.inputs), tensors_in(inputs), strict=True)
    tensors = {before.origins: after for (_, before), (_, after) in pairs}
    layers: dict[int, Instance] = {}

    def cloned(value: Value) -> Value:
        return map_tensors(value, lambda each: tensors.get(each.origins, each), interpreter.heap.new)

    for call in history_calls(state.inputs, state.outputs):
        function = call.function
        if isinstance(function, Instance):
            if id(function) not in layers:
                layers[id(function)] = _clone(interpreter, function, node)
            function = layers[id(function)]
        arguments = replace(
            call.arguments,
            positional=tuple(cloned(value) for value in call.arguments.positional),
            keywords={name: cloned(value) for name, value in call.arguments.keywords.items()},
        )
        with interpreter.replaying(call.source):
            result = interpreter.call(function, arguments, NOWHERE)
        for (_, before), (_, after) in zip(tensors_in(call.outputs), tensors_in(result), strict=False):
            tensors[before.origins] = after
    return _make(interpreter, model, MODEL, {"inputs": inputs, "outputs": cloned(state.outputs)}, node)


def _make(interpreter: Interpreter, model: Instance, base: str, ends: dict[str, Value], node: ast.AST) -> Instance:
    state: LayerState = model.layer
    assert isinstance(model.cls, External)
    made = make_layer(
        interpreter, model.cls, (base, state.generation), Arguments((), {**ends, "name": state.name}), node
    )
    assert isinstance(made, Instance)
    return made


def _input(interpreter: Interpreter, given: TensorValue, state: LayerState) -> TensorValue:
    """An input like another; each of its open sizes may be another."""
    entry = interpreter.program.recorder.nodes[given.origins[0].node]
    dims = given.spec.shape.dims
    sizes = None if dims is None else tuple(as_int(dim) for dim in dims)
    return input_tensor(interpreter, sizes, given.spec.dtype, entry.name, source=entry.source, made_by=state.generation)


HANDLERS: dict[str, ExternalHandler] = {"keras.models.clone_model": _clone_model}
