"""Builtins that look at the frame that calls them: ``super``, ``locals``, ``globals``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from kerascheck.interpreter.calls import call_super
from kerascheck.interpreter.core import Frame, Interpreter
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, DictValue, UnknownValue, Value

Function: TypeAlias = Callable[[Interpreter, Arguments, Frame], Value]


def _super(interpreter: Interpreter, arguments: Arguments, frame: Frame) -> Value:
    return call_super(arguments, frame)


def _locals(interpreter: Interpreter, arguments: Arguments, frame: Frame) -> Value:
    """``locals()`` of a function: its parameters and what it has assigned so far."""
    if frame.function is None:
        return _globals(interpreter, arguments, frame)
    return interpreter.heap.new(DictValue(dict(frame.scope.variables)))


def _globals(interpreter: Interpreter, arguments: Arguments, frame: Frame) -> Value:
    """``globals()``: the module's names so far, and any others that it may have."""
    known: dict[Value, Value] = dict(frame.module.scope.variables)
    known[UnknownValue("a name")] = NOTHING_KNOWN
    return interpreter.heap.new(DictValue(known))


FRAME_BUILTINS: Mapping[str, Function] = {"super": _super, "locals": _locals, "globals": _globals}
