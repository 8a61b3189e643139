"""Keras layers: making them, building them and calling them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from kerascheck.catalog import REQUIRED, Parameter, Parameters
from kerascheck.graph import TRAINING_GUARD, Weight
from kerascheck.interpreter.binding import Signature, note_argument
from kerascheck.interpreter.classes import LAYER, MODEL, SEQUENTIAL, find_member, resolution_order
from kerascheck.interpreter.conversion import (
    is_on_keras_tensor,
    map_tensors,
    plain,
    plain_config,
    specs_in,
    tensors_in,
    to_values,
)
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.flows import CALLED, with_flow
from kerascheck.interpreter.given_weights import note_initial_weights
from kerascheck.interpreter.indices import note_indices
from kerascheck.interpreter.inference import _against_built, infer, structure_of
from kerascheck.interpreter.layer_state import UNKNOWN_SPEC, LayerKind, LayerState, note_escape
from kerascheck.interpreter.masking import is_told_mask, masking_of
from kerascheck.interpreter.model_inputs import may_be_several
from kerascheck.interpreter.names import Described, canonical, describe, find_symbol
from kerascheck.interpreter.phases import note_made, phase
from kerascheck.interpreter.positional import by_position, note_positional_numbers
from kerascheck.interpreter.recording import automatic_name, record, snake_case, source_of
from kerascheck.interpreter.refusals import note_name, note_strings
from kerascheck.interpreter.shape_arguments import note_shape_number
from kerascheck.interpreter.tensors import note_rank
from kerascheck.interpreter.values import (
    CONSTANT_TYPES,
    NOTHING_KNOWN,
    Arguments,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    KerasCall,
    ListValue,
    Origin,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.interpreter.variable_scopes import note_ignored
from kerascheck.problems import Problem, ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerFunction, LayerResult, Structure, find_layer
from kerascheck.semantics.layers.inner_names import NAMED_WHEN_BUILT, NAMED_WHEN_MADE
from kerascheck.shapes import TensorSpec


def new_layer_state(
    interpreter: Interpreter, class_name: str, base: tuple[str, int], node: ast.AST, *, user: bool = False
) -> LayerState:
    """The state of a new layer whose constructor has not run yet."""
    name, generation = base
    kind: LayerKind = "user" if user else "builtin"
    if name == SEQUENTIAL:
        kind = "sequential"
    facts = interpreter.facts
    identity = f"{snake_case(class_name)}#{len(facts.layers) + 1}"
    state = LayerState(
        class_name if user else name, name, generation, "", identity, kind, source=source_of(interpreter, node),
        scope=interpreter.context.strategies[-1] if interpreter.context.strategies else None,
    )  # fmt: skip
    if kind == "sequential":
        state.layers = interpreter.heap.new(ListValue([]))
    return state


def make_layer(
    interpreter: Interpreter, function: External, base: tuple[str, int], arguments: Arguments, node: ast.AST
) -> Value:
    """Call the class of one of Keras's own layers or models."""
    class_name = base[0].rsplit(".", maxsplit=1)[-1]
    instance = interpreter.heap.new(Instance(function, span=interpreter.span(node)))
    instance.layer = new_layer_state(interpreter, class_name, base, node)
    known = canonical(function.name, interpreter.program.generation) or ""
    if known.startswith("tf."):
        instance.layer.op = known
    with phase(interpreter, "init", instance):
        initialise(interpreter, instance, arguments, node)
    note_made(interpreter, instance, node)
    return instance


