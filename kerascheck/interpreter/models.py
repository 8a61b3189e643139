"""Models: inputs, functional and Sequential models, the user's own ``call``, and Lambda layers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kerascheck.interpreter.building import BUILT_BEFORE, build_layer, symbolic_outputs
from kerascheck.interpreter.classes import MODEL
from kerascheck.interpreter.connections import note_connection
from kerascheck.interpreter.conversion import OUTPUT, is_on_keras_tensor, map_tensors, specs_in, tensors_in
from kerascheck.interpreter.core import NOWHERE, STEPS, Interpreter
from kerascheck.interpreter.creation import note_repeated
from kerascheck.interpreter.downcasts import note_downcasts
from kerascheck.interpreter.first_calls import call_first
from kerascheck.interpreter.indices import note_model_indices
from kerascheck.interpreter.inference import structure_of
from kerascheck.interpreter.inputs import may_be_one_sample
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import call_builtin, class_function, record_layer, remember
from kerascheck.interpreter.masking import is_told_mask, masking_of
from kerascheck.interpreter.model_inputs import as_taken, expect, input_count_problem, paired_inputs
from kerascheck.interpreter.open_batch import tracing
from kerascheck.interpreter.phases import phase
from kerascheck.interpreter.python_state import finish_growing
from kerascheck.interpreter.refusals import note_equal_names
from kerascheck.interpreter.saving import note_unbuilt, unbuilt_layers
from kerascheck.interpreter.sequential import build_on, known_layers
from kerascheck.interpreter.shape_values import shape_dims
from kerascheck.interpreter.training import record_model_call
from kerascheck.interpreter.trials import Trial, try_model
from kerascheck.interpreter.unknowns import TRAINING
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    DictValue,
    External,
    FunctionValue,
    Instance,
    KerasCall,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.interpreter.variable_scopes import note_ignored
from kerascheck.interpreter.variables import weigh
from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.fitting import same_samples, takes_sample
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec, as_int, compare
from kerascheck.shapes.dim import substitute

TRACKING = ".track_tf1_style_variables"
"""The decorator that lets a layer track what its ``call`` makes."""


def make_functional(interpreter: Interpreter, instance: Instance, inputs: Value, outputs: Value, node: ast.AST) -> None:
    """``Model(inputs, outputs)``."""
    state: LayerState = instance.layer
    state.kind = "functional"
    state.inputs, state.outputs = inputs, outputs
    state.built = True
    note_connection(interpreter, instance, inputs, outputs, node)
    calls = [call for call in history_calls(inputs, outputs) if isinstance(call.function, Instance)]
    for call in calls:
        call.function.layer.in_model = True
        state.sublayers.append(call.function)
    note_equal_names(interpreter, state, inputs, (call.function for call in calls), node)


def history_calls(inputs: Value, outputs: Value) -> list[KerasCall]:
    """The calls that lead from a model's inputs to its outputs, in an order in which they can run."""
    ends = {tensor.origins for _, tensor in tensors_in(inputs)}
    ordered: list[KerasCall] = []
    done: set[int] = set()
    stack: list[tuple[KerasCall, bool]] = [
        (tensor.history, False) for _, tensor in reversed(tensors_in(outputs))
        if tensor.history is not None and tensor.origins not in ends
    ]  # fmt: skip
    while stack:
        call, ready = stack.pop()
        if ready:
            ordered.append(call)
            continue
        if id(call) in done:
            continue
        done.add(id(call))
        stack.append((call, True))
        for value in (*call.arguments.positional, *call.arguments.keywords.values()):
            for _, tensor in tensors_in(value):
                if tensor.history is not None and tensor.origins not in ends and id(tensor.history) not in done:
                    stack.append((tensor.history, False))
    return [call for call in ordered if call.function is not None]


def source_inputs(tensor: TensorValue) -> list[TensorValue] | None:
    """The inputs that a KerasTensor was computed from, in the order of its operands; None where one is not known."""
    found: list[TensorValue] = []
    seen: set[int] = set()
    pending = [tensor]
    while pending:
        current = pending.pop()
        call = current.history
        if call is None or call.arguments.open:
            return None
        if id(call) in seen:
            continue
        seen.add(id(call))
        if call.function is None:
            found += [each for _, each in tensors_in(call.outputs)]
            continue
        operands = [
            each
            for value in (*call.arguments.positional, *call.arguments.keywords.values())
            for _, each in tensors_in(value)
        ]
        pending += [each for each in reversed(operands) if each.spec.keras_tensor]
    return found


