"""Which method of which layer the user's code is in, told by the frames of the running program."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from kerascheck.tracer.frames import UserCode, unwrapped
from kerascheck.tracer.library import Live

METHODS = ("__init__", "build", "call")
"""The methods in which a layer comes to be and runs."""

DEEPEST = 60
"""No more frames than this are looked at."""


@dataclass(frozen=True, slots=True)
class RunningMethod:
    """A method of a layer that is running; ``kind`` its name, or ``lambda`` for the function of a Lambda."""

    layer: Live
    kind: str
    frame: FrameType


def running_method(user: UserCode, is_layer: Callable[[Any], bool], frame: FrameType | None) -> RunningMethod | None:
    """The innermost of those methods, seen from ``frame``, that the user wrote; None where Keras's own comes first.

    The user's helper functions and other methods are passed through.
    """
    for each in _outwards(frame):
        owner = receiver(each)
        if not is_layer(owner):
            continue
        code = each.f_code
        if user.owns(code.co_filename):
            if code.co_name in METHODS and code is method_code(owner, code.co_name):
                return RunningMethod(owner, code.co_name, each)
        elif code.co_name in METHODS:
            return RunningMethod(owner, "lambda", each) if type(owner).__name__ == "Lambda" else None
    return None


def receiver(frame: FrameType) -> Live:
    """What the frame's function is a method of, if it is one: its first parameter."""
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount and code.co_varnames else None


def method_code(layer: Live, name: str) -> CodeType | None:
    """The code of a method of a layer's class, under its decorators."""
    found = next((vars(cls)[name] for cls in type(layer).__mro__ if name in vars(cls)), None)
    return getattr(unwrapped(found.fget if isinstance(found, property) else found), "__code__", None)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    for _ in range(DEEPEST):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def callees(frame: FrameType) -> Iterator[FrameType]:
    """The frames that run within ``frame``, called by it, the innermost first."""
    inner: FrameType | None = sys._getframe(1)
    while inner is not None and inner is not frame:
        yield inner
        inner = inner.f_back
