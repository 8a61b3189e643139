"""Which method of a layer runs, and what its code makes."""

from __future__ import annotations

import ast

from kerascheck.interpreter.core import NOWHERE, Interpreter, Made, Phase, PhaseKind
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Instance, TensorValue, Value

RUN_AGAIN = frozenset({"call", "lambda", "function"})
"""What Keras runs again and again."""


class phase:  # noqa: N801
    """While it lasts, a method of the layer's runs. A class, since every layer that is made opens one."""

    __slots__ = ("_context", "_interpreter", "_outer", "_running")

    def __init__(self, interpreter: Interpreter, kind: PhaseKind, instance: Value) -> None:
        heap = interpreter.heap
        heap.clock += 1
        self._interpreter = interpreter
        self._context = interpreter.context
        self._running = Phase(
            kind, instance, len(heap.forks), len(heap.watches), heap.clock, interpreter.program.recorder.counter
        )

    def __enter__(self) -> Phase:
        self._outer = self._context.phase
        self._context.phase = self._running
        return self._running

    def __exit__(self, raised: type[BaseException] | None, *_: object) -> None:
        self._context.phase = self._outer
        if raised is None and self._running.rebound and not self._interpreter.facts.rehearsing:
            self._interpreter.program.rebound_weights.extend(self._running.rebound.values())


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
