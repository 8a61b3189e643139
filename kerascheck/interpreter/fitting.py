"""``fit``, ``evaluate``, ``predict`` and calls on data: what they build, what comes out and what does not fit."""

from __future__ import annotations

import ast

from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import EXPECTED_GUARD, Endpoint
from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.datasets import OPEN_BATCH
from kerascheck.interpreter.downcasts import note_downcasts
from kerascheck.interpreter.extremes import extremes_of
from kerascheck.interpreter.fed_data import (
    PREDICTING_METHODS,
    TRAINING_METHODS,
    Fed,
    fed_data,
    made_at,
    one_batch,
    sample_shape,
    samples,
)
from kerascheck.interpreter.first_calls import call_first
from kerascheck.interpreter.indices import note_model_indices
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import class_function
from kerascheck.interpreter.model_inputs import as_taken, is_all_tensors, paired_inputs
from kerascheck.interpreter.names import canonical
from kerascheck.interpreter.objectives import note_objectives, note_use
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.sequential import build_sequential
from kerascheck.interpreter.trials import Trial, try_model
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    DatasetValue,
    DictValue,
    External,
    Instance,
    ListValue,
    TensorValue,
    Value,
)
from kerascheck.problems import ProblemKind
from kerascheck.program import FedDataset, FedKind, FedProblem, FedTarget
from kerascheck.semantics.fitting import (
    is_about_axes,
    is_about_encoding,
    loss_function,
    same_samples,
    takes_sample,
    takes_target,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, compare, depends_on
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
            _check_counts(interpreter, fed, node)
        if position == 0:
            _build_by_data(interpreter, instance, fed, node)
        if _has_own_step(instance, STEP_OF[step if position == 0 else "evaluate"]):
            if position == 0 and step == "fit":
                interpreter.facts.training.step_data.setdefault(id(instance), one_batch(interpreter, fed))
            continue
        trial = _take(interpreter, instance, fed, node)
        if trial is None:
            continue
        if step != "predict" and not class_function(instance, "compute_loss"):
            _check_targets(interpreter, instance, fed, trial.outputs, node)
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
        if not state.calls and not state.active:
            state.expected = fed.x if state.expected is None else state.expected
            call_first(interpreter, instance, Arguments((fed.x,)), node, whole=False)
    elif state.kind == "sequential" and len(known) == 1:
        dims = known[0][1].spec.shape.dims or ()
        build_sequential(interpreter, instance, (None, *dims[1:]), source=source_of(interpreter, node))


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
    if first:
        state.expected = fed.x
    own_call = class_function(instance, "call") is not None
    if state.kind == "sequential" and not own_call and state.outputs is None:
        return None
    if state.kind not in ("functional", "sequential") or own_call:
        before = None if first or state.built else Arguments((state.expected,))
        trial = try_model(interpreter, instance, Arguments((fed.x,)), before)
        size = trial.problem is not None and trial.problem.kind is ProblemKind.SIZE
        if size and not first and _differs(state.expected, fed):
            _report_input(interpreter, instance, fed, known[0][1], None, node, trial)
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
    if isinstance(pairs, str):
        _report(interpreter, FedKind.INPUT, pairs, fed, "x", node, _declared(interpreter, state, None))
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
            _report_input(interpreter, instance, fed, given, own, node)
            return None
    if all(same_samples(own.spec.shape, given.spec.shape) for own, given in pairs):
        return Trial(state.outputs)
    trial = try_model(interpreter, instance, Arguments((as_taken(interpreter, pairs),)))
    if trial.problem is not None:
        own, given = next(((a, b) for a, b in pairs if not same_samples(a.spec.shape, b.spec.shape)), pairs[0])
        _report_input(interpreter, instance, fed, given, own, node, trial)
        return None
    return trial


def _report_input(
    interpreter: Interpreter,
    instance: Instance,
    fed: Fed,
    given: TensorValue,
    own: TensorValue | None,
    node: ast.AST,
    trial: Trial | None = None,
) -> None:
    """Say that the data do not fit the model."""
    state: LayerState = instance.layer
    if own is not None and _holds_batch(own, given, fed):
        _report_batch_in_input(interpreter, state, fed, given, own, node)
        return
    written = fed.expression("x") or fed.expression("validation_data")
    what = f"`{_short(written[1])}`" if written is not None else "the data"
    takes = f", which takes {own.spec.shape}" if own is not None else ""
    shape = f"{what} of shape {given.spec.shape} does" if fed.kind == "arrays" else f"batches of {given.spec.shape} do"
    why = f": {trial.problem.message}" if trial is not None and trial.problem is not None else ""
    trail = (*made_at(given, fed), *_declared(interpreter, state, own))
    message = f"{shape} not fit model `{state.name}`{takes}{why}"
    _report(interpreter, FedKind.INPUT, message, fed, "x", node, trail, help=_help(own, given, fed))


def _help(own: TensorValue | None, given: TensorValue, fed: Fed) -> str:
    wanted, found = (None, None) if own is None else (own.spec.shape.dims, given.spec.shape.dims)
    if wanted and found is not None and len(found) == len(wanted) - 1:
        alike = all(compare(a, b) is not False for a, b in zip(wanted[1:], found, strict=True))
        if alike and fed.dataset is not None and fed.dataset.native and fed.dataset.batched is None:
            return "batch the dataset: `.batch(32)`"
        if alike and fed.kind == "arrays":
            return "one sample alone wants a batch axis, too: `x[None, ...]`"
        if as_int(wanted[-1]) == 1:
            return "add the last axis to the data: `x[..., None]`"
    return "give the data the shape of the model's input, or declare the input for them"


def _holds_batch(own: TensorValue, given: TensorValue, fed: Fed) -> bool:
    """Whether the Input was declared with the number of samples, or of a batch, in its shape."""
    wanted, found = own.spec.shape.dims, given.spec.shape.dims
    if not wanted or not found or len(found) != len(wanted) - 1 or len(found) < 2:
        return False
    if fed.dataset is not None and fed.dataset.batched is None:
        return False
    if not all(compare(a, b) is True for a, b in zip(wanted[2:], found[1:], strict=True)):
        return False
    first = as_int(wanted[1])
    return first is not None and first > 1 and first in (as_int(found[0]), as_int(fed.size))


def _report_batch_in_input(
    interpreter: Interpreter, state: LayerState, fed: Fed, given: TensorValue, own: TensorValue, node: ast.AST
) -> None:
    wanted = own.spec.shape.dims or ()
    declared = _declared(interpreter, state, own)
    source = source_of(interpreter, node)
    used = () if source is None else (TrailStep(source.span, f"given {given.spec.shape}"),)
    inner = Shape(wanted[2:])
    message = f"the input of model `{state.name}` has the batch in its shape: it takes {own.spec.shape}"
    number = as_int(wanted[1])
    samples_in = "of samples" if number == as_int((given.spec.shape.dims or (UNKNOWN,))[0]) else "in a batch"
    label = f"{number} is the number {samples_in}, which Keras adds by itself"
    fix = f"leave the batch out: `shape={inner}`"
    if declared:
        place = declared[0].span
        _add(interpreter, FedProblem(FedKind.BATCH_IN_INPUT, message, place, label, (*made_at(given, fed), *used), fix))
    else:
        _report(
            interpreter, FedKind.BATCH_IN_INPUT, message, fed, "x", node, made_at(given, fed), label=label, help=fix
        )


def _declared(interpreter: Interpreter, state: LayerState, own: TensorValue | None) -> tuple[TrailStep, ...]:
    """Where a model's inputs were declared."""
    tensors = [own] if own is not None else [tensor for _, tensor in tensors_in(state.inputs)]
    steps: list[TrailStep] = []
    for tensor in tensors:
        for origin in tensor.origins[:1]:
            entry = interpreter.program.recorder.nodes.get(origin.node)
            if entry is not None and entry.source is not None:
                steps.append(TrailStep(entry.source.span, f"takes {tensor.spec.shape}"))
    return tuple(dict.fromkeys(steps))


def _report(
    interpreter: Interpreter,
    kind: FedKind,
    message: str,
    fed: Fed,
    argument: str,
    node: ast.AST,
    trail: tuple[TrailStep, ...],
    *,
    label: str = "",
    help: str | None = None,
) -> None:
    source = source_of(interpreter, node)
    if source is None:
        return
    written = fed.expression(argument) or fed.expression("validation_data") or fed.expression("x")
    span: Span = written[0] if written is not None else source.span
    calls = tuple(TrailStep(each, "called from here") for each in reversed(source.stack))
    _add(interpreter, FedProblem(kind, message, span, label, (*trail, *calls), help))


def _add(interpreter: Interpreter, problem: FedProblem) -> None:
    if EXPECTED_GUARD not in interpreter.context.guards and problem not in interpreter.program.fed_problems:
        interpreter.program.fed_problems.append(problem)


def _short(text: str) -> str:
    written = " ".join(text.split())
    return written if len(written) <= 60 else written[:57] + "..."


def _check_counts(interpreter: Interpreter, fed: Fed, node: ast.AST) -> None:
    """Inputs, targets and weights of one call must have one number of samples."""
    if fed.kind != "arrays" or not fed.checked:
        return
    counts: list[tuple[str, TensorValue, Dim]] = []
    for argument, value in (("x", fed.x), ("y", fed.y), ("sample_weight", fed.weights)):
        for _, tensor in tensors_in(value):
            if tensor.is_array and tensor.spec.shape.dims:
                counts.append((argument, tensor, tensor.spec.shape.dims[0]))
    for argument, tensor, count in counts[1:]:
        name, first, expected = counts[0]
        if compare(expected, count) is False:
            if argument == name:
                shapes = f"{first.spec.shape} and {tensor.spec.shape}"
                message = f"the arrays of `{argument}` have different numbers of samples: {shapes}"
            else:
                own, other = fed.expression(argument), fed.expression(name)
                left = f"`{_short(other[1])}`" if other is not None and other != own else f"`{name}`"
                right = f"`{_short(own[1])}`" if own is not None and other != own else f"`{argument}`"
                message = (
                    f"{left} has {_count(first)} samples and {right} has {_count(tensor)}: "
                    f"{first.spec.shape} and {tensor.spec.shape}"
                )
            trail = (*made_at(first, fed), *made_at(tensor, fed))
            _report(
                interpreter, FedKind.COUNT, message, fed, argument, node, tuple(dict.fromkeys(trail)),
                help="give one target and one weight for each sample",
            )  # fmt: skip
            return


def _count(tensor: TensorValue) -> str:
    dims = tensor.spec.shape.dims or (UNKNOWN,)
    number = as_int(dims[0])
    return "another number of" if number is None else str(number)


def _check_targets(interpreter: Interpreter, instance: Instance, fed: Fed, outputs: Value, node: ast.AST) -> None:
    """Each target must fit an output under its loss."""
    state: LayerState = instance.layer
    predicted = tensors_in(outputs)
    if fed.y is None or not predicted or not state.compiled or not is_all_tensors(outputs):
        return
    if not is_all_tensors(fed.y):
        return
    targets = [tensor for _, tensor in tensors_in(fed.y)]
    if isinstance(fed.y, DictValue) or isinstance(outputs, DictValue):
        return
    if len(targets) != len(predicted):
        if state.generation == 3 and _wants_all(state.loss) and all(target.is_array for target in targets):
            outputs_of = _times(len(predicted), "output")
            message = f"model `{state.name}` has {outputs_of} and is given {_times(len(targets), 'target')}"
            trail = _made_output(interpreter, state)
            _report(interpreter, FedKind.TARGET, message, fed, "y", node, trail, help="give one target for each output")
        return
    losses = losses_of(state.loss, len(predicted))
    for (_, output), target, value in zip(predicted, targets, losses, strict=True):
        loss = loss_name(value, state.generation)
        if loss is None or not target.is_array or not _is_batch_first(output):
            continue
        _check_target(interpreter, instance, fed, output, target, loss, node)


def _is_batch_first(output: TensorValue) -> bool:
    """Whether an output has one row for each sample: where samples were mixed, that is the mistake."""
    dims = output.spec.shape.dims
    if not dims:
        return dims is None
    first, *rest = dims
    return (as_int(first) is not None or first == OPEN_BATCH) and not any(map(depends_on, rest))


def _wants_all(loss: Value) -> bool:
    """Whether every output certainly has a loss."""
    parts = loss.items if isinstance(loss, ListValue) else [loss]
    return parts is not None and all(isinstance(part, str) for part in parts)


def _times(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _check_target(
    interpreter: Interpreter,
    instance: Instance,
    fed: Fed,
    output: TensorValue,
    target: TensorValue,
    loss: str,
    node: ast.AST,
) -> None:
    state: LayerState = instance.layer
    batch = fed.size
    true = sample_shape(target.spec, fed)
    if fed.kind == "batches" and true.dims and as_int(true.dims[0]) is None and depends_on(true.dims[0]):
        true = Shape((batch, *true.dims[1:]))
    shape = _with_batch(output.spec.shape, batch)
    taken = takes_target(loss, state.generation, true, shape)
    _note_target(interpreter, state, fed, output, target, node, loss=loss, true=true, shape=shape, taken=taken)
    if taken is not False or is_about_encoding(loss, true, shape) or is_about_axes(loss, true, shape):
        return
    written = fed.expression("y") or fed.expression("validation_data")
    what = f"`{_short(written[1])}`" if written is not None and fed.kind == "arrays" else "a target"
    message = (
        f"{what} of shape {target.spec.shape} does not fit the output {output.spec.shape} of model `{state.name}` "
        f"under `{loss}`"
    )
    trail = (*made_at(target, fed), *_made_output(interpreter, state))
    _report(
        interpreter, FedKind.TARGET, message, fed, "y", node, trail,
        help="give the targets the shape of the model's output, or the last layer as many units as they have",
    )  # fmt: skip


def _note_target(
    interpreter: Interpreter,
    state: LayerState,
    fed: Fed,
    output: TensorValue,
    target: TensorValue,
    node: ast.AST,
    *,
    loss: str,
    true: Shape,
    shape: Shape,
    taken: bool | None,
) -> None:
    """Tell of a target that an output is given."""
    source = source_of(interpreter, node)
    if source is None or EXPECTED_GUARD in interpreter.context.guards:
        return
    written = fed.expression("y") or fed.expression("validation_data") or fed.expression("x")
    span, text = written if written is not None and fed.kind == "arrays" else (source.span, "")
    known = extremes_of(target)
    lowest, highest = (None, None) if known is None else (known.lowest, known.highest)
    calls = tuple(TrailStep(each, "called from here") for each in reversed(source.stack))
    found = FedTarget(
        state.name, state.generation, loss, true, output.spec.shape, target.spec.shape, taken, span, _short(text),
        tuple(Endpoint(origin.node, origin.output) for origin in output.origins), target.classes,
        lowest, highest,
        (*made_at(target, fed), *_made_output(interpreter, state), *calls),
    )  # fmt: skip
    if found not in interpreter.program.fed_targets:
        interpreter.program.fed_targets.append(found)


def _made_output(interpreter: Interpreter, state: LayerState) -> tuple[TrailStep, ...]:
    steps = []
    for _, tensor in tensors_in(state.outputs):
        for origin in tensor.origins[:1]:
            entry = interpreter.program.recorder.nodes.get(origin.node)
            if entry is not None and entry.source is not None:
                steps.append(TrailStep(entry.source.span, f"gives {tensor.spec.shape}"))
    return tuple(dict.fromkeys(steps))


def losses_of(loss: Value, count: int) -> list[Value]:
    """The loss of each output; unknown ones where they are given by name."""
    if isinstance(loss, ListValue):
        loss = tuple(loss.items) if loss.items is not None else NOTHING_KNOWN
    if isinstance(loss, tuple):
        return list(loss) if len(loss) == count else [NOTHING_KNOWN] * count
    return [NOTHING_KNOWN if isinstance(loss, DictValue) else loss] * count


def loss_name(loss: Value, generation: int) -> str | None:
    """The function that a loss given to ``compile`` means; None for one of the user's or one that is not known."""
    match loss:
        case str():
            return loss_function(loss, generation)
        case External(name=name):
            known = canonical(name, generation) or ""
            keras_made = known.startswith(("keras.losses.", "keras.metrics."))
            last = known.rsplit(".", maxsplit=1)[-1]
            return loss_function(last, generation) if keras_made and last.islower() else None
        case Instance(native=str() as native) if native.startswith("keras.losses."):
            return loss_function(native.rsplit(".", maxsplit=1)[-1], generation)
    return None


def _with_batch(shape: Shape, size: Dim) -> Shape:
    return Shape(None) if shape.dims is None else Shape(tuple(substitute(dim, {"B": size}) for dim in shape.dims))


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
