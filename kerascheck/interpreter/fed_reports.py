"""Telling what does not fit of the data that a model is given: where, by which trail, and what to do."""

from __future__ import annotations

import ast

from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.fed_data import Fed, made_at
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.trials import Trial
from kerascheck.interpreter.values import Instance, TensorValue
from kerascheck.program import FedKind, FedProblem
from kerascheck.shapes import UNKNOWN, Shape, as_int, compare


def report_input(
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
    what = f"`{shortened(written[1])}`" if written is not None else "the data"
    takes = f", which takes {own.spec.shape}" if own is not None else ""
    shape = f"{what} of shape {given.spec.shape} does" if fed.kind == "arrays" else f"batches of {given.spec.shape} do"
    why = f": {trial.problem.message}" if trial is not None and trial.problem is not None else ""
    trail = (*made_at(given, fed), *declared_inputs(interpreter, state, own))
    message = f"{shape} not fit model `{state.name}`{takes}{why}"
    report(interpreter, FedKind.INPUT, message, fed, "x", node, trail, help=_help(own, given, fed))


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
    declared = declared_inputs(interpreter, state, own)
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
        add_problem(
            interpreter, FedProblem(FedKind.BATCH_IN_INPUT, message, place, label, (*made_at(given, fed), *used), fix)
        )
    else:
        report(interpreter, FedKind.BATCH_IN_INPUT, message, fed, "x", node, made_at(given, fed), label=label, help=fix)


def declared_inputs(interpreter: Interpreter, state: LayerState, own: TensorValue | None) -> tuple[TrailStep, ...]:
    """Where a model's inputs were declared."""
    tensors = [own] if own is not None else [tensor for _, tensor in tensors_in(state.inputs)]
    steps: list[TrailStep] = []
    for tensor in tensors:
        for origin in tensor.origins[:1]:
            entry = interpreter.program.recorder.nodes.get(origin.node)
            if entry is not None and entry.source is not None:
                steps.append(TrailStep(entry.source.span, f"takes {tensor.spec.shape}"))
    return tuple(dict.fromkeys(steps))


def report(
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
    """Say that what was given as ``argument`` does not fit, where it is written."""
    source = source_of(interpreter, node)
    if source is None:
        return
    written = fed.expression(argument) or fed.expression("validation_data") or fed.expression("x")
    span: Span = written[0] if written is not None else source.span
    calls = tuple(TrailStep(each, "called from here") for each in reversed(source.stack))
    add_problem(interpreter, FedProblem(kind, message, span, label, (*trail, *calls), help))


def add_problem(interpreter: Interpreter, problem: FedProblem) -> None:
    """Keep a problem for the rules: once, and not where the code expects it."""
    if EXPECTED_GUARD not in interpreter.context.guards and problem not in interpreter.program.fed_problems:
        interpreter.program.fed_problems.append(problem)


def shortened(text: str) -> str:
    """An expression on one line, cut where it is long."""
    written = " ".join(text.split())
    return written if len(written) <= 60 else written[:57] + "..."
