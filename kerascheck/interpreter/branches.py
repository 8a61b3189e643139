"""Running the branches of a fork, and going on with what they agree on."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from kerascheck.graph import SIZE_GUARD, TRAINING_GUARD, UNDECIDED_GUARD
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
    """How one branch of a fork ended, what it wrote, and what is known to hold in it."""

    completion: Completion | None
    delta: Delta
    guard: str | None = None


def run_branch(
    interpreter: Interpreter, block: list[ast.stmt], frame: Frame, guard: str | None, *, of_sizes: bool = False
) -> Branch | None:
    """Run a block as one branch of a fork, decided by unknown sizes or not; None where it certainly raises."""
    known = guard or (SIZE_GUARD if of_sizes else None)
    if not block:
        # Every second branch is the `else` that nobody wrote.
        return Branch(None, Delta(), known)
    guards = interpreter.context.guards
    open_before = len(guards)
    guards.append(guard or UNDECIDED_GUARD)
    if of_sizes:
        guards.append(SIZE_GUARD)
    try:
        completion, delta = interpreter.heap.branch(lambda: interpreter.execute(block, frame))
    except UserRaise:
        return None
    finally:
        # What an early return within left to the rest of the branch ends with it.
        del guards[open_before:]
    return Branch(completion, delta, known)


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
            return Completion(a, either(interpreter, first.completion, second.completion.value))
        case None, Completion() as ended:
            frame.pending.append((ended, second.delta))
            interpreter.heap.watch(second.delta, first.delta)
            interpreter.heap.apply(first.delta)
            stay_under(interpreter, ended, first.guard)
            return None
        case Completion() as ended, _:
            frame.pending.append((ended, first.delta))
            interpreter.heap.watch(first.delta, second.delta)
            interpreter.heap.apply(second.delta)
            if second.completion is None:
                stay_under(interpreter, ended, second.guard)
    return second.completion


def stay_under(interpreter: Interpreter, ended: Completion, guard: str | None) -> None:
    """What follows an early end runs under the other condition: to the end of the block, the round or the call."""
    if ended.kind != "break" and guard is not None:
        interpreter.context.guards.append(guard)


def note_choice(interpreter: Interpreter, guards: tuple[str | None, str | None], values: tuple[Value, Value]) -> None:
    """Mark what is made anyway, and taken in training alone: ``dropped if training else inputs``."""
    if TRAINING_GUARD not in guards:
        return
    taken, other = values if guards[0] == TRAINING_GUARD else values[::-1]
    if isinstance(taken, TensorValue) and isinstance(other, TensorValue):
        for name in {origin.node for origin in taken.origins} - {origin.node for origin in other.origins}:
            node = interpreter.program.recorder.nodes.get(name)
            if node is not None and node.kind in ("op", "layer", "model"):
                node.guards = tuple(dict.fromkeys((*node.guards, TRAINING_GUARD)))


def either(interpreter: Interpreter, ended: Completion, value: Value) -> Value:
    """What an early return and the others agree on.

    Where training gives what is not understood, it has the shape that inference gives: with that Keras builds a model.
    """
    joined = join(ended.value, value)
    if TRAINING_GUARD in ended.guards:
        inference = value
        note_choice(interpreter, (TRAINING_GUARD, None), (ended.value, value))
    elif f"not {TRAINING_GUARD}" in ended.guards:
        inference = ended.value
        note_choice(interpreter, (None, TRAINING_GUARD), (ended.value, value))
    else:
        return joined
    match joined, inference:
        case UnknownValue(), TensorValue():
            return inference
        case TensorValue(spec=TensorSpec(shape=Shape(dims=None))), TensorValue():
            return replace(joined, spec=inference.spec)
    return joined
