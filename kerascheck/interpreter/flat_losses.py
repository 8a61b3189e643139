"""Losses without a gradient: metrics given as a loss, and functions of the user's that round, compare or choose."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD, VERSION_GUARD, Source
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.creation import note_repeated
from kerascheck.interpreter.fed_data import bind_method
from kerascheck.interpreter.flows import NUMPY, PREDICTION, ancestors, flat_values, is_flat
from kerascheck.interpreter.heap import EITHER
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import class_function
from kerascheck.interpreter.loader import Module
from kerascheck.interpreter.names import canonical
from kerascheck.interpreter.objectives import OWN_STEPS
from kerascheck.interpreter.phases import phase
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.symbolic_losses import note_symbolic_loss
from kerascheck.interpreter.values import (
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
    SizeValue,
    TensorValue,
    Value,
)
from kerascheck.program import FlatLoss
from kerascheck.records import immutable
from kerascheck.semantics.fitting import loss_function
from kerascheck.shapes import TensorSpec

METRICS = "keras.metrics."
TARGET = "target"
"""The op of what a loss is given as target, and a metric for both: no gradient is taken of it."""


@immutable()
class OwnLoss:
    """A loss or metric of the user's that a model was compiled with.

    ``bound`` are the arguments it has already; ``made`` how many nodes there were when the model was compiled;
    ``certain`` whether training certainly runs it.
    """

    function: FunctionValue
    receiver: Value
    bound: Arguments
    name: str
    metric: bool
    made: int
    certain: bool
    model: str
    generation: int
    compiled: Span
    stack: tuple[Span, ...]

    @property
    def module(self) -> Module | None:
        """Where its code is, if that is the user's."""
        return self.function.module if self.function.module.is_user else None


