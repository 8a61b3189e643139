"""Sequential models."""

from __future__ import annotations

import ast
from typing import Any

from kerascheck.graph import EXPECTED_GUARD, Source
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import NOWHERE, Context, Interpreter
from kerascheck.interpreter.inputs import input_tensor
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.refusals import note_same_name
from kerascheck.interpreter.shape_values import shape_dims, written_size
from kerascheck.interpreter.values import (
    Arguments,
    Instance,
    ListValue,
    TensorValue,
    Value,
)
from kerascheck.shapes import Expression, as_int, depends_on
from kerascheck.shapes.dim import symbols_of


def fill_sequential(interpreter: Interpreter, instance: Instance, layers: Value, node: ast.AST) -> None:
    """``Sequential([...])``."""
    from kerascheck.interpreter.iteration import iterate

    if layers is None:
        return
    items = iterate(interpreter, layers)
    if items is None:
        interpreter.unknown(node, "keras.Sequential", "its list of layers")
        interpreter.heap.touch(instance.layer.layers)
        instance.layer.layers.items = None
        return
    for item in items:
        add_to_sequential(interpreter, instance, item, node)


def add_to_sequential(interpreter: Interpreter, instance: Instance, layer: Value, node: ast.AST) -> None:
    """``model.add(layer)``."""
    state: LayerState = instance.layer
    layers = state.layers
    if layers is None or layers.items is None:
        return
    interpreter.heap.touch(layers)
    interpreter.heap.touch(instance)
    match layer:
        case TensorValue() if layer.history is not None:
            state.inputs = state.outputs = layer
            return
        case Instance() if layer.layer is not None and layer.layer.base == "keras.layers.InputLayer":
            config = layer.layer.config
            dims = shape_dims(config.get("batch_shape")) or shape_dims(config.get("batch_input_shape"))
            if dims is None:
                shape = config.get("shape")
                inner = shape_dims(config.get("input_shape") if shape is None else shape)
                dims = None if inner is None else (written_size(config.get("batch_size")), *inner)
            state.inputs = state.outputs = input_tensor(
                interpreter,
                dims,
                config.get("dtype"),
                config.get("name"),
                source=layer.layer.source,
                made_by=state.generation,
                label=layer.layer.name if state.generation == 3 else None,
            )
            return
        case Instance() if layer.layer is not None:
            note_same_name(interpreter, state, layers.items, layer, node)
            layers.items.append(layer)
            layer.layer.in_model = True
        case _:
            layers.items = None
            state.inputs = state.outputs = None
            return
    if state.outputs is None and len(layers.items) == 1:
        start_sequential(interpreter, state, layer)
    elif state.outputs is not None:
        step_sequential(interpreter, state, layer)


def start_sequential(interpreter: Interpreter, state: LayerState, first: Instance) -> None:
    """Give the model the input that its first layer names, if it does."""
    inner: LayerState = first.layer
    dims = shape_dims(inner.config.get("batch_input_shape")) or shape_dims(inner.config.get("batch_shape"))
    if dims is None and inner.config.get("input_shape") is not None:
        given = shape_dims(inner.config["input_shape"])
        dims = None if given is None else (written_size(inner.config.get("batch_size")), *given)
    if dims is None and isinstance(inner.config.get("input_dim"), int) and inner.base != "keras.layers.Embedding":
        dims = (None, inner.config["input_dim"])
    if dims is None and state.generation == 2 and inner.base == "keras.layers.Embedding":
        length = inner.config.get("input_length")
        dims = (None, length if isinstance(length, int) else None)
    if dims is None and inner.inputs is not None:
        known = tensors_in(inner.inputs)
        dims = known[0][1].spec.shape.dims if len(known) == 1 else None
        dims = None if dims is None else (None, *dims[1:])
    if inner.shape_argument is not None and state.generation == 3:
        interpreter.program.shape_arguments.append(inner.shape_argument)
    if dims is None:
        return
    dtype = "float32" if not isinstance(inner.config.get("dtype"), str) else inner.config["dtype"]
    state.inputs = state.outputs = input_tensor(
        interpreter, dims, dtype, _input_name(state, first), source=inner.source, made_by=state.generation
    )
    step_sequential(interpreter, state, first)


def step_sequential(interpreter: Interpreter, state: LayerState, layer: Instance) -> None:
    """Call the layer that was just added on what the model gave so far."""
    with interpreter.replaying(layer.layer.source):
        state.outputs = interpreter.call(layer, Arguments((state.outputs,)), NOWHERE)
    state.sublayers.append(layer)


def build_sequential(
    interpreter: Interpreter,
    instance: Instance,
    dims: tuple[Any, ...] | None,
    dtype: str | None = None,
    source: Source | None = None,
) -> None:
    """Run a Sequential that was made without an input on one of that shape (None for any).

    ``source`` is the call that builds it, where one does.
    """
    state: LayerState = instance.layer
    layers = known_layers(state)
    if state.outputs is not None or not layers:
        return
    interpreter.heap.touch(instance)
    state.inferred = True
    state.inputs = state.outputs = input_tensor(
        interpreter, dims, dtype, _input_name(state, layers[0]), source=source or state.source, made_by=state.generation
    )
    for layer in layers:
        step_sequential(interpreter, state, layer)


def _input_name(state: LayerState, first: Instance) -> str | None:
    """Keras 2 names the input of a Sequential after its first layer."""
    return f"{first.layer.name}_input" if state.generation == 2 else None


def build_on(interpreter: Interpreter, instance: Instance, given: TensorValue, node: ast.AST) -> None:
    """Build a Sequential for its first call: Keras makes a model of its own of it, from an Input of that shape."""
    dims = given.spec.shape.dims
    if not dims:
        return
    # What the analysis made up keeps its name, and so is known not to be open in every call.
    assumed: set[str] = interpreter.facts.assumed
    sizes = (
        None
        if isinstance(dim, Expression)
        and as_int(dim) is None
        and assumed.isdisjoint(each.name for each in symbols_of(dim))
        else dim
        for dim in dims[1:]
    )
    source = source_of(interpreter, node)
    context, owners = interpreter.context, interpreter.facts.call_instances
    samples = as_int(dims[0])
    samples = context.samples if samples is None and depends_on(dims[0]) else samples
    interpreter.context = Context(modules=context.modules, depth=context.depth, guards=_kept(context.guards))
    interpreter.facts.call_instances = []
    try:
        build_sequential(interpreter, instance, (samples, *sizes), given.spec.dtype, source)
    finally:
        interpreter.context, interpreter.facts.call_instances = context, owners


def _kept(guards: list[str]) -> list[str]:
    return [guard for guard in guards if guard == EXPECTED_GUARD]


def known_layers(state: LayerState) -> list[Instance] | None:
    """The layers of a Sequential, None where some are not known: added on one path only, or in a loop of any length."""
    items = state.layers.items if state.layers is not None else None
    found = [each for each in items or () if isinstance(each, Instance) and each.layer is not None]
    return found if items is not None and len(found) == len(items) else None


def sequential_layers(state: LayerState) -> list[Value]:
    """The layers of a Sequential, as far as known."""
    layers = state.layers
    return list(layers.items) if isinstance(layers, ListValue) and layers.items is not None else []
