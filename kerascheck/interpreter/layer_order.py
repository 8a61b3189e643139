"""The order in which a functional model lists its layers: by their distance from the outputs, as Keras does."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.values import External, Instance, KerasCall, TensorValue, UnknownValue, Value
from kerascheck.records import immutable

COMPOSED = (".backend.", ".losses.", ".metrics.")
"""Where the functions are that are several layers in tf_keras, and nobody knows here how many."""


@immutable(eq=False)
class InputPlace:
    """Stands for the layer that Keras makes for an input, which no code made."""

    tensor: TensorValue


@dataclass(slots=True)
class Step:
    """One call in a model's graph, or one of its inputs.

    Attributes:
        operation: what is called: a layer called twice is one.
        value: the layer, or what stands for an input or an op.
        operands: the calls that gave its operands.
    """

    operation: Hashable
    value: Value
    operands: list[Hashable] = field(default_factory=list)


def ordered_layers(inputs: Value, outputs: Value, generation: int) -> list[Value] | None:
    """``model.layers``: an :class:`InputPlace` for each input, an unknown value for each op where that is a layer.

    None if they are not known.
    """
    steps, order = _graph(inputs, outputs)
    if generation == 2 and any(_is_composed(step.value) for step in steps.values()):
        return None
    depths: dict[Hashable, int] = {}
    reached: dict[Hashable, int] = {}
    for key in reversed(list(steps)):
        step = steps[key]
        depth = max(reached.get(key, 0), depths.get(step.operation, 0))
        depths[step.operation] = depth
        for operand in step.operands:
            reached[operand] = max(depth + 1, reached.get(operand, 0))
    values = {step.operation: step.value for step in reversed(steps.values())}
    for _, tensor in tensors_in(inputs):
        if tensor.origins not in depths:
            depths[tensor.origins], order[tensor.origins] = 0, -1
            values[tensor.origins] = InputPlace(tensor)
    listed = sorted(depths, key=lambda operation: (-depths[operation], order[operation]))
    return [
        UnknownValue("operation") if isinstance(values[each], External) else values[each]
        for each in listed
        if generation == 2 or not _is_op(values[each])
    ]


def _is_op(value: Value) -> bool:
    return not isinstance(value, Instance | InputPlace)


def _is_composed(value: Value) -> bool:
    return isinstance(value, External) and any(part in value.name for part in COMPOSED)


def _graph(inputs: Value, outputs: Value) -> tuple[dict[Hashable, Step], dict[Hashable, int]]:
    """The steps that lead to the outputs, each behind its operands, and the operations in the order they are met."""
    ends = {tensor.origins for _, tensor in tensors_in(inputs)}
    done: dict[Hashable, Step] = {}
    found: dict[Hashable, int] = {}
    started: set[Hashable] = set()

    def step_of(tensor: TensorValue) -> tuple[Hashable, Step, KerasCall | None]:
        call = tensor.history
        if call is None or tensor.origins in ends or call.function is None:
            return tensor.origins, Step(tensor.origins, InputPlace(tensor)), None
        operation = id(call.function) if isinstance(call.function, Instance) else id(call)
        return id(call), Step(operation, call.function), call

    def operands_of(call: KerasCall | None) -> Iterator[TensorValue]:
        values = () if call is None else (*call.arguments.positional, *call.arguments.keywords.values())
        return (tensor for value in values for _, tensor in tensors_in(value) if tensor.spec.keras_tensor)

    pending: list[tuple[Hashable, Step, Iterator[TensorValue]]] = []

    def begin(tensor: TensorValue) -> Hashable:
        key, step, call = step_of(tensor)
        if key not in done and key not in started:
            started.add(key)
            found.setdefault(step.operation, len(found))
            pending.append((key, step, operands_of(call)))
        return key

    for _, output in tensors_in(outputs):
        begin(output)
        while pending:
            key, step, operands = pending[-1]
            operand = next(operands, None)
            if operand is None:
                done[key] = step
                pending.pop()
            else:
                step.operands.append(begin(operand))
    return done, found
