"""Losses and metrics: what ``compile`` was given for each output, and where the user's code calls a loss."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD, Endpoint
from kerascheck.interpreter import flows
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import MAXIMUM_STEPS_ALONE, NOWHERE, BudgetExceeded, Interpreter, UserRaise
from kerascheck.interpreter.fed_data import bind_method
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import class_function
from kerascheck.interpreter.loader import Module
from kerascheck.interpreter.model_inputs import is_all_tensors
from kerascheck.interpreter.names import canonical
from kerascheck.interpreter.predictions import followed
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.trials import unrecorded
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    BoundMethod,
    ClassValue,
    ComputedValue,
    Constant,
    DictValue,
    External,
    Flow,
    FunctionValue,
    Instance,
    ListValue,
    PartialValue,
    TensorValue,
    Value,
)
from kerascheck.program import LossFact, Objective, ObjectiveForm, OptimizerUse
from kerascheck.records import immutable
from kerascheck.semantics.fitting import loss_function
from kerascheck.semantics.losses import LOSS_CALLS
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec

MADE_WITH = "__made_with__"
"""Where a loss or metric of Keras's keeps what it was made with: no attribute has such a name."""

MODULES = ("keras.losses.", "keras.metrics.")
FLAGS = frozenset({"training", "mask"})
OWN_STEPS = ("train_step", "compute_loss", "make_train_function", "__call__")


@dataclass(slots=True)
class PendingCompile:
    """A call of ``compile``; what it amounts to is known at the program's end."""

    instance: Instance
    outputs: Value
    loss: list[tuple[str | int | None, Objective | None, Value]]
    metrics: list[tuple[str | int | None, Objective]]
    span: Span
    stack: tuple[Span, ...]


@immutable()
class PendingLoss:
    """A loss that is given what a model makes of data nobody knows; how it makes that is known at the program's end."""

    model: Instance
    loss: Objective
    span: Span
    stack: tuple[Span, ...]
    metric: bool = False


