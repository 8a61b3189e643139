"""Arrays that are given to a layer as its weights, and those that it gives."""

from __future__ import annotations

import ast

from kerascheck.graph import EXPECTED_GUARD, Weight
from kerascheck.interpreter.arrays import as_argument
from kerascheck.interpreter.conversion import LayerHandle, plain
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.sequential import known_layers
from kerascheck.interpreter.unbuilt import NoWeights
from kerascheck.interpreter.values import Instance, ListValue, TensorValue, Value
from kerascheck.program import WeightsGiven
from kerascheck.semantics.api import find_layer
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.shapes import Shape, TensorSpec, as_int


def note_set_weights(interpreter: Interpreter, instance: Instance, weights: Value, node: ast.AST) -> None:
    """``layer.set_weights(weights)``."""
    state: LayerState = instance.layer
    given, expected = _given(weights), _expected(state)
    if given is not None and expected is not None:
        _note(interpreter, state, given, expected, "set_weights", node)


def note_initial_weights(interpreter: Interpreter, state: LayerState, node: ast.AST) -> None:
    """``Embedding(…, weights=[matrix])``: they are set once the layer is built.

    Keras 3 has the argument in Embedding alone, and takes the array itself there as well.
    """
    weights = state.config.get("weights")
    if weights is None or (state.generation == 3 and state.base != "keras.layers.Embedding"):
        return
    if state.generation == 3 and isinstance(weights, TensorValue):
        given: tuple[Shape, ...] | None = (weights.spec.shape,)
    else:
        given = _given(weights)
    expected = _expected(state)
    if given is not None and expected is not None:
        _note(interpreter, state, given, expected, "weights", node)


def _note(
    interpreter: Interpreter,
    state: LayerState,
    given: tuple[Shape, ...],
    expected: tuple[Shape, ...],
    argument: str,
    node: ast.AST,
) -> None:
    source = state.source if argument == "weights" else source_of(interpreter, node)
    if source is None or EXPECTED_GUARD in interpreter.context.guards or not interpreter.module.is_user:
        return
    made = None if state.source is None else state.source.span
    found = WeightsGiven(state.name, state.generation, argument, given, expected, source.span, source.stack, made)
    if found not in interpreter.program.weights_given:
        interpreter.program.weights_given.append(found)


def _given(weights: Value) -> tuple[Shape, ...] | None:
    """The shapes of a list of arrays; None where it is not known how many they are."""
    if isinstance(weights, TensorValue):
        dims = weights.spec.shape.dims
        count = as_int(dims[0]) if dims and weights.is_array else None
        return None if count is None or dims is None else (Shape(dims[1:]),) * count
    items = weights.items if isinstance(weights, ListValue) else weights
    if not isinstance(items, (list, tuple)):
        return None
    return tuple(as_array(as_argument(item)).shape for item in items)


def _expected(state: LayerState) -> tuple[Shape, ...] | None:
    """The shapes of a layer's weights, none where it is certainly not built; None where they are not known."""
    weights = _weights(state)
    return None if weights is None else tuple(weight.shape for weight in weights)


def _weights(state: LayerState) -> tuple[Weight, ...] | None:
    if state.kind == "builtin" and not state.rejected and find_layer(state.base) is not None:
        if any(isinstance(plain(value), LayerHandle) for value in state.config.values()):
            return None
        if state.weights:
            return state.weights if all(weight.shape.dims is not None for weight in state.weights) else None
        return None if state.built or state.calls or state.in_model or state.escaped else ()
    layers = known_layers(state) if state.kind == "sequential" else None
    if not layers or any(layer.layer.kind != "builtin" for layer in layers):
        return None
    if state.outputs is None:
        used = state.calls or state.escaped or any(each.layer.calls or each.layer.weights for each in layers)
        return None if used else ()
    found: tuple[Weight, ...] = ()
    for layer in layers:
        own = _weights(layer.layer) if layer.layer.weights else () if layer.layer.built else None
        if own is None:
            return None
        found += own
    return found


def weights_of(interpreter: Interpreter, instance: Instance) -> Value:
    """``layer.get_weights()``."""
    weights = _weights(instance.layer)
    if not weights:
        return NoWeights("weights", owner=instance, name="get_weights()")
    specs = [TensorSpec(weight.shape, weight.dtype) for weight in weights]
    arrays: list[Value] = [TensorValue(spec, is_array=True, is_numpy=True) for spec in specs]
    return interpreter.heap.new(ListValue(arrays))
