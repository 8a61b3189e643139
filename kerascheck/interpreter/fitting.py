"""``fit``, ``evaluate``, ``predict`` and calls on data: what they build, what comes out and what does not fit."""

from __future__ import annotations

import ast

from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.dataset_values import DatasetValue
from kerascheck.interpreter.datasets import OPEN_BATCH
from kerascheck.interpreter.downcasts import note_downcasts
from kerascheck.interpreter.fed_data import (
    PREDICTING_METHODS,
    TRAINING_METHODS,
    Fed,
    fed_data,
    one_batch,
    sample_shape,
    samples,
)
from kerascheck.interpreter.fed_reports import declared_inputs, report, report_input
from kerascheck.interpreter.fed_targets import check_counts, check_targets
from kerascheck.interpreter.first_calls import call_first
from kerascheck.interpreter.indices import note_model_indices
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import class_function
from kerascheck.interpreter.model_inputs import as_taken, expect, is_all_tensors, paired_inputs
from kerascheck.interpreter.objectives import note_objectives, note_use
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.sequential import build_sequential
from kerascheck.interpreter.training import StepData, held_as_attributes
from kerascheck.interpreter.trials import Trial, try_model
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, DictValue, Instance, TensorValue, Value
from kerascheck.problems import ProblemKind
from kerascheck.program import FedDataset
from kerascheck.semantics.fed_words import Words
from kerascheck.semantics.fitting import same_samples, takes_sample
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec, depends_on
from kerascheck.shapes.dim import substitute

OWN_STEPS = ("__call__", "make_train_function", "make_test_function", "make_predict_function")
STEP_OF = {"fit": "train_step", "evaluate": "test_step", "predict": "predict_step"}


