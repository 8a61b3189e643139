"""Cells and layers of the user's own that Keras runs for each step of a sequence."""

from __future__ import annotations

import ast

from kerascheck.interpreter.attributes import get_attribute
from kerascheck.interpreter.conversion import OUTPUT, plain, tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.models import inside, plain_tensor
from kerascheck.interpreter.open_batch import tracing
from kerascheck.interpreter.recording import record
from kerascheck.interpreter.tensors import item
from kerascheck.interpreter.values import Arguments, Instance, ListValue, Origin, TensorValue, Value
from kerascheck.shapes import Shape, TensorSpec

RNN = "keras.layers.RNN"
STACKED = "keras.layers.StackedRNNCells"
BIDIRECTIONAL = "keras.layers.Bidirectional"
TIME_DISTRIBUTED = "keras.layers.TimeDistributed"


def run_steps(
    interpreter: Interpreter, instance: Instance, inputs: Value, bound: dict[str, Value], node: ast.AST
) -> list[tuple[str, TensorValue]]:
    """Run what of the user's a layer of Keras's runs for each step of its input; give what comes of the first.

    What the other steps give has the same form.
    """
    state: LayerState = instance.layer
    dims = inputs.spec.shape.dims if isinstance(inputs, TensorValue) else None
    if dims is None or len(dims) < 3 or bound.get("initial_state") is not None:
        return []
    assert isinstance(inputs, TensorValue)
    # Keras 3 takes the shape of what these give from what their layers say, and does not run them to build a model.
    lenient = state.generation == 3
    interpreter.context.lenient += lenient
    try:
        with tracing(interpreter, [inputs]), inside(interpreter, instance):
            return _first_step(interpreter, instance, inputs, node)
    finally:
        interpreter.context.lenient -= lenient


def _first_step(
    interpreter: Interpreter, instance: Instance, inputs: TensorValue, node: ast.AST
) -> list[tuple[str, TensorValue]]:
    state: LayerState = instance.layer
    inner = state.config.get("layer")
    if isinstance(inner, Instance) and isinstance(inner.layer, LayerState):
        if state.base == TIME_DISTRIBUTED and inner.layer.kind == "user":
            step = item(interpreter, plain_tensor(inputs), (slice(None), 0), node)
            return tensors_in(interpreter.call(inner, Arguments((step,)), node), OUTPUT)
        return _run_cells(interpreter, inner.layer, inputs, node) if state.base == BIDIRECTIONAL else []
    return _run_cells(interpreter, state, inputs, node)


def _run_cells(
    interpreter: Interpreter, state: LayerState, inputs: TensorValue, node: ast.AST
) -> list[tuple[str, TensorValue]]:
    cells = _cells(state.config.get("cell")) if state.base == RNN else []
    if not any(each.layer.kind == "user" for each in cells) or state.config.get("time_major", False) is not False:
        return []
    found: list[tuple[str, TensorValue]] = []
    given: Value = item(interpreter, plain_tensor(inputs), (slice(None), 0), node)
    for cell in cells:
        outputs = interpreter.call(cell, Arguments((given, _states(interpreter, cell, given, node))), node)
        found += tensors_in(outputs, OUTPUT)
        given = outputs[0] if isinstance(outputs, tuple) and len(outputs) == 2 else None
        if not isinstance(given, TensorValue):
            break
    return found


def _cells(given: Value) -> list[Instance]:
    """The cells of an RNN, from the input on; none where one of them is not known."""
    match given:
        case Instance(layer=LayerState(base=base, config=config)) if base == STACKED:
            return _cells(config.get("cells"))
        case Instance(layer=LayerState()):
            return [given]
        case tuple() | ListValue(items=list()):
            items = given if isinstance(given, tuple) else given.items or ()
            cells = [each for each in items if isinstance(each, Instance) and isinstance(each.layer, LayerState)]
            return cells if len(cells) == len(items) else []
    return []


def _states(interpreter: Interpreter, cell: Instance, step: Value, node: ast.AST) -> Value:
    """The states that a cell begins with, by its ``state_size``; of unknown shape where that is no number."""
    size = get_attribute(interpreter, cell, "state_size", node)
    match size:
        case tuple():
            sizes: list[Value] = list(size)
        case ListValue(items=list() as items):
            sizes = list(items)
        case _:
            sizes = [size]
    return interpreter.heap.new(ListValue([_state(interpreter, each, step, node) for each in sizes]))


def _state(interpreter: Interpreter, size: Value, step: Value, node: ast.AST) -> TensorValue:
    assert isinstance(step, TensorValue)
    dims, width = step.spec.shape.dims, plain(size)
    known = dims is not None and isinstance(width, int) and not isinstance(width, bool)
    spec = TensorSpec(Shape((dims[0], width)) if dims is not None and known else Shape(None), step.spec.dtype)
    made = record(interpreter, "op", "keras.ops.zeros", "zeros", [spec], [("x", step)], node=node)
    return TensorValue(spec, (Origin(made.identifier),))
