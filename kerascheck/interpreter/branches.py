"""Running the branches of a fork, and going on with what they agree on."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from kerascheck.graph import TRAINING_GUARD, UNDECIDED_GUARD
from kerascheck.interpreter.core import (
    Completion,
    Frame,
    Interpreter,
    UserRaise,
)
from kerascheck.interpreter.heap import Delta, join
from kerascheck.interpreter.values import TensorValue, UnknownValue, Value
from kerascheck.shapes import Shape, TensorSpec


@dataclass(slots=True)
class Branch:
    """How one branch of a fork ended, and what it wrote."""

    completion: Completion | None
    delta: Delta


def run_branch(interpreter: Interpreter, block: list[ast.stmt], frame: Frame, guard: str | None) -> Branch | None:
    """Run a block as one branch of a fork; None where it certainly raises."""
    try:
        with interpreter.guarded(guard or UNDECIDED_GUARD):
            completion, delta = interpreter.heap.branch(lambda: interpreter.execute(block, frame))
    except UserRaise:
        return None
    return Branch(completion, delta)


def meet_branches(interpreter: Interpreter, frame: Frame, branches: list[Branch | None]) -> Completion | None:
    """Go on after a fork with what its branches agree on.

    A branch that ends early (return, break, continue) while the other goes on is kept in ``frame.pending``.
    """
    alive = [branch for branch in branches if branch is not None]
    if not alive:
        raise UserRaise(None)
    if len(alive) == 1:
        interpreter.heap.apply(alive[0].delta)
        return alive[0].completion
    first, second = alive
    match first.completion, second.completion:
        case None, None:
            interpreter.heap.join(first.delta, second.delta)
            return None
        case Completion(kind=a), Completion(kind=b) if a == b:
            interpreter.heap.join(first.delta, second.delta)
            return Completion(a, either(first.completion, second.completion.value))
        case None, Completion() as ended:
            frame.pending.append((ended, second.delta))
            interpreter.heap.watch(second.delta, first.delta)
            interpreter.heap.apply(first.delta)
            return None
        case Completion() as ended, _:
            frame.pending.append((ended, first.delta))
            interpreter.heap.watch(first.delta, second.delta)
            interpreter.heap.apply(second.delta)
    return second.completion


def either(ended: Completion, value: Value) -> Value:
    """What an early return and the others agree on.

    Where training gives what is not understood, it has the shape that inference gives: with that Keras builds a model.
    """
    joined = join(ended.value, value)
    if TRAINING_GUARD in ended.guards:
        inference = value
    elif f"not {TRAINING_GUARD}" in ended.guards:
        inference = ended.value
    else:
        return joined
    match joined, inference:
        case UnknownValue(), TensorValue():
            return inference
        case TensorValue(spec=TensorSpec(shape=Shape(dims=None))), TensorValue():
            return replace(joined, spec=inference.spec)
    return joined