def note_compiled(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """Remember the loss a model is compiled with; in a branch, another than before is not known to be the one."""
    if arguments.keywords.get("run_eagerly") not in (None, False):
        interpreter.program.runs_eagerly = True
    state: LayerState = instance.layer
    loss = arguments.get(1, "loss")
    if state.compiled and interpreter.heap.forks and loss is not state.loss and loss != state.loss:
        loss = NOTHING_KNOWN
    if arguments.keywords.get("loss_weights") is not None and isinstance(loss, DictValue):
        loss = NOTHING_KNOWN
    state.loss, state.compiled = loss, True
    state.optimizer = arguments.get(0, "optimizer", state.optimizer)
    note_objectives(interpreter, instance, arguments, node)


def feed(interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST) -> Value:
    """A method of the model that is given data: what it builds, reports and returns."""
    state: LayerState = instance.layer
    step = "fit" if name in TRAINING_METHODS else "predict" if name in PREDICTING_METHODS else "evaluate"
    lots = fed_data(interpreter, state, name, arguments, node)
    note_use(interpreter, instance, name, arguments, node)
    if lots and isinstance(lots[0].weights, TensorValue) and (source := source_of(interpreter, node)) is not None:
        interpreter.facts.training.weighted.setdefault(id(instance), []).append(source.span)
    result: Value = NOTHING_KNOWN
    for position, fed in enumerate(lots):
        if step == "fit" and position == 0 and fed.dataset is not None:
            _note_dataset(interpreter, state, fed, node)
        if not arguments.open:
            check_counts(interpreter, fed, node)
        if position == 0:
            _build_by_data(interpreter, instance, fed, node)
        if _has_own_step(instance, STEP_OF[step if position == 0 else "evaluate"]):
            if position == 0 and step == "fit":
                data = StepData(one_batch(interpreter, fed), held_as_attributes(instance))
                interpreter.facts.training.step_data.setdefault(id(instance), data)
            continue
        trial = _take(interpreter, instance, fed, node)
        if trial is None:
            continue
        if step != "predict" and not class_function(instance, "compute_loss"):
            check_targets(interpreter, instance, fed, trial.outputs, node)
        if step == "predict":
            result = _predicted(interpreter, fed, trial.outputs, node)
    return result


def _build_by_data(interpreter: Interpreter, instance: Instance, fed: Fed, node: ast.AST) -> None:
    """The first data build a model: a Sequential without an Input, and one whose ``call`` is the user's."""
    state: LayerState = instance.layer
    known = tensors_in(fed.x)
    if not known or not all(tensor.is_array and tensor.spec.shape.dims for _, tensor in known):
        return
    if class_function(instance, "call") is not None:
        if not state.calls and not state.active and not _is_for_its_step(interpreter, instance, fed):
            expect(interpreter, state, fed.x)
            call_first(interpreter, instance, Arguments((fed.x,)), node, whole=False)
    elif state.kind == "sequential" and len(known) == 1:
        dims = known[0][1].spec.shape.dims or ()
        build_sequential(interpreter, instance, (None, *dims[1:]), source=source_of(interpreter, node))


def _is_for_its_step(interpreter: Interpreter, instance: Instance, fed: Fed) -> bool:
    """Whether ``call`` does not take the data, and a step of the model's own is there to give it something else."""
    if class_function(instance, "train_step") is None:
        return False
    return try_model(interpreter, instance, Arguments((fed.x,))).problem is not None


def _has_own_step(instance: Instance, step: str) -> bool:
    return any(class_function(instance, each) is not None for each in (step, *OWN_STEPS))


def _take(interpreter: Interpreter, instance: Instance, fed: Fed, node: ast.AST) -> Trial | None:
    """Give the model the inputs: build it where they are its first, and say what does not fit.

    None where what the model makes of them is not known.
    """
    state: LayerState = instance.layer
    known = tensors_in(fed.x)
    if not known or not all(tensor.is_array for _, tensor in known):
        return None
    first = state.expected is None
    expect(interpreter, state, fed.x)
    own_call = class_function(instance, "call") is not None
    if state.kind == "sequential" and not own_call and state.outputs is None:
        return None
    if state.kind not in ("functional", "sequential") or own_call:
        before = None if first or state.built else Arguments((state.expected,))
        trial = try_model(interpreter, instance, Arguments((fed.x,)), before)
        size = trial.problem is not None and trial.problem.kind is ProblemKind.SIZE
        if size and not first and _differs(state.expected, fed):
            report_input(interpreter, instance, fed, known[0][1], None, node, trial)
        return None if trial.problem is not None else trial
    return _take_known(interpreter, instance, fed, node)


def _differs(expected: Value, fed: Fed) -> bool:
    """Whether the data certainly have another shape than those the model was first given, which is looked at anyway."""
    before, now = [tensor.spec.shape for _, tensor in tensors_in(expected)], specs_of(fed.x)
    if len(before) != len(now):
        return True
    return any(
        a.dims is not None and b.dims is not None and (len(a.dims) != len(b.dims) or a.dims[1:] != b.dims[1:])
        for a, b in zip(before, now, strict=True)
    )


def specs_of(value: Value) -> list[Shape]:
    """The shapes of the tensors in a nest."""
    return [tensor.spec.shape for _, tensor in tensors_in(value)]


def _take_known(interpreter: Interpreter, instance: Instance, fed: Fed, node: ast.AST) -> Trial | None:
    """A functional or Sequential model: its Inputs say what it takes, then its layers."""
    state: LayerState = instance.layer
    pairs = paired_inputs(interpreter, state, fed.x)
    if isinstance(pairs, Words):
        report(interpreter, pairs, fed, "x", node, declared_inputs(interpreter, state, None))
        return None
    if pairs is None:
        return None
    note_model_indices(interpreter, state, pairs, node, fed.expression("x"))
    note_downcasts(interpreter, state, pairs, node, fed.expression("x"))
    sized = state.kind == "functional" or state.generation == 2
    if state.kind == "sequential" and state.generation == 2 and state.inferred:
        sized = False
    for own, given in pairs:
        shape = sample_shape(given.spec, fed)
        if takes_sample(own.spec.shape, shape, sized=sized, ranked=state.generation == 3) is False:
            report_input(interpreter, instance, fed, given, own, node)
            return None
    if all(same_samples(own.spec.shape, given.spec.shape) for own, given in pairs):
        return Trial(state.outputs)
    trial = try_model(interpreter, instance, Arguments((as_taken(interpreter, pairs),)))
    if trial.problem is not None:
        own, given = next(((a, b) for a, b in pairs if not same_samples(a.spec.shape, b.spec.shape)), pairs[0])
        report_input(interpreter, instance, fed, given, own, node, trial)
        return None
    return trial


def _predicted(interpreter: Interpreter, fed: Fed, outputs: Value, node: ast.AST) -> Value:
    """What ``predict`` gives: the outputs of all batches behind one another."""
    count = samples(fed.x) if fed.kind == "arrays" else UNKNOWN

    def whole(tensor: TensorValue) -> TensorValue:
        dims = tensor.spec.shape.dims
        if not dims or dims[0] != OPEN_BATCH:
            return TensorValue(TensorSpec(Shape(None), tensor.spec.dtype), is_array=True, is_numpy=True)
        inner = tuple(substitute(dim, {"B": UNKNOWN}) for dim in dims[1:])
        shape = Shape((UNKNOWN if count is None else count, *inner))
        spec = TensorSpec(shape, tensor.spec.dtype)
        return TensorValue(spec, is_array=True, is_numpy=True, source=source_of(interpreter, node), prediction=True)

    return map_tensors(outputs, whole, interpreter.heap.new)


def _note_dataset(interpreter: Interpreter, state: LayerState, fed: Fed, node: ast.AST) -> None:
    """Tell of the dataset a model is fitted on, as far as its types are known."""
    source, data = source_of(interpreter, node), fed.dataset
    if source is None or not isinstance(data, DatasetValue) or not data.native:
        return
    shapes = specs_of(data.element)
    known = bool(shapes) and all(shape.dims for shape in shapes) and is_all_tensors(data.element)
    found = FedDataset(
        model=state.name,
        span=source.span,
        shapes=tuple(str(shape) for shape in shapes),
        open_batch=known and any(shape.dims is not None and depends_on(shape.dims[0]) for shape in shapes),
        whole=data.whole,
        batched=data.batched,
    )
    if found not in interpreter.program.datasets:
        interpreter.program.datasets.append(found)
