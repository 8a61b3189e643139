"""Losses and metrics that use a symbolic tensor of the model, which has no value when they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerascheck.graph import Endpoint
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.values import TensorValue, Value
from kerascheck.program import SymbolicLoss

if TYPE_CHECKING:
    from kerascheck.interpreter.flat_losses import OwnLoss


def note_symbolic_loss(interpreter: Interpreter, loss: OwnLoss, result: Value, before: int) -> None:
    """Note a loss that certainly gave a KerasTensor; ``before`` is how many nodes there were when it was called.

    A tensor made after the model was compiled may have taken the place of another that the loss was run with.
    """
    if not loss.certain or not isinstance(result, TensorValue) or not result.spec.keras_tensor:
        return
    recorder = interpreter.program.recorder
    ends = [origin.node for origin in result.origins]
    made = [name for name in recorder.ancestors(ends) if _number(name) > before]
    uses = sorted((name for name in made if recorder.nodes[name].on_keras_tensor), key=_number)
    given = [Endpoint(edge.source, edge.output) for name in uses for edge in recorder.incoming.get(name, ())]
    given += [Endpoint(origin.node, origin.output) for origin in result.origins]
    tensors = tuple(
        dict.fromkeys(each for each in given if _number(each.node) <= before and _is_symbolic(interpreter, each))
    )
    if not tensors or any(_number(each.node) > loss.made for each in tensors):
        return
    found = SymbolicLoss(
        loss.name, loss.metric, loss.model, loss.generation, tensors, tuple(uses), loss.compiled, loss.stack
    )
    if found not in interpreter.program.symbolic_losses:
        interpreter.program.symbolic_losses.append(found)


def _is_symbolic(interpreter: Interpreter, end: Endpoint) -> bool:
    outputs = interpreter.program.recorder.nodes[end.node].outputs
    return end.output < len(outputs) and outputs[end.output].keras_tensor


def _number(identifier: str) -> int:
    return int(identifier[1:])