def note_objectives(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """Remember what a model is compiled with, where its losses are certainly used as Keras uses them."""
    source, state = source_of(interpreter, node), instance.layer
    if source is None or not interpreter.module.is_user or EXPECTED_GUARD in interpreter.context.guards:
        return
    if any(class_function(instance, each) is not None for each in OWN_STEPS):
        return
    bound = bind_method(state, "compile", arguments)
    written = _written(interpreter, list(bound), node)
    losses = [
        (key, objective(interpreter, value, written.get("loss"), source.span), value)
        for key, value in _parts(bound.get("loss"))
    ]
    metrics: list[tuple[str | int | None, Objective]] = []
    for name in ("metrics", "weighted_metrics"):
        for key, value in _parts(bound.get(name)):
            for _, each in _parts(value):
                place = _element(written.get(name), key)
                found = objective(interpreter, each, place, source.span)
                if found is not None:
                    metrics.append((key, found))
    interpreter.facts.training.compiled.append(
        PendingCompile(instance, state.outputs, losses, metrics, source.span, source.stack)
    )


def _element(written: ast.expr | None, key: str | int | None) -> ast.expr | None:
    """How the part of a list is written that was given at place ``key``."""
    if isinstance(written, (ast.List, ast.Tuple)) and isinstance(key, int) and key < len(written.elts):
        return written.elts[key]
    return written


def note_use(interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST) -> None:
    """Remember that a model was given data, and whether with weights of classes."""
    facts = interpreter.facts.training
    facts.methods.setdefault(id(instance), set()).add(name)
    source = source_of(interpreter, node)
    bound = bind_method(instance.layer, name, arguments)
    if source is not None and isinstance(bound.get("class_weight"), DictValue):
        facts.weighted.setdefault(id(instance), []).append(source.span)


def _parts(value: Value) -> list[tuple[str | int | None, Value]]:
    """What is given for each output: by name, by place, or for all."""
    match value:
        case DictValue(items=dict() as entries):
            return [(key if isinstance(key, str) else None, part) for key, part in entries.items()]
        case ListValue(items=list() as items):
            return list(enumerate(items))
        case tuple():
            return list(enumerate(value))
        case None:
            return []
    return [(None, value)]


def _written(interpreter: Interpreter, names: list[str], node: ast.AST) -> dict[str, ast.expr]:
    """How each argument is written in the call."""
    if not isinstance(node, ast.Call) or interpreter.context.replay:
        return {}
    named = {each.arg: each.value for each in node.keywords if each.arg is not None}
    plain_arguments = [each for each in node.args if not isinstance(each, ast.Starred)]
    return {**dict(zip(names, plain_arguments, strict=False)), **named}


def objective(interpreter: Interpreter, value: Value, written: ast.expr | None, place: Span) -> Objective | None:
    """The loss or metric that ``value`` is; None where that is not known."""
    generation = interpreter.program.generation
    span, text = place, ""
    if written is not None and (own := interpreter.span(written)) is not None:
        span, text = own, interpreter.module.source.segment(written)
    match value:
        case str():
            return Objective(loss_function(value, generation) or value, ObjectiveForm.TEXT, span, text)
        case External():
            name = _library_name(value, generation)
            return None if name is None else Objective(name, ObjectiveForm.FUNCTION, span, text)
        case PartialValue(function=External() as function, arguments=given):
            name = _library_name(function, generation)
            logits = given.keywords.get("from_logits", False)
            known = logits if isinstance(logits, bool) and not given.positional and not given.open else None
            return None if name is None else Objective(name, ObjectiveForm.FUNCTION, span, text, known)
        case Instance(native=str() as native) if native.startswith(MODULES):
            made = value.attributes.get(MADE_WITH)
            arguments = _constants(made)
            logits = arguments.get("from_logits", False)
            last = native.rpartition(".")[2]
            name = loss_function(last, generation) or last if native.startswith(MODULES[0]) else last
            return Objective(
                name, ObjectiveForm.OBJECT, span, text, logits if isinstance(logits, bool) else None, arguments,
                value.span if value.span != span else None,
            )  # fmt: skip
        case Instance(layer=LayerState(kind="builtin", base=str() as base)) if base.startswith(MODULES):
            # A metric of tf_keras is a layer.
            arguments = {key: each if isinstance(each, Constant) else None for key, each in value.layer.config.items()}
            made_at = value.span if value.span != span else None
            return Objective(base.rpartition(".")[2], ObjectiveForm.OBJECT, span, text, False, arguments, made_at)
        case FunctionValue(name=name) | BoundMethod(function=FunctionValue(name=name)):
            return Objective(name, ObjectiveForm.OWN, span, text, None)
        case Instance(cls=ClassValue(name=name)):
            return Objective(name, ObjectiveForm.OWN, span, text, None)
    return None


def _library_name(function: External, generation: int) -> str | None:
    name = canonical(function.name, generation) or ""
    last = name.rpartition(".")[2]
    return (loss_function(last, generation) or last) if name.startswith(MODULES) and last.islower() else None


def _constants(made: Value) -> Mapping[str, Any]:
    if not isinstance(made, DictValue) or made.items is None:
        return {"from_logits": None}
    return {
        name: value if isinstance(value, Constant) else None
        for name, value in made.items.items()
        if isinstance(name, str)
    }


def note_optimizer(interpreter: Interpreter, name: str, bound: dict[str, Value], node: ast.AST) -> None:
    """Note an optimizer that is made with a learning rate which is a number."""
    rate, source = bound.get("learning_rate", bound.get("lr")), source_of(interpreter, node)
    if not isinstance(rate, (int, float)) or isinstance(rate, bool) or source is None:
        return
    if not interpreter.module.is_user or EXPECTED_GUARD in interpreter.context.guards:
        return
    found = OptimizerUse(name.rpartition(".")[2], float(rate), source.span, source.text, source.stack)
    if found not in interpreter.program.optimizers:
        interpreter.program.optimizers.append(found)


def note_loss_call(interpreter: Interpreter, op: str, bound: dict[str, Value], node: ast.AST) -> None:
    """Note a call of one of the library's losses on a prediction."""
    call = LOSS_CALLS[op]
    logits = call.from_logits
    if logits is None:
        given = bound.get("from_logits", False)
        logits = given if isinstance(given, bool) else None
    _note_call(
        interpreter,
        Objective(call.loss, ObjectiveForm.FUNCTION, *_here(interpreter, node), logits, called=op.rpartition(".")[2]),
        bound.get(call.predicted),
        node,
    )


def note_object_call(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """Note a call of a loss object on a prediction."""
    found = objective(interpreter, instance, None, _here(interpreter, node)[0])
    if found is not None:
        _note_call(interpreter, replace(found, text=_here(interpreter, node)[1]), arguments.get(1, "y_pred"), node)


def note_metric_call(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """Note a metric object that is given a prediction."""
    source, predicted = source_of(interpreter, node), arguments.get(1, "y_pred")
    if source is None or not isinstance(predicted, (TensorValue, ComputedValue)) or not interpreter.module.is_user:
        return
    found = objective(interpreter, instance, None, source.span)
    if found is None or found.form is not ObjectiveForm.OBJECT or EXPECTED_GUARD in interpreter.context.guards:
        return
    model = _called_alone(predicted)
    if model is not None:
        pending = PendingLoss(model, replace(found, text=source.text), source.span, source.stack, metric=True)
        interpreter.facts.training.pending_losses.append(pending)
    if not isinstance(predicted, TensorValue) or not predicted.origins or predicted.derived:
        return
    fact = LossFact(
        None, _endpoints(predicted), predicted.spec.shape, interpreter.program.generation, source.span,
        metrics=(replace(found, text=source.text),), stack=source.stack,
    )  # fmt: skip
    if fact not in interpreter.program.losses[-8:]:
        interpreter.program.losses.append(fact)


def _here(interpreter: Interpreter, node: ast.AST) -> tuple[Span, str]:
    source = source_of(interpreter, node)
    return (interpreter.module.source.place(1, 1), "") if source is None else (source.span, source.text)


def _note_call(interpreter: Interpreter, loss: Objective, predicted: Value, node: ast.AST) -> None:
    source = source_of(interpreter, node)
    if source is not None and interpreter.module.is_user and EXPECTED_GUARD not in interpreter.context.guards:
        model = _called_alone(predicted)
        if model is not None:
            pending = PendingLoss(model, loss, source.span, source.stack)
            interpreter.facts.training.pending_losses.append(pending)
    if source is None or not interpreter.module.is_user or EXPECTED_GUARD in interpreter.context.guards:
        return
    found = followed(predicted) if isinstance(predicted, TensorValue) else None
    if found is None:
        return
    output, passed = found
    fact = LossFact(
        loss, _endpoints(output), predicted.spec.shape, interpreter.program.generation, source.span,
        stack=source.stack, passed=passed,
    )  # fmt: skip
    losses: list[LossFact] = interpreter.program.losses
    if fact not in losses[-8:]:
        losses.append(fact)


def _called_alone(predicted: Value) -> Instance | None:
    """The model that gave a prediction of which no node is known, if it takes its inputs and nothing else."""
    match predicted:
        case (
            ComputedValue(flow=Flow(op=flows.CALLED, layer=Instance() as model))
            | TensorValue(flow=Flow(op=flows.CALLED, layer=Instance() as model), origins=())
        ) if _takes_samples_alone(model):
            return model
    return None


def _takes_samples_alone(model: Instance) -> bool:
    """Whether a model's own ``call`` takes its inputs, and nothing that could make something else of them."""
    call = class_function(model, "call")
    if call is None or call.decorators or not model.layer.is_model:
        return False
    parameters = call.node.args
    names = [each.arg for each in (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs)][2:]
    return FLAGS.issuperset(names) and parameters.vararg is None and parameters.kwarg is None


def _finish_pending(interpreter: Interpreter, called: Mapping[int, Value]) -> None:
    """Tell the rules of the losses that were given what a model made of data nobody knows."""
    for pending in interpreter.facts.training.pending_losses:
        outputs = called.get(id(pending.model))
        if isinstance(outputs, TensorValue) and outputs.origins and not outputs.derived:
            loss, metrics = (None, (pending.loss,)) if pending.metric else (pending.loss, ())
            fact = LossFact(
                loss, _endpoints(outputs), Shape(None), pending.model.layer.generation, pending.span,
                metrics=metrics, stack=pending.stack,
            )  # fmt: skip
            if fact not in interpreter.program.losses:
                interpreter.program.losses.append(fact)


def _endpoints(tensor: TensorValue) -> tuple[Endpoint, ...]:
    return tuple(Endpoint(origin.node, origin.output) for origin in tensor.origins)


def finish_objectives(interpreter: Interpreter, called: Mapping[int, Value]) -> None:
    """Tell the rules of every output of a compiled model; ``called`` are the outputs of the user's own models."""
    _finish_pending(interpreter, called)
    for pending in interpreter.facts.training.compiled:
        state: LayerState = pending.instance.layer
        outputs = pending.outputs if tensors_in(pending.outputs) else state.outputs
        if class_function(pending.instance, "call") is not None:
            outputs = called.get(id(pending.instance))
        named = _named(interpreter, outputs)
        # In which order Keras takes the outputs of a dict is its own affair; of a list, each has to be known.
        ordered = is_all_tensors(outputs) and (not isinstance(outputs, DictValue) or len(named) == 1)
        for index, (name, tensor) in enumerate(named):
            _finish_output(
                interpreter, pending, index if ordered else -1, name, tensor, max(len(named), 1 + (not ordered))
            )


def _named(interpreter: Interpreter, outputs: Value) -> list[tuple[str | None, TensorValue]]:
    """A model's outputs, each with the name that Keras knows it by."""
    found = tensors_in(outputs)
    if isinstance(outputs, DictValue):
        return [(name, tensor) for name, tensor in found]
    nodes = interpreter.program.recorder.nodes
    names = [
        nodes[tensor.origins[0].node].name if len(tensor.origins) == 1 and tensor.origins[0].node in nodes else None
        for _, tensor in found
    ]
    return [(name if names.count(name) == 1 else None, tensor) for name, (_, tensor) in zip(names, found, strict=True)]


def _finish_output(
    interpreter: Interpreter, pending: PendingCompile, index: int, name: str | None, tensor: TensorValue, count: int
) -> None:
    losses = [(loss, value) for key, loss, value in pending.loss if _is_for(key, index, name, count)]
    metrics = tuple(
        each
        for key, each in pending.metrics
        if _is_for(key if count > 1 or isinstance(key, str) else None, index, name, count)
    )
    if len(losses) != 1:
        return
    loss, value = losses[0]
    state: LayerState = pending.instance.layer
    facts = interpreter.facts.training
    fact = LossFact(
        loss, _endpoints(tensor), tensor.spec.shape, state.generation, pending.span, state.name, metrics,
        tuple(sorted(facts.methods.get(id(pending.instance), ()))),
        tuple(facts.weighted.get(id(pending.instance), ())),
        stack=pending.stack,
    )  # fmt: skip
    if loss is not None and loss.form is ObjectiveForm.OWN:
        fact = replace(fact, scalar=_run_own(interpreter, value, tensor))
    interpreter.program.losses.append(fact)


def _is_for(key: str | int | None, index: int, name: str | None, count: int) -> bool:
    """Whether what was given by ``key`` is for the output at ``index``."""
    if isinstance(key, str):
        return key == name
    return key is None or (key == index and count > 1) or (key == 0 and count == 1)


def _run_own(interpreter: Interpreter, function: Value, output: TensorValue) -> bool:
    """Call a loss of the user's on the model's prediction; whether it certainly gives one number for a batch.

    The losses of the library that it calls on that very prediction are noted.
    """
    losses: list[LossFact] = interpreter.program.losses
    before, made, total = len(losses), interpreter.program.recorder.counter, interpreter.limit
    interpreter.limit = min(total, interpreter.steps + MAXIMUM_STEPS_ALONE)
    predicted = replace(output, spec=output.spec.marked(False), history=None)
    rank = output.spec.shape.rank
    dims = (output.spec.shape.dims or (UNKNOWN,))[:1] + (UNKNOWN,) * ((rank or 1) - 1)
    target = TensorValue(TensorSpec(Shape(None if rank is None else dims), None))
    result: Value = NOTHING_KNOWN
    module = _module_of(function)
    if module is None:
        return False
    with unrecorded(interpreter):
        interpreter.context.modules = [module]
        interpreter.context.layer_calls += 1
        try:
            result, _ = interpreter.heap.branch(
                lambda: interpreter.call(function, Arguments((target, predicted)), NOWHERE)
            )
        except (UserRaise, RecursionError, BudgetExceeded):
            result = NOTHING_KNOWN
        finally:
            interpreter.limit = total
        noted = losses[before:]
    losses += [fact for fact in noted if all(int(end.node[1:]) <= made for end in fact.outputs)]
    return isinstance(result, TensorValue) and result.spec.shape.rank == 0


def _module_of(function: Value) -> Module | None:
    """The module of the user's that a loss is written in."""
    match function:
        case FunctionValue(module=module) | BoundMethod(function=FunctionValue(module=module)):
            return module
        case Instance(cls=ClassValue(module=Module() as module)):
            return module
    return None
