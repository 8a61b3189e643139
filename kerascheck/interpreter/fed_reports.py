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
from kerascheck.semantics.fed_words import (
    GivenData,
    Words,
    batch_in_input_words,
    holds_batch,
    input_words,
    is_like_one_sample,
    problem_at,
)


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
    data = given_data(fed, given, fed.expression("x") or fed.expression("validation_data"))
    declared = declared_inputs(interpreter, state, own)
    told = {each.span for each in interpreter.program.fed_problems if each.kind is FedKind.BATCH_IN_INPUT}
    known = not told.isdisjoint(step.span for step in declared)
    one = own is not None and fed.y is None and not known and is_like_one_sample(own.spec.shape, given.spec.shape)
    if own is not None and holds_batch(own.spec.shape, data) and not one:
        words = batch_in_input_words(state.name, own.spec.shape, data)
        if not declared:
            report(interpreter, words, fed, "x", node, made_at(given, fed))
            return
        source = source_of(interpreter, node)
        used = () if source is None else (TrailStep(source.span, f"given {given.spec.shape}"),)
        trail = (*made_at(given, fed), *used)
        add_problem(interpreter, problem_at(words, declared[0].span, trail))
        return
    why = trial.problem.message if trial is not None and trial.problem is not None else ""
    words = input_words(state.name, data, None if own is None else own.spec.shape, why)
    report(interpreter, words, fed, "x", node, (*made_at(given, fed), *declared))


def given_data(fed: Fed, given: TensorValue, written: tuple[Span, str] | None) -> GivenData:
    """An array or a batch as the words tell of it."""
    dataset = fed.dataset
    unbatched = dataset is not None and dataset.native and dataset.batched is None
    text = "" if written is None else written[1]
    return GivenData(given.spec.shape, text, fed.kind == "batches", unbatched, fed.size)


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
    interpreter: Interpreter, words: Words, fed: Fed, argument: str, node: ast.AST, trail: tuple[TrailStep, ...]
) -> None:
    """Say that what was given as ``argument`` does not fit, where it is written."""
    source = source_of(interpreter, node)
    if source is None:
        return
    written = fed.expression(argument) or fed.expression("validation_data") or fed.expression("x")
    span: Span = written[0] if written is not None else source.span
    calls = tuple(TrailStep(each, "called from here") for each in reversed(source.stack))
    add_problem(interpreter, problem_at(words, span, (*trail, *calls)))


def add_problem(interpreter: Interpreter, problem: FedProblem) -> None:
    """Keep a problem for the rules: once, and not where the code expects it."""
    if EXPECTED_GUARD not in interpreter.context.guards and problem not in interpreter.program.fed_problems:
        interpreter.program.fed_problems.append(problem)