def initialise(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """The constructor that Keras itself defines for the layer's base."""
    state: LayerState = instance.layer
    first = not state.name
    if first:
        interpreter.facts.layers.append(instance)
    bound = _constructor_arguments(interpreter, state, arguments, node)
    given = bound.get("name")
    if isinstance(given, str):
        state.name = given
        note_name(interpreter, given, state.op, state.generation, node)
    elif first:
        name = snake_case(state.op.rsplit(".", maxsplit=1)[-1])
        if state.base == MODEL and state.kind == "builtin":
            name = "functional" if state.generation == 3 else "model"
        # A name that is given and not known is not one of those that Keras counts.
        state.name = automatic_name(interpreter, name) if given is None else f"{name}_?"
    if first:
        _number_inner(interpreter, state, NAMED_WHEN_MADE)
    note_shape_number(interpreter, state, bound, node)
    if isinstance(bound.get("trainable"), bool):
        state.trainable = bound["trainable"]
    state.config.update(bound)
    if not state.is_model:
        for value in bound.values():
            # Most are constants, the defaults of parameters.
            if type(value) not in CONSTANT_TYPES:
                note_escape(value)
    if state.base == SEQUENTIAL:
        from kerascheck.interpreter.sequential import fill_sequential

        fill_sequential(interpreter, instance, bound.get("layers"), node)
    elif state.base == MODEL and ("inputs" in bound or "outputs" in bound):
        from kerascheck.interpreter.models import make_functional

        make_functional(interpreter, instance, bound.get("inputs"), bound.get("outputs"), node)


def _number_inner(
    interpreter: Interpreter, state: LayerState, table: Mapping[tuple[str, int], tuple[str, ...]]
) -> None:
    """Count the names of the layers that a layer makes for itself."""
    for name in table.get((state.base, state.generation), ()):
        automatic_name(interpreter, name)


def _constructor_arguments(
    interpreter: Interpreter, state: LayerState, arguments: Arguments, node: ast.AST
) -> dict[str, Value]:
    if state.base == MODEL:
        return _model_arguments(interpreter, state, arguments, node)
    if state.base == LAYER:
        described = _described(state.base, state.generation)
        symbol = None if described is None else find_symbol(described)
        for keyword in arguments.keywords:
            if described is not None and symbol is not None and symbol.accepts(keyword) is False:
                note_argument(interpreter, described, keyword, node)
        return dict(arguments.keywords)
    constructor = _constructor(state.base, state.generation)
    if constructor is None:
        return dict(arguments.keywords)
    for keyword in arguments.keywords:
        if keyword not in constructor.accepted:
            note_argument(interpreter, constructor.described, keyword, node)
            older = find_symbol(replace(constructor.described, generation=2))
            state.rejected |= older is None or older.accepts(keyword) is False
    bound = constructor.signature.bind(arguments)
    positional = constructor.signature.positional
    # Keras knows the strings that are its own defaults.
    given_by_name = {**dict(zip(positional, arguments.positional, strict=False)), **arguments.keywords}
    note_strings(interpreter, given_by_name, state.generation, node)
    note_positional_numbers(interpreter, state, positional, arguments, node)
    if any(isinstance(given, SizeValue) for given in arguments.given):
        _forget_sizes(constructor.signature.parameters, bound)
    return bound


def _forget_sizes(parameters: Parameters, bound: dict[str, Value]) -> None:
    """What may be a size, an argument that nobody gave, is unknown to a parameter that takes none."""
    for parameter in parameters:
        given = bound.get(parameter.name)
        if isinstance(given, SizeValue) and given.parameter and not _takes_size(parameter):
            bound[parameter.name] = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class _Constructor:
    """What the constructor of one of Keras's layers takes; ``accepted`` are the keywords that it certainly does."""

    described: Described
    signature: Signature
    accepted: frozenset[str]


@lru_cache(maxsize=4096)
def _constructor(base: str, generation: int) -> _Constructor | None:
    described = _described(base, generation)
    symbol = None if described is None else find_symbol(described)
    if described is None or symbol is None or symbol.parameters is None:
        return None
    return _Constructor(described, Signature.of(symbol.parameters), symbol.keyword_names)


@lru_cache(maxsize=4096)
def _described(base: str, generation: int) -> Described | None:
    """What a layer's base means in the Keras that the layer is of."""
    described = describe(base, generation)
    return None if described is None else replace(described, generation=generation)


def _model_arguments(
    interpreter: Interpreter, state: LayerState, arguments: Arguments, node: ast.AST
) -> dict[str, Value]:
    """``Model(inputs, outputs, name)``; Keras 1 wrote ``Model(input=..., output=...)``, and meant the same."""
    keywords = dict(arguments.keywords)
    described = describe(MODEL, state.generation)
    for old, new in (("input", "inputs"), ("output", "outputs")):
        if state.kind == "builtin" and old in keywords and described is not None:
            note_argument(interpreter, described, old, node)
            keywords[new] = keywords.pop(old)
    if not arguments.positional:
        return keywords
    return {**dict(zip(("inputs", "outputs", "name"), arguments.positional, strict=False)), **keywords}


def _takes_size(parameter: Parameter) -> bool:
    """Whether a parameter may be a size, judged by its default."""
    default = parameter.default
    return default is REQUIRED or (isinstance(default, (int, tuple)) and not isinstance(default, bool))


def call_layer(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> Value:
    """``layer(inputs, ...)``."""
    state: LayerState = instance.layer
    interpreter.heap.touch(instance)
    if not state.name:
        initialise(interpreter, instance, Arguments(), node)
    if interpreter.facts.call_instances:
        owner: LayerState = interpreter.facts.call_instances[-1].layer
        if instance not in owner.sublayers:
            owner.sublayers.append(instance)
    if state.is_model or (
        state.kind == "user" and any(find_member(instance.cls, name) is not None for name in ("call", "build"))
    ):
        from kerascheck.interpreter.models import call_model

        outputs = call_model(interpreter, instance, arguments, node)
    else:
        outputs = call_builtin(interpreter, instance, arguments, node)
        if "activation" in state.config:
            from kerascheck.interpreter.own_activations import run_activation

            run_activation(interpreter, instance, outputs, node)
    if not state.calls:
        source = source_of(interpreter, node)
        state.called = source.span if source is not None else None
    state.calls += 1
    state.last_inputs = arguments.get(0, "inputs")
    state.last_outputs = outputs
    return with_flow(interpreter, CALLED, instance, arguments, outputs, node)


def call_builtin(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> Value:
    """Call one of Keras's own layers, or what a user's class inherits of it."""
    state: LayerState = instance.layer
    bound = call_arguments(state, arguments)
    names = list(bound)
    first = names[0] if names else "inputs"
    inputs = bound.pop(first, NOTHING_KNOWN)
    if state.base == "keras.layers.Lambda":
        from kerascheck.interpreter.models import call_lambda

        return call_lambda(interpreter, instance, inputs, bound, node)
    operands = tensors_in(inputs, "0") + [pair for name, value in bound.items() for pair in tensors_in(value, name)]
    note_layer_rank(interpreter, state, inputs)
    note_indices(interpreter, state, inputs, node)
    structure, config = structure_of(inputs), plain_config(state.config)
    function = find_layer(state.base)
    understood = function is not None
    result, problem = LayerResult(UNKNOWN_SPEC), None
    if function is None:
        if state.base != LAYER:
            interpreter.unknown(node, state.op, "no shape function for this layer")
    elif state.rejected:
        interpreter.unknown(node, state.op, "an argument that this layer does not take")
    else:
        result, problem = _result_of(interpreter, instance, function, inputs, structure, bound, config)
    made = not state.built and problem is None
    if made:
        _number_inner(interpreter, state, NAMED_WHEN_BUILT)
        state.weights, state.built, state.built_for = result.weights, True, structure
        state.built_outside = None if interpreter.context.strategies else state.source
        note_initial_weights(interpreter, state, node)
    elif problem is None and state.kind == "user" and not state.inherited:
        # The user's own `call` goes on to that of Keras's class: it is counted where that ends.
        state.weights = (*state.weights, *result.weights)
    if problem is None and state.base in WRAPPERS:
        from kerascheck.interpreter.time_steps import run_steps

        operands += run_steps(interpreter, instance, inputs, bound, node)
    outputs, entry = record_layer(
        interpreter, instance, result.outputs, operands, node, problem=problem, made=made, understood=understood,
        updates=result.updates, masking="told" if is_told_mask(bound) else masking_of(instance), config=config,
    )  # fmt: skip
    if bound.get("training") is None:
        _note_untold(interpreter, instance, entry)
    state.always_training |= bound.get("training") is True
    state.told_training |= not _is_open(bound.get("training"))
    if result.updates:
        from kerascheck.interpreter.graph_mode import record_updates

        record_updates(interpreter, instance, entry, bound.get("training"))
    return remember(interpreter, instance, arguments, operands, outputs, node)


def _result_of(
    interpreter: Interpreter,
    instance: Instance,
    function: LayerFunction,
    inputs: Value,
    structure: Any,
    bound: dict[str, Value],
    config: dict[str, Any],
) -> tuple[LayerResult, Problem | None]:
    """What a layer's shape function gives for its inputs, and what is certainly wrong with them."""
    state: LayerState = instance.layer
    others = {name: plain(value) for name, value in bound.items() if value is not None}
    try:
        result = infer(interpreter, state, function, structure, others, config)
    except ShapeProblem as error:
        problem = by_position(state, error.problem)
        uncertain = _is_uncertain(interpreter, instance, problem, inputs)
        return LayerResult(UNKNOWN_SPEC), None if uncertain else problem
    mismatch = _against_built(state, result, structure)
    return result if mismatch is None else LayerResult(UNKNOWN_SPEC), mismatch


def _is_uncertain(interpreter: Interpreter, instance: Instance, problem: Problem, inputs: Value) -> bool:
    """Whether a call may be right all the same.

    What a layer is called on may be a list of tensors as well as one; the weights of a built one have their sizes; and
    a class of the user's may take other values where it puts private methods of its own in the place of Keras's.
    """
    state: LayerState = instance.layer
    if problem.kind is ProblemKind.VALUE and state.kind == "user" and _overrides_private(instance):
        return True
    if problem.kind is ProblemKind.UNDEFINED and state.built and state.weights:
        return True
    several = problem.kind is ProblemKind.INPUTS and may_be_several(interpreter, inputs)
    return several or isinstance(inputs, UnknownValue)


def _overrides_private(instance: Instance) -> bool:
    classes = [each for each in resolution_order(instance.cls) if isinstance(each, ClassValue)]
    return any(name.startswith("_") and name[1:2] != "_" for each in classes for name in each.namespace.variables)


def _note_untold(interpreter: Interpreter, instance: Instance, entry: str) -> None:
    """Note that a call of a layer of tf_keras waits for the learning phase, where it is made in a graph."""
    own = instance.cls.name if isinstance(instance.cls, External) else ""
    made_at = interpreter.program.recorder.nodes[entry].source
    if instance.layer.generation == 2 and "compat.v1.layers" not in own and made_at is not None:
        interpreter.facts.untold[entry] = (instance.layer.base, made_at.span)


def _is_open(training: Value) -> bool:
    """Whether ``training`` is left to Keras, or is what the layer around was given and nobody gave."""
    return training is None or (isinstance(training, UnknownValue) and training.guard == TRAINING_GUARD)


def call_arguments(state: LayerState, arguments: Arguments) -> dict[str, Value]:
    """The arguments of a layer's ``call`` by parameter name, only those given."""
    names = _call_parameters(state.base, state.generation)
    if not arguments.keywords and len(arguments.positional) <= len(names):
        return dict(zip(names, arguments.positional, strict=False))
    bound = {
        (names[index] if index < len(names) else "inputs" if index == 0 else str(index)): value
        for index, value in enumerate(arguments.positional)
    }
    ordered = {name: arguments.keywords[name] for name in names if name in arguments.keywords}
    return {**bound, **ordered, **arguments.keywords}


@lru_cache(maxsize=4096)
def _call_parameters(base: str, generation: int) -> tuple[str, ...]:
    described = _described(base, generation)
    symbol = None if described is None else find_symbol(described)
    parameters = symbol.call_parameters if symbol is not None else None
    return tuple(each.name for each in parameters or () if each.name not in ("self", "args", "kwargs"))


WRAPPERS = frozenset({"keras.layers.RNN", "keras.layers.Bidirectional", "keras.layers.TimeDistributed"})
"""The layers that run what they are given for each step of their input."""

FIXED_RANKS = {"1D": 3, "2D": 4, "3D": 5}


def note_layer_rank(interpreter: Interpreter, state: LayerState, inputs: Value) -> None:
    """Note the rank that a layer demands of an input of unknown rank."""
    if not isinstance(inputs, TensorValue) or inputs.spec.shape.dims is not None:
        return
    short = state.base.rsplit(".", maxsplit=1)[-1]
    rank = FIXED_RANKS.get(short[-2:]) or FIXED_RANKS.get(short.removesuffix("Transpose")[-2:])
    if short in ("LSTM", "GRU", "SimpleRNN"):
        rank = 3
    equation = state.config.get("equation")
    if short == "EinsumDense" and isinstance(equation, str) and "." not in equation:
        rank = len(equation.partition(",")[0].strip())
    if rank is not None:
        note_rank(interpreter, inputs, rank)


def record_layer(
    interpreter: Interpreter,
    instance: Instance,
    structure: Structure,
    operands: list[tuple[str, TensorValue]],
    node: ast.AST,
    *,
    problem: Problem | None = None,
    made: bool = False,
    understood: bool = True,
    updates: int = 0,
    kind: Literal["layer", "model"] = "layer",
    masking: str = "",
    config: dict[str, Any] | None = None,
) -> tuple[Value, str]:
    """Record a layer call's node; give its outputs and the node's identifier.

    ``config`` is the layer's in the terms of the semantics, where that is at hand.
    """
    state: LayerState = instance.layer
    params, trainable = count(state.weights, instance) if made else (0, 0)
    if not understood and not state.weights and state.kind == "builtin" and state.base != LAYER:
        params = trainable = None
    if kind == "layer" and state.kind == "builtin":
        note_ignored(interpreter, instance, node, made=made)
    config = plain_config(state.config) if config is None else dict(config)
    config.pop("name", None)
    config.pop("layers", None)
    on_keras_tensor = is_on_keras_tensor(operands)
    entry = record(
        interpreter, kind, state.op, state.name, specs_in(structure), operands, node=node, config=config,
        problem=problem, weights=_effective(state.weights, instance), params=params, trainable=trainable,
        layer=state.identity, generation=state.generation, updates=updates, on_keras_tensor=on_keras_tensor,
        masking=masking,
    )  # fmt: skip
    data = bool(operands) and all(tensor.is_array for _, tensor in operands)

    def make(spec: TensorSpec, index: int) -> TensorValue:
        return TensorValue(spec.marked(on_keras_tensor), (Origin(entry.identifier, index),), is_array=data)

    return to_values(structure, make, interpreter.heap.new), entry.identifier


def _effective(weights: tuple[Weight, ...], instance: Instance) -> tuple[Weight, ...]:
    return weights if is_trainable(instance) else tuple(replace(weight, trainable=False) for weight in weights)


def is_trainable(instance: Instance) -> bool:
    """Whether ``layer.trainable`` was left on."""
    return instance.attributes.get("trainable", instance.layer.trainable) is not False


def count(weights: tuple[Weight, ...], instance: Instance) -> tuple[int | None, int | None]:
    """The number of parameters in ``weights``, and of trainable ones; None where a size is unknown."""
    total, trainable = 0, 0
    for weight in weights:
        size = weight.shape.size
        if not isinstance(size, int):
            return None, None
        total += size
        trainable += size if weight.trainable and is_trainable(instance) else 0
    return total, trainable


def remember(
    interpreter: Interpreter,
    instance: Instance,
    arguments: Arguments,
    operands: list[tuple[str, TensorValue]],
    outputs: Value,
    node: ast.AST,
) -> Value:
    """Give KerasTensor outputs the history that a functional model is made from."""
    if not is_on_keras_tensor(operands):
        return outputs
    call = KerasCall(instance, arguments, None, source_of(interpreter, node))
    call.outputs = map_tensors(outputs, lambda tensor: replace(tensor, history=call), interpreter.heap.new)
    return call.outputs


def class_function(instance: Instance, name: str) -> FunctionValue | None:
    """The user's own definition of a method, or None."""
    found = find_member(instance.cls, name)
    return found[1] if found is not None and isinstance(found[1], FunctionValue) else None
