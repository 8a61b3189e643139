"""Targets and weights that a model is given: how many there are, and whether they fit its outputs under its losses."""

from __future__ import annotations

import ast

from kerascheck.diagnostic import TrailStep
from kerascheck.graph import EXPECTED_GUARD, Endpoint
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.datasets import OPEN_BATCH
from kerascheck.interpreter.extremes import extremes_of
from kerascheck.interpreter.fed_data import Fed, made_at, sample_shape
from kerascheck.interpreter.fed_losses import run_on_columns
from kerascheck.interpreter.fed_reports import given_data, report
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.model_inputs import is_all_tensors
from kerascheck.interpreter.names import canonical
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import NOTHING_KNOWN, DictValue, External, Instance, ListValue, TensorValue, Value
from kerascheck.program import FedTarget
from kerascheck.semantics.fed_words import sample_count_words, shown, target_count_words, target_words
from kerascheck.semantics.fitting import is_about_axes, is_about_encoding, loss_function, takes_target
from kerascheck.shapes import Dim, Shape, as_int, compare, depends_on
from kerascheck.shapes.dim import substitute


def check_counts(interpreter: Interpreter, fed: Fed, node: ast.AST) -> None:
    """Inputs, targets and weights of one call must have one number of samples."""
    if fed.kind != "arrays" or not fed.checked:
        return
    counts: list[tuple[str, TensorValue]] = []
    for argument, value in (("x", fed.x), ("y", fed.y), ("sample_weight", fed.weights)):
        for _, tensor in tensors_in(value):
            if tensor.is_array and tensor.spec.shape.dims:
                counts.append((argument, tensor))
    for argument, tensor in counts[1:]:
        name, first = counts[0]
        (expected, *_), (count, *_) = first.spec.shape, tensor.spec.shape
        if compare(expected, count) is False:
            words = sample_count_words(
                (name, given_data(fed, first, fed.expression(name))),
                (argument, given_data(fed, tensor, fed.expression(argument))),
            )
            trail = (*made_at(first, fed), *made_at(tensor, fed))
            report(interpreter, words, fed, argument, node, tuple(dict.fromkeys(trail)))
            return


def check_targets(interpreter: Interpreter, instance: Instance, fed: Fed, outputs: Value, node: ast.AST) -> None:
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
            words = target_count_words(state.name, len(predicted), len(targets))
            report(interpreter, words, fed, "y", node, _made_output(interpreter, state))
        return
    losses = losses_of(state.loss, len(predicted))
    for (_, output), target, value in zip(predicted, targets, losses, strict=True):
        loss = loss_name(value, state.generation)
        if target.is_array and _is_batch_first(output):
            run_on_columns(interpreter, state, value, output.spec.shape, sample_shape(target.spec, fed), node)
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
    words = target_words(state.name, given_data(fed, target, written), output.spec.shape, loss)
    report(interpreter, words, fed, "y", node, (*made_at(target, fed), *_made_output(interpreter, state)))


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
        state.name, state.generation, loss, true, output.spec.shape, target.spec.shape, taken, span, shown(text),
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
