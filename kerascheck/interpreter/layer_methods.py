"""Methods that Keras gives layers and models."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.catalog import Effect, removed_in_keras_3
from kerascheck.graph import Weight
from kerascheck.interpreter.assignments import note_late
from kerascheck.interpreter.binding import note_argument
from kerascheck.interpreter.building import BUILT_BEFORE, build_known, declared_output_shape
from kerascheck.interpreter.connections import note_added_loss
from kerascheck.interpreter.conversion import plain, tensors_in
from kerascheck.interpreter.core import STEPS, Interpreter
from kerascheck.interpreter.fed_data import DATA_METHODS, PREDICTING_METHODS, TRAINING_METHODS
from kerascheck.interpreter.first_calls import call_first
from kerascheck.interpreter.fitting import feed, note_compiled
from kerascheck.interpreter.flat_losses import note_flat_loss
from kerascheck.interpreter.flows import PREDICTED, derived, with_flow
from kerascheck.interpreter.given_weights import note_set_weights, weights_of
from kerascheck.interpreter.inference import forget_assumed
from kerascheck.interpreter.jit_calls import note_auto_jit
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import call_builtin, call_layer, class_function, initialise
from kerascheck.interpreter.metrics import note_metrics_given
from kerascheck.interpreter.model_layers import input_layer_named, model_layers
from kerascheck.interpreter.models import call_known, history_calls
from kerascheck.interpreter.names import Described, describe, find_symbol
from kerascheck.interpreter.packages import note_foreign_callbacks, note_foreign_compiled
from kerascheck.interpreter.recording import automatic_name, record, source_of
from kerascheck.interpreter.refusals import (
    note_compile_strings,
    note_loss,
    note_name,
    note_strings,
    note_weight_by_position,
    note_written_arguments,
)
from kerascheck.interpreter.runs import note_run
from kerascheck.interpreter.saving import note_method
from kerascheck.interpreter.sequential import add_to_sequential, build_sequential, known_layers, sequential_layers
from kerascheck.interpreter.shape_values import shape_dims
from kerascheck.interpreter.strategies import note_strategy
from kerascheck.interpreter.trainable_changes import note_compile, note_training
from kerascheck.interpreter.training import record_fit
from kerascheck.interpreter.unbuilt import note_uncounted
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Instance,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.interpreter.variables import make_variable
from kerascheck.problems import Problem, ProblemKind
from kerascheck.shapes import UNKNOWN, Expression, Shape, TensorSpec, as_int, depends_on

GENERATOR_METHODS = frozenset({"fit_generator", "evaluate_generator", "predict_generator"})
COMPUTED_LOSSES = frozenset({"compute_loss", "_compute_loss", "compiled_loss"})
"""What gives the loss that a model is compiled with, computed from a prediction there and then."""


def call_layer_method(
    interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    """``layer.name(...)`` for a method the user's code did not define."""
    state: LayerState = instance.layer
    note_refused_arguments(interpreter, state, name, arguments, node)
    match name:
        case "__init__":
            initialise(interpreter, instance, arguments, node)
            return None
        case "__call__":
            return call_layer(interpreter, instance, arguments, node)
        case "call":
            if state.kind in ("functional", "sequential"):
                return call_known(interpreter, instance, arguments.get(0, "inputs", NOTHING_KNOWN), arguments, node)
            return call_builtin(interpreter, instance, arguments, node)
        case "build":
            state.told_build = True
            return _build(interpreter, instance, arguments, node)
        case "compute_output_shape":
            state.handed_on = True
            return declared_output_shape(interpreter, instance, arguments)
        case "add" if state.kind == "sequential":
            for layer in arguments.positional[:1] or tuple(arguments.keywords.values())[:1]:
                add_to_sequential(interpreter, instance, layer, node)
            return None
        case "pop" if state.kind == "sequential":
            return _pop(interpreter, instance)
        case "add_weight" | "add_variable":
            note_weight_by_position(interpreter, state, name, arguments, node)
            note_name(interpreter, arguments.keywords.get("name"), name, state.generation, node)
            note_strings(interpreter, arguments.keywords, state.generation, node)
            return add_weight(interpreter, instance, arguments, node)
        case "get_layer":
            return _get_layer(interpreter, state, arguments)
        case _ if name in DATA_METHODS and state.is_model:
            return _run_on_data(interpreter, instance, name, arguments, node)
        case "count_params":
            note_uncounted(interpreter, instance, name, node)
            state.handed_on = True
            return NOTHING_KNOWN
        case "compile" | "summary" | "save" | "save_weights" | "load_weights" | "add_loss" | "add_metric":
            _tell_method(interpreter, instance, name, arguments, node)
            return None
        case "set_weights":
            note_set_weights(interpreter, instance, arguments.get(0, "weights"), node)
            return None
        case "get_weights":
            return weights_of(interpreter, instance)
        case "reset_states" | "reset_state":
            interpreter.facts.run_facts.resets += 1
            return None
        case "add_update":
            return None
    state.handed_on = True
    if name in COMPUTED_LOSSES and state.is_model:
        return derived(interpreter, name, arguments.given, node)
    return NOTHING_KNOWN


