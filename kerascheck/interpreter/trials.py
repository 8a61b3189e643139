"""Running a model on data as a trial: what it gives and what goes wrong, with nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kerascheck.graph import UNDECIDED_GUARD
from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import (
    MAXIMUM_STEPS_ALONE,
    NOWHERE,
    BudgetExceeded,
    Interpreter,
    UserRaise,
)
from kerascheck.interpreter.datasets import OPEN_BATCH
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, Instance, TensorValue, Value
from kerascheck.problems import Problem, ProblemKind
from kerascheck.records import immutable
from kerascheck.shapes import Shape, TensorSpec

MAXIMUM_TRIALS = 64
"""Trials of one program: each runs a model once more."""


@immutable()
class Trial:
    """What came of a trial: the model's outputs, unknown where a call in it fails; and the first such call."""

    outputs: Value
    problem: Problem | None = None


def try_model(
    interpreter: Interpreter, instance: Instance, arguments: Arguments, before: Arguments | None = None
) -> Trial:
    """Call a model on a batch of any size of such data, as ``fit`` does, and forget the call.

    ``before`` are those of an earlier call, which built the model.
    """
    known: dict[tuple[object, ...], Trial] = interpreter.facts.trials
    given = as_batch(interpreter, arguments)
    built = None if before is None else as_batch(interpreter, before)
    key = (_key(instance, given), None if built is None else _key(instance, built))
    if key in known:
        return known[key]
    if len(known) >= MAXIMUM_TRIALS or instance.layer.active:
        return Trial(NOTHING_KNOWN)
    known[key] = trial = _run(interpreter, instance, given, built)
    return trial


def as_batch(interpreter: Interpreter, arguments: Arguments) -> Arguments:
    """The arguments of a call with every array a batch of any size."""

    def change(tensor: TensorValue) -> TensorValue:
        dims = tensor.spec.shape.dims
        shape = Shape(None if dims is None else (OPEN_BATCH, *dims[1:]) if dims else ())
        return TensorValue(TensorSpec(shape, tensor.spec.dtype))

    def changed(value: Value) -> Value:
        return map_tensors(value, change, interpreter.heap.new)

    return Arguments(
        tuple(changed(value) for value in arguments.positional),
        {name: changed(value) for name, value in arguments.keywords.items()},
        arguments.open,
    )


def _key(instance: Instance, arguments: Arguments) -> tuple[object, ...]:
    state: LayerState = instance.layer
    given = [*enumerate(arguments.positional), *arguments.keywords.items()]
    specs = tuple((place, *((name, tensor.spec) for name, tensor in tensors_in(value))) for place, value in given)
    constants = tuple((place, value) for place, value in given if isinstance(value, (bool, int, float, str)))
    attributes = tuple((name, id(value)) for name, value in instance.attributes.items())
    return (id(instance), state.built, specs, constants, attributes)


def _run(interpreter: Interpreter, instance: Instance, arguments: Arguments, built: Arguments | None) -> Trial:
    recorder = interpreter.program.recorder
    before = recorder.counter
    total = interpreter.limit
    interpreter.limit = min(total, interpreter.steps + MAXIMUM_STEPS_ALONE)
    outputs: Value = NOTHING_KNOWN
    problem: Problem | None = None

    def call() -> Value:
        nonlocal before
        if built is not None:
            interpreter.call(instance, built, NOWHERE)
            before = recorder.counter
        return interpreter.call(instance, arguments, NOWHERE)

    with unrecorded(interpreter):
        try:
            outputs, _ = interpreter.heap.branch(call)
        except (UserRaise, RecursionError, BudgetExceeded):
            outputs = NOTHING_KNOWN
        finally:
            interpreter.limit = total
        made = [recorder.nodes[identifier] for identifier in recorder.since(before)]
        # What was not decided may well be what tells this data from those for which it goes well.
        certain = (node for node in made if UNDECIDED_GUARD not in node.guards)
        problem = next((node.problem for node in certain if node.problem is not None), None)
    plain = map_tensors(outputs, lambda tensor: TensorValue(tensor.spec, is_array=True), interpreter.heap.new)
    if problem is not None and problem.kind is ProblemKind.NEGATIVE:
        # A window larger than its data raises where a model is built, and gives an empty result where it runs.
        return Trial(NOTHING_KNOWN)
    return Trial(plain if problem is None else NOTHING_KNOWN, problem)


@contextmanager
def unrecorded(interpreter: Interpreter) -> Iterator[None]:
    """While it lasts, what is recorded and noted is forgotten at its end."""
    program, facts = interpreter.program, interpreter.facts
    recorder = program.recorder
    before, edges = recorder.counter, len(recorder.edges)
    lists: list[list[Any]] = [
        program.unknown, program.none_uses, program.arguments, program.weight_list_edits, program.connections,
        program.weights_given, program.positional_numbers, program.indices_given, program.downcasts, facts.layers,
        facts.variables, facts.updating, facts.runs, facts.train_steps, facts.training.calls, facts.training.fits,
        facts.jit_models, facts.made, program.losses, facts.training.compiled,
        facts.training.pending_losses,
    ]  # fmt: skip
    lengths = [len(each) for each in lists]
    names, size_names = dict(facts.names), dict(facts.size_names)
    assumed, hints = set(facts.assumed), dict(facts.rank_hints)
    layers = [(each.layer, _counts(each.layer)) for each in facts.layers]
    forks, watches, context = list(interpreter.heap.forks), list(interpreter.heap.watches), interpreter.context
    interpreter.context = replace(
        context, stack=list(context.stack), modules=list(context.modules), guards=[], scopes=[], tapes=[], control=[],
        replay=[],
    )  # fmt: skip
    try:
        yield
    finally:
        interpreter.context = context
        interpreter.heap.forks[:], interpreter.heap.watches[:] = forks, watches
        for identifier in recorder.since(before):
            del recorder.nodes[identifier]
            recorder.incoming.pop(identifier, None)
        del recorder.edges[edges:]
        for each, length in zip(lists, lengths, strict=True):
            del each[length:]
        facts.names, facts.size_names = names, size_names
        facts.assumed, facts.rank_hints = assumed, hints
        for state, counts in layers:
            _recount(state, counts)


def _counts(state: LayerState) -> tuple[Any, ...]:
    """What a call changes of a layer besides what the heap takes back."""
    return (
        state.calls, state.last_inputs, state.last_outputs, state.always_training, state.told_training, state.in_model,
        len(state.sublayers), state.weights, len(state.own),
    )  # fmt: skip


def _recount(state: LayerState, counts: tuple[Any, ...]) -> None:
    state.calls, state.last_inputs, state.last_outputs = counts[:3]
    state.always_training, state.told_training, state.in_model = counts[3:6]
    del state.sublayers[counts[6] :]
    state.weights = counts[7]
    del state.own[counts[8] :]