def call_model(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> Value:
    """Call a model, or a layer whose ``call`` is the user's."""
    state: LayerState = instance.layer
    inputs = arguments.get(0, "inputs", NOTHING_KNOWN)
    if not arguments.positional and "inputs" not in arguments.keywords and arguments.keywords:
        inputs = next(iter(arguments.keywords.values()))
    tensors = [pair for value in arguments.given for pair in tensors_in(value)]
    in_call = interpreter.context.layer_calls > 0
    if not in_call and all(tensor.is_array for _, tensor in tensors):
        return call_on_data(interpreter, instance, inputs, arguments, node)
    if state.active > 2:
        return interpreter.unknown(node, state.op, "calls itself")
    if state.kind in ("functional", "sequential") and class_function(instance, "call") is None:
        return call_known(interpreter, instance, inputs, arguments, node)
    if in_call and len(tensors_in(inputs)) == len(tensors) and _ranks_known(tensors):
        # A graph of its own is made of it as of a model that is called on data.
        expect(interpreter, state, inputs)
    with tracing(interpreter, [tensor for _, tensor in tensors]):
        return _call_user(interpreter, instance, inputs, arguments, node)


def _ranks_known(tensors: list[tuple[str, TensorValue]]) -> bool:
    return bool(tensors) and all(tensor.spec.shape.dims for _, tensor in tensors)


def call_on_data(
    interpreter: Interpreter, instance: Instance, inputs: Value, arguments: Arguments, node: ast.AST
) -> Value:
    """Call a model on data: it computes something, and belongs to no other model."""
    state: LayerState = instance.layer
    record_model_call(interpreter, instance, arguments, node)
    known = tensors_in(inputs)
    lone = may_be_one_sample(tensor for _, tensor in known)
    if known and state.outputs is None and not lone:
        expect(interpreter, state, inputs)
    if state.kind == "sequential" and state.outputs is None and isinstance(inputs, TensorValue):
        build_on(interpreter, instance, inputs, node)
    outputs = state.outputs
    own_call = class_function(instance, "call") is not None
    if state.kind == "functional" and not own_call:
        problem = input_count_problem(interpreter, state, inputs)
        if problem is None and len(known) == 1:
            problem = _input_problem(state, known) or _rank_problem(state, known[0][1])
        if problem is not None:
            record_layer(interpreter, instance, TensorSpec(), known, node, problem=problem, kind="model")
            return UnknownValue("output of a model on data")
    if own_call and not state.calls and known and node is not NOWHERE:
        outputs = call_first(interpreter, instance, arguments, node)
    elif own_call or outputs is None:
        trial = try_model(interpreter, instance, arguments) if known else Trial(outputs)
        outputs = trial.outputs
        running = interpreter.context.phase
        if trial.problem is not None and running is not None and running.kind in STEPS:
            # The data of `fit` alone did not build it: what its own step makes of them is what it is called on.
            record_layer(interpreter, instance, TensorSpec(), known, node, problem=trial.problem, kind="model")
    elif known:
        outputs = _outputs_for(interpreter, instance, inputs, known, node)
    if not tensors_in(outputs):
        return UnknownValue("output of a model on data")
    return _with_samples_of(interpreter, outputs, known[0][1] if known else None)


def _outputs_for(
    interpreter: Interpreter, instance: Instance, inputs: Value, known: list[tuple[str, TensorValue]], node: ast.AST
) -> Value:
    """What a model of known outputs gives for data: those outputs, or what it makes of other axes; None if unknown."""
    state: LayerState = instance.layer
    pairs = paired_inputs(interpreter, state, inputs)
    if not isinstance(pairs, list):
        return None
    note_model_indices(interpreter, state, pairs, node, None)
    note_downcasts(interpreter, state, pairs, node, None)
    if any(given.spec.shape.dims is None for _, given in pairs):
        # What is not known may well have no batch axis yet.
        return None
    if all(same_samples(own.spec.shape, given.spec.shape) for own, given in pairs):
        return state.outputs
    trial = try_model(interpreter, instance, Arguments((as_taken(interpreter, pairs),)))
    if trial.problem is not None:
        record_layer(interpreter, instance, TensorSpec(), known, node, problem=trial.problem, kind="model")
    return trial.outputs


def _with_samples_of(interpreter: Interpreter, outputs: Value, data: TensorValue | None) -> Value:
    """A model's outputs as arrays of as many samples as its data."""
    size = data.spec.shape.dims[0] if data is not None and data.spec.shape.dims else UNKNOWN
    rows = None if data is None else data.rows

    def with_batch(tensor: TensorValue) -> TensorValue:
        dims = tensor.spec.shape.dims
        shape = Shape(None) if dims is None else Shape(tuple(substitute(dim, {"B": size}) for dim in dims))
        return TensorValue(
            TensorSpec(shape, tensor.spec.dtype), tensor.origins, is_array=True, prediction=True, rows=rows
        )

    return map_tensors(outputs, with_batch, interpreter.heap.new)


def _rank_problem(state: LayerState, given: TensorValue) -> Problem | None:
    """The problem of calling a functional Keras 3 model on data of another rank than its Input's."""
    expected = tensors_in(state.inputs)
    if state.generation != 3 or len(expected) != 1:
        return None
    own = expected[0][1].spec.shape
    if takes_sample(own, given.spec.shape, sized=False, ranked=True) is not False:
        return None
    return Problem(
        ProblemKind.RANK,
        f"model `{state.name}` takes {own} and is called on {given.spec.shape}",
        label="another number of axes than the model's Input",
        help="give the data the axes of the model's input",
    )


def plain_tensor(tensor: TensorValue) -> TensorValue:
    """The tensor as a layer's ``call`` sees it: no KerasTensor any more."""
    if tensor.history is None and not tensor.spec.keras_tensor and not tensor.is_numpy:
        return tensor
    return replace(tensor, spec=tensor.spec.marked(False), history=None, is_numpy=False)


def _unmarked(tensors: list[tuple[str, TensorValue]]) -> list[tuple[str, TensorValue]]:
    """The tensors as none of them is a KerasTensor; what a layer gives within another is none anyway."""
    return [
        (name, replace(tensor, spec=tensor.spec.marked(False)) if tensor.spec.keras_tensor else tensor)
        for name, tensor in tensors
    ]


@contextmanager
def inside(interpreter: Interpreter, instance: Instance) -> Iterator[None]:
    """While it lasts, nodes nest in the layer, and what is called belongs to it."""
    state: LayerState = instance.layer
    context = interpreter.context
    state.active += 1
    context.layer_calls += 1
    interpreter.facts.call_instances.append(instance)
    lambdas, context.lambdas = context.lambdas, 0
    context.scopes.append(state.name)
    try:
        yield
    finally:
        context.scopes.pop()
        context.lambdas = lambdas
        interpreter.facts.call_instances.pop()
        context.layer_calls -= 1
        state.active -= 1


def call_known(
    interpreter: Interpreter, instance: Instance, inputs: Value, arguments: Arguments, node: ast.AST
) -> Value:
    """Call a functional or Sequential model: its calls are made again on the new inputs."""
    state: LayerState = instance.layer
    operands = tensors_in(inputs)
    if state.kind == "sequential" and state.outputs is None and isinstance(inputs, TensorValue):
        build_on(interpreter, instance, inputs, node)
    problem = input_count_problem(interpreter, state, inputs) or _input_problem(state, operands)
    outputs: Value = NOTHING_KNOWN
    if problem is None:
        outputs = _replay(interpreter, instance, inputs)
        if state.built_for is None and state.inputs is None:
            state.built_for = structure_of(inputs)
    structure = structure_of(outputs)
    marked = _unmarked(tensors_in(outputs, OUTPUT) or operands)
    final, _ = record_layer(
        interpreter, instance, structure, marked if problem is None else operands, node, problem=problem, kind="model"
    )
    return _as_output(interpreter, instance, final, operands, arguments, node)


def _replay(interpreter: Interpreter, instance: Instance, inputs: Value) -> Value:
    state: LayerState = instance.layer
    with inside(interpreter, instance):
        current = map_tensors(inputs, plain_tensor, interpreter.heap.new)
        if state.kind == "sequential":
            layers = known_layers(state)
            if layers is None:
                return NOTHING_KNOWN
            for layer in layers:
                with interpreter.replaying(layer.layer.source):
                    current = interpreter.call(layer, Arguments((current,)), NOWHERE)
            return current
        old, new = tensors_in(state.inputs), tensors_in(current)
        made = {before.origins: after for (_, before), (_, after) in zip(old, new, strict=False)}

        def substituted(tensor: TensorValue) -> TensorValue:
            return made.get(tensor.origins, tensor)

        for call in history_calls(state.inputs, state.outputs):
            again = Arguments(
                tuple(map_tensors(value, substituted, interpreter.heap.new) for value in call.arguments.positional),
                {
                    name: map_tensors(value, substituted, interpreter.heap.new)
                    for name, value in call.arguments.keywords.items()
                },
            )
            with interpreter.replaying(call.source):
                result = interpreter.call(call.function, again, NOWHERE)
            for (_, before), (_, after) in zip(tensors_in(call.outputs), tensors_in(result), strict=False):
                made[before.origins] = after
        return map_tensors(state.outputs, substituted, interpreter.heap.new)


def _input_problem(state: LayerState, operands: list[tuple[str, TensorValue]]) -> Problem | None:
    """The problem of calling a functional Keras 3 model on inputs of another size than its own.

    A Sequential minds only on KerasTensors: given others, as within a layer's ``call``, it just runs its layers.
    One without an Input has that of the first call.
    """
    expected = specs_in(state.built_for) if state.inputs is None else [own.spec for _, own in tensors_in(state.inputs)]
    if state.generation != 3 or len(expected) != len(operands):
        return None
    if state.kind == "sequential" and not all(given.spec.keras_tensor for _, given in operands):
        return None
    for position, (own, (_, given)) in enumerate(zip(expected, operands, strict=True)):
        wanted, found = own.shape.dims, given.spec.shape.dims
        if wanted is None or found is None or len(wanted) != len(found):
            continue
        # On a tensor it sets a last axis of one aside, on a KerasTensor it does not.
        strict = given.spec.keras_tensor
        pairs = zip(wanted[1:], found[1:], strict=True)
        if (strict or takes_sample(own.shape, given.spec.shape, sized=True, ranked=False) is False) and any(
            as_int(a) is not None and compare(a, b) is False for a, b in pairs
        ):
            return Problem(
                ProblemKind.SIZE,
                f"model `{state.name}` takes {own.shape} and is called on {given.spec.shape}",
                label="another size than the model's Input",
                help="give both the same size",
                operands=(position,),
            )
    return None


def _call_user(
    interpreter: Interpreter, instance: Instance, inputs: Value, arguments: Arguments, node: ast.AST
) -> Value:
    """Run the user's ``build`` and ``call``."""
    state: LayerState = instance.layer
    operands = [
        pair
        for name, value in [("0", arguments.positional), *arguments.keywords.items()]
        for pair in tensors_in(value, name)
    ]
    bare = Arguments(
        tuple(map_tensors(value, plain_tensor, interpreter.heap.new) for value in arguments.positional),
        {name: map_tensors(value, plain_tensor, interpreter.heap.new) for name, value in arguments.keywords.items()},
        arguments.open,
    )
    with inside(interpreter, instance):
        made = not state.built or state.built_for is BUILT_BEFORE
        if made:
            unbuilt = not state.built
            state.built = True
            state.built_for = structure_of(inputs)
            if unbuilt:
                build_layer(interpreter, instance, inputs, bare, node)
        call = class_function(instance, "call")
        pending = unbuilt_layers(instance) if made and state.base == MODEL and class_function(instance, "build") else []
        if call is None:
            outputs = call_builtin(interpreter, instance, bare, node)
        else:
            outputs = _run_call(interpreter, instance, call, bare, node)
        if made:
            weigh(interpreter, instance)
            note_unbuilt(interpreter, instance, pending)
            note_ignored(interpreter, instance, node, made=bool(state.own))
    structure = structure_of(outputs) if not isinstance(outputs, UnknownValue) else TensorSpec()
    if is_on_keras_tensor(operands):
        structure = symbolic_outputs(interpreter, instance, bare, structure, node)
    marked = _unmarked(tensors_in(outputs, OUTPUT))
    kind = "model" if state.is_model else "layer"
    final, _ = record_layer(
        interpreter,
        instance,
        structure,
        marked or operands,
        node,
        made=made,
        kind=kind,  # type: ignore[arg-type]
        masking="told" if is_told_mask(arguments.keywords) else masking_of(instance),
    )
    return _as_output(interpreter, instance, final, operands, arguments, node)


def _run_call(
    interpreter: Interpreter, instance: Instance, call: FunctionValue, arguments: Arguments, node: ast.AST
) -> Value:
    names = [each.arg for each in (*call.node.args.args, *call.node.args.kwonlyargs)]
    keywords = dict(arguments.keywords)
    if "training" in names:
        position = names.index("training") - 1
        if "training" not in keywords and position >= len(arguments.positional):
            keywords["training"] = TRAINING
    elif call.node.args.kwarg is None:
        keywords.pop("training", None)
    given = Arguments((instance, *arguments.positional), keywords, arguments.open)
    from kerascheck.interpreter.calls import call_function

    def run() -> Value:
        return call_function(interpreter, call, given, node, instance)

    before = len(interpreter.facts.variables)
    with phase(interpreter, "call", instance) as running:
        outputs = run()
    if running.grown:
        finish_growing(interpreter, running)
    if any(isinstance(each, External) and each.name.endswith(TRACKING) for each in call.decorators):
        for _, variable in interpreter.facts.variables[before:]:
            variable.owned = True
    else:
        note_repeated(interpreter, running, run)
    return outputs


def _as_output(
    interpreter: Interpreter,
    instance: Instance,
    outputs: Value,
    operands: list[tuple[str, TensorValue]],
    arguments: Arguments,
    node: ast.AST,
) -> Value:
    """Outside a layer's ``call`` the outputs are KerasTensors again."""
    symbolic = is_on_keras_tensor(operands)

    def mark(tensor: TensorValue) -> TensorValue:
        if tensor.spec.keras_tensor == symbolic and not tensor.is_array:
            return tensor
        return replace(tensor, spec=tensor.spec.marked(symbolic), is_array=False)

    marked = map_tensors(outputs, mark, interpreter.heap.new)
    return remember(interpreter, instance, arguments, operands, marked, node)


def call_lambda(
    interpreter: Interpreter, instance: Instance, inputs: Value, bound: dict[str, Value], node: ast.AST
) -> Value:
    """Call a Lambda layer: its function runs on plain tensors, and nothing it reads becomes a weight of its own."""
    state: LayerState = instance.layer
    operands = tensors_in(inputs)
    function = state.config.get("function")
    extra = state.config.get("arguments")
    items = extra.items if isinstance(extra, DictValue) else None
    keywords: dict[str, Value] = {str(key): value for key, value in (items or {}).items()}
    context = interpreter.context
    context.layer_calls += 1
    context.lambdas += 1
    # Keras 3 asks the function for the shape only where the code does not give it.
    told = state.config.get("output_shape") is not None
    context.lenient += told
    context.scopes.append(state.name)
    try:
        bare = map_tensors(inputs, plain_tensor, interpreter.heap.new)
        given = Arguments((bare,), keywords)
        with tracing(interpreter, [tensor for _, tensor in operands]), phase(interpreter, "lambda", instance) as inner:
            outputs = interpreter.call(function, given, node)
        note_repeated(interpreter, inner, lambda: interpreter.call(function, given, node))
    finally:
        context.scopes.pop()
        context.lenient -= told
        context.lambdas -= 1
        context.layer_calls -= 1
    results = tensors_in(outputs, OUTPUT)
    structure: Any = structure_of(outputs) if results else TensorSpec()
    declared = shape_dims(state.config.get("output_shape"))
    if not specs_in(structure)[0].shape.dims and declared is not None and len(operands) == 1:
        before = operands[0][1].spec.shape.dims
        if before:
            structure = TensorSpec(Shape((before[0], *(UNKNOWN if dim is None else dim for dim in declared))))
    marked = _unmarked(results)
    state.built = True
    final, _ = record_layer(interpreter, instance, structure, marked or operands, node)
    return _as_output(interpreter, instance, final, operands, Arguments((inputs,), bound), node)