def note_flat_loss(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """``model.compile(loss=...)``: note a metric in the place of a loss, and the losses of the user's own."""
    source = source_of(interpreter, node)
    if source is None or EXPECTED_GUARD in interpreter.context.guards:
        return
    state = instance.layer
    if arguments.get(1, "loss") is not None:
        interpreter.program.compiled_models.add(state.name)
        if any(class_function(instance, each) is not None for each in OWN_STEPS):
            interpreter.program.own_step_models.add(state.name)
    for loss in _parts(arguments.get(1, "loss")):
        name = _metric(loss, state.generation)
        if name is not None:
            found = FlatLoss(
                source.span, source.text, name, True, state.name, state.generation, source.span, source.stack
            )
            if found not in interpreter.program.flat_losses:
                interpreter.program.flat_losses.append(found)
        _note_own(interpreter, instance, loss, source, metric=False)
    for name in ("metrics", "weighted_metrics"):
        for metric in _parts(bind_method(state, "compile", arguments).get(name)):
            _note_own(interpreter, instance, metric, source, metric=True)


def _note_own(interpreter: Interpreter, instance: Instance, given: Value, source: Source, *, metric: bool) -> None:
    """Note a loss or metric that is a function, or an object of a class, of the user's."""
    state: LayerState = instance.layer
    bound = Arguments()
    if isinstance(given, PartialValue):
        given, bound = given.function, given.arguments
    own, receiver = own_loss(given)
    versioned = VERSION_GUARD in interpreter.context.guards
    certain = not versioned and all(class_function(instance, each) is None for each in OWN_STEPS)
    if own is not None and not bound.open:
        interpreter.facts.own_losses.append(
            OwnLoss(
                own, receiver, bound, _called(given, own), metric, interpreter.program.recorder.counter, certain,
                state.name, state.generation, source.span, source.stack,
            )
        )  # fmt: skip


def _parts(given: Value) -> Iterator[Value]:
    match given:
        case tuple() | ListValue(items=list()):
            for each in given if isinstance(given, tuple) else given.items or ():
                yield from _parts(each)
        case DictValue(items=dict() as entries):
            for each in entries.values():
                yield from _parts(each)
        case _:
            yield given


def _metric(loss: Value, generation: int) -> str | None:
    """The name of one of Keras's metrics that is no loss, too; every object of a metric's class is such."""
    match loss:
        case Instance(native=str() as native, cls=External()) if native.startswith(METRICS):
            return native
        case External(name=name):
            known = canonical(name, generation) or ""
            last = known.rpartition(".")[2]
            if known.startswith(METRICS) and last.islower() and last.endswith("accuracy"):
                return known if loss_function(last, generation) is None else None
    return None


def own_loss(loss: Value) -> tuple[FunctionValue | None, Value]:
    """The function of the user's that a loss or metric is, and what it is a method of."""
    match loss:
        case FunctionValue():
            return loss, None
        case BoundMethod(receiver=receiver, function=FunctionValue() as function):
            return function, receiver
        case Instance(layer=None):
            return class_function(loss, "call") or class_function(loss, "update_state"), loss
    return None, None


def _called(loss: Value, function: FunctionValue) -> str:
    """The name of a loss: that of its function, or of its class."""
    return loss.cls.name if isinstance(loss, Instance) and isinstance(loss.cls, ClassValue) else function.name


def call_loss(interpreter: Interpreter, loss: OwnLoss) -> None:
    """Call a loss on a target and a prediction that stand for any, and note what is wrong with what it gives."""
    # No gradient is taken of a metric.
    mark = Flow(TARGET if loss.metric else PREDICTION, ())
    spec = TensorSpec(dtype="float32")
    target = TensorValue(TensorSpec(), is_array=True, flow=Flow(TARGET, ()))
    predicted = TensorValue(spec, is_array=True, flow=mark)
    own = () if loss.receiver is None else (loss.receiver,)
    given = Arguments((*own, *loss.bound.positional, target, predicted), loss.bound.keywords)
    before = interpreter.program.recorder.counter

    from kerascheck.interpreter.calls import call_function

    def run() -> Value:
        return call_function(interpreter, loss.function, given, loss.function.node, loss.receiver)

    with phase(interpreter, "function", None) as running:
        result = run()
    if loss.certain and not interpreter.facts.eager:
        note_repeated(interpreter, running, run, f"the {'metric' if loss.metric else 'loss'} `{loss.name}`")
    note_symbolic_loss(interpreter, loss, result, before)
    left = _left_for_numpy(result) if loss.certain and not interpreter.facts.eager else None
    stop = left or (None if loss.metric else _stop(result))
    if stop is None or stop.source is None:
        return
    found = FlatLoss(
        stop.source.span, stop.source.text, loss.name, False, loss.model, loss.generation, loss.compiled, loss.stack,
        numpy=left is not None,
    )  # fmt: skip
    if found not in interpreter.program.flat_losses:
        interpreter.program.flat_losses.append(found)


def _left_for_numpy(result: Value) -> Flow | None:
    """Where a loss certainly gives NumPy what it was given, a tensor without values; None where it does not.

    Only an array is a sign of it: the number of axes is known of such a tensor too.
    """
    pending, seen = [result], set[int]()
    while pending:
        value = pending.pop()
        flow = value.flow if isinstance(value, (TensorValue, ComputedValue)) else None
        if flow is None or id(flow) in seen or flow.op == EITHER:
            continue
        seen.add(id(flow))
        before = list(flat_values(flow.operands))
        array = flow.op == NUMPY and isinstance(value, TensorValue)
        if array and not any(_is_of_numpy(each) for each in before) and _comes_of(flow, (PREDICTION, TARGET)):
            return flow
        pending += before
    return None


def _is_of_numpy(value: Value) -> bool:
    return isinstance(value, (TensorValue, ComputedValue)) and value.flow is not None and value.flow.op == NUMPY


def _stop(result: Value) -> Flow | None:
    """Where the gradient of a loss ends on all ways to the prediction; None where it may get there."""
    stops: list[Flow] = []
    pending, seen = [result], set[int]()
    while pending:
        value = pending.pop()
        match value:
            case TensorValue(flow=Flow() as flow) | ComputedValue(flow=Flow() as flow):
                if id(flow) in seen:
                    continue
                seen.add(id(flow))
                if flow.op == PREDICTION:
                    return None
                if isinstance(value, TensorValue) and flow.op != EITHER and is_flat(value, flow):
                    stops += [flow] if _comes_of(flow, (PREDICTION,)) else []
                    continue
                pending += flow.operands
            case tuple() | ListValue(items=list()):
                pending += value if isinstance(value, tuple) else value.items or ()
            case TensorValue() if value.is_array:
                continue
            case External() | SizeValue():
                continue
            case _ if isinstance(value, Constant):
                continue
            case _:
                return None
    return stops[0] if stops else None


def _comes_of(flow: Flow, marks: tuple[str, ...]) -> bool:
    return any(each.op in marks for each in ancestors(flow))