def _tell_method(interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST) -> None:
    """A method that gives nothing, and that a rule is about."""
    state: LayerState = instance.layer
    interpreter.program.adds_losses |= name == "add_loss"
    if name in ("add_loss", "add_metric"):
        note_added_loss(interpreter, instance)
    if name == "add_loss" and interpreter.context.layer_calls and arguments.positional:
        state.added_loss = interpreter.span(node)
    if arguments.keywords.get("jit_compile") is True:
        interpreter.facts.jit_models.append(instance)
    interpreter.facts.eager |= arguments.keywords.get("run_eagerly", False) not in (False, None)
    note_metrics_given(interpreter, arguments, node)
    if name == "add_loss":
        note_loss(interpreter, instance, arguments, node)
        _add_losses(interpreter, state, arguments, node)
    if name in ("save", "save_weights", "load_weights"):
        note_method(interpreter, instance, name, arguments, node)
    if name == "summary":
        note_uncounted(interpreter, instance, name, node)
    if name == "compile":
        _compile(interpreter, instance, arguments, node)


def _run_on_data(interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """``model.fit(...)`` and its kin."""
    state: LayerState = instance.layer
    state.escaped = True
    state.fitted = state.fitted or name in TRAINING_METHODS
    state.measured = state.measured or name not in PREDICTING_METHODS
    state.handed_on = True
    if name in ("fit", "fit_generator"):
        record_fit(interpreter, instance, node)
    note_run(interpreter, instance, name, arguments, node)
    if arguments.keywords.get("callbacks") is not None:
        note_foreign_callbacks(interpreter, instance, arguments.keywords, node)
    result = feed(interpreter, instance, name, arguments, node)
    note_training(interpreter, instance, name, arguments, source_of(interpreter, node))
    if name in PREDICTING_METHODS:
        return with_flow(interpreter, PREDICTED, instance, arguments, result, node)
    return result


def _compile(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """``model.compile(...)``: everything that is told of one."""
    note_compile_strings(interpreter, arguments, instance.layer.generation, node)
    record_fit(interpreter, instance, node)
    note_compiled(interpreter, instance, arguments, node)
    note_strategy(interpreter, instance, arguments, node)
    note_foreign_compiled(interpreter, instance, arguments, node)
    note_flat_loss(interpreter, instance, arguments, node)
    note_auto_jit(interpreter, instance, arguments)
    note_compile(interpreter, instance, arguments, source_of(interpreter, node))


def _add_losses(interpreter: Interpreter, state: LayerState, arguments: Arguments, node: ast.AST) -> None:
    """``model.add_loss(tensor)`` on a model of tf_keras: it adds a layer for each of its own tensors."""
    if state.generation != 2 or state.kind != "functional":
        return
    for _, tensor in tensors_in(arguments.get(0, "losses")):
        if tensor.spec.keras_tensor:
            name = automatic_name(interpreter, "add_loss")
            spec = replace(tensor.spec, content=None)
            record(
                interpreter, "layer", "AddLoss", name, [spec], [("0", tensor)], node=node, layer=f"{name}#loss",
                generation=2, on_keras_tensor=True,
            )  # fmt: skip


def note_refused_arguments(
    interpreter: Interpreter, state: LayerState, name: str, arguments: Arguments, node: ast.AST
) -> None:
    """Note the keywords that Keras's own method does not take: ``model.fit(nb_epoch=5)``."""
    if name in GENERATOR_METHODS:
        note_written_arguments(interpreter, name, node)
    described = describe(f"{state.base}.{name}", state.generation)
    symbol = None if described is None else find_symbol(described)
    if described is None or symbol is None:
        return
    for keyword in arguments.keywords:
        if symbol.accepts(keyword) is False or _is_refused(described, keyword):
            note_argument(interpreter, described, keyword, node)


def _is_refused(described: Described, keyword: str) -> bool:
    """Whether a method of Keras 3 takes any keyword, and raises for this one."""
    removal = removed_in_keras_3(described.name, keyword) if described.generation == 3 else None
    return removal is not None and removal.effect is Effect.RAISES


def _build(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> Value:
    state: LayerState = instance.layer
    state.handed = True
    shape = arguments.get(0, "input_shape")
    dims = shape_dims(shape)
    if state.kind == "sequential":
        build_sequential(interpreter, instance, dims)
    elif state.is_model and dims is not None and state.expected is None:
        state.expected = TensorValue(
            TensorSpec(Shape(tuple(UNKNOWN if dim is None else dim for dim in dims)), "float32")
        )
        state.expected_dims = dims
        own_call = class_function(instance, "call") is not None
        if state.generation == 2 and own_call and not state.built and not state.active:
            # Keras 2 runs the model's `call` on such inputs, and what the code does next finds its layers built.
            if class_function(instance, "build") is not None:
                state.built, state.built_for = True, BUILT_BEFORE
            call_first(interpreter, instance, Arguments((state.expected,)), node)
    else:
        state.escaped = True
        build_known(interpreter, instance, arguments)
    return None


def _pop(interpreter: Interpreter, instance: Instance) -> Value:
    state: LayerState = instance.layer
    layers = state.layers
    if layers is None or not layers.items or known_layers(state) is None:
        return NOTHING_KNOWN
    interpreter.heap.touch(layers)
    interpreter.heap.touch(instance)
    last = layers.items.pop()
    state.outputs = layers.items[-1].layer.last_outputs if layers.items else state.inputs
    return last


def add_weight(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> Value:
    """``self.add_weight(...)``: ``(shape, initializer, ...)`` in Keras 3, ``(name, shape, ...)`` in Keras 2."""
    state: LayerState = instance.layer
    positional = list(arguments.positional)
    name = arguments.keywords.get("name")
    shape = arguments.keywords.get("shape")
    if positional and isinstance(positional[0], str):
        name = positional.pop(0)
        shape = positional.pop(0) if positional else shape
    elif positional:
        first = positional.pop(0)
        shape = first if shape is None and (state.generation == 3 or first is not None) else shape
        if first is None and positional:
            shape = positional.pop(0)
    dims: tuple[object, ...] | None = () if shape is None else shape_dims(shape)
    known = Shape(None) if dims is None else Shape(tuple(UNKNOWN if dim is None else dim for dim in dims))  # type: ignore[misc]
    dtype = plain(arguments.keywords.get("dtype"))
    trainable = arguments.keywords.get("trainable", True)
    tensor = make_variable(
        interpreter, "keras.Variable", known, dtype if isinstance(dtype, str) else "float32", node,
        trainable=trainable, name=name, owned=True, problem=_undefined(interpreter, known),
    )  # fmt: skip
    running = interpreter.context.phase
    if state.generation == 3 and state.kind in ("user", "builtin") and not interpreter.facts.rehearsing:
        own = running is not None and running.instance is instance and running.kind not in STEPS
        note_late(interpreter, instance, running if own else None, None, node)
    state.own.append(tensor)
    if not interpreter.context.strategies and not interpreter.facts.rehearsing:
        state.built_outside = state.source
    if tensor.variable is not None:
        # By this name the weight is told again from those that Keras's own class makes.
        label = interpreter.program.recorder.nodes[tensor.variable.node].name
        weight = Weight(label, known, trainable is not False, tensor.spec.dtype)
        state.weights, state.added = (*state.weights, weight), (*state.added, weight)
    return tensor


def _undefined(interpreter: Interpreter, shape: Shape) -> Problem | None:
    """What is wrong with a weight of this shape: Keras has None for a size that the Input leaves open.

    The batch is no such size: a model without an Input is built on data, or for a shape, that may well fix it.
    """
    certain = forget_assumed(interpreter, TensorSpec(shape), None).shape
    axes = [
        axis
        for axis, dim in enumerate(certain)
        if isinstance(dim, Expression) and as_int(dim) is None and not depends_on(dim)
    ]
    if not axes:
        return None
    return Problem(
        ProblemKind.UNDEFINED,
        f"a weight needs to know its sizes and gets {shape}",
        f"axis {axes[0]} is None",
        "give that axis a fixed size in the Input's shape, or leave it out of the weight's",
    )


def _get_layer(interpreter: Interpreter, state: LayerState, arguments: Arguments) -> Value:
    name, index = arguments.get(0, "name"), arguments.get(1, "index")
    layers: list[Value] = sequential_layers(state)
    if state.kind == "functional":
        layers = _called_layers(interpreter, state)
    found = [each for each in layers if isinstance(each, Instance) and each.layer is not None]
    if isinstance(name, str):
        known = next((each for each in found if each.layer.name == name), None)
        return known or input_layer_named(interpreter, state, name) or UnknownValue(f"layer {name}")
    ordered = model_layers(interpreter, state) if state.kind == "functional" else layers
    if isinstance(index, int) and ordered is not None and -len(ordered) <= index < len(ordered):
        return ordered[index]
    return UnknownValue("layer")


def _called_layers(interpreter: Interpreter, state: LayerState) -> list[Value]:
    """What a functional model calls: found once, since code asks for one layer after another."""
    found: dict[tuple[int, int], tuple[Value, Value, list[Value]]] = interpreter.facts.called_layers
    key = (id(state.inputs), id(state.outputs))
    if key not in found:
        # The ends are kept: another object could have their ids once they are gone.
        layers = [call.function for call in history_calls(state.inputs, state.outputs)]
        found[key] = (state.inputs, state.outputs, layers)
    return found[key][2]
