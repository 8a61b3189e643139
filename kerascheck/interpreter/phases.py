"""Which method of a layer runs, and what its code makes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from kerascheck.interpreter.core import NOWHERE, Interpreter, Made, Phase, PhaseKind
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Instance, TensorValue, Value

RUN_AGAIN = frozenset({"call", "lambda", "function"})
"""What Keras runs again and again."""


@contextmanager
def phase(interpreter: Interpreter, kind: PhaseKind, instance: Value) -> Iterator[Phase]:
    """While it lasts, a method of the layer's runs."""
    context, heap = interpreter.context, interpreter.heap
    outer = context.phase
    heap.clock += 1
    context.phase = running = Phase(
        kind, instance, len(heap.forks), len(heap.watches), heap.clock, interpreter.program.recorder.counter
    )
    try:
        yield running
    finally:
        context.phase = outer
    if running.rebound and not interpreter.facts.rehearsing:
        interpreter.program.rebound_weights.extend(running.rebound.values())


def is_certain(interpreter: Interpreter, running: Phase) -> bool:
    """Whether what happens now happens each time the method runs, as far as conditions go that were not decided."""
    heap = interpreter.heap
    return len(heap.forks) == running.forks and len(heap.watches) == running.watches


def note_made(interpreter: Interpreter, value: Instance | TensorValue, node: ast.AST) -> None:
    """Note a layer or variable that the user's code makes while a layer, or a function that Keras runs, is called."""
    running = interpreter.context.phase
    if running is None or running.kind not in RUN_AGAIN or node is NOWHERE or not interpreter.context.modules:
        return
    source = source_of(interpreter, node)
    if source is not None and interpreter.module.is_user and not interpreter.context.replay:
        running.made.append(Made(value, source, is_certain(interpreter, running)))
