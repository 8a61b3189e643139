"""Random numbers that NumPy or Python draws in a layer's ``call``."""

from __future__ import annotations

import functools
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.interpreter.randomness import WITHOUT_DRAWING
from kerascheck.program import HostDraw, Program
from kerascheck.tracer.callers import callees, running_method
from kerascheck.tracer.compiling import Compiling
from kerascheck.tracer.runtime import Runtime, replace_attribute
from kerascheck.tracer.session import Session

HOST = "script_ops.py"
"""The file of TensorFlow's that runs Python from within a graph, at each step."""


@dataclass(slots=True)
class Draws:
    """What was drawn in ``call``, by its place."""

    runtime: Runtime
    compiling: Compiling
    drawn: dict[Span, HostDraw] = field(default_factory=dict)

    def watch(self) -> None:
        """See the calls of the functions of ``numpy.random`` and ``random``."""
        import numpy

        for module, name in ((numpy.random, "numpy.random"), (random, "random")):
            for attribute in module.__all__:
                function = vars(module).get(attribute)
                if callable(function) and not isinstance(function, type) and attribute not in WITHOUT_DRAWING:
                    replace_attribute(module, attribute, self._watched(f"{name}.{attribute}", function))

    def _watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def draw(*args: Any, **kwargs: Any) -> Any:
            watched = self.runtime.watched
            if watched.depth or self.runtime.session is not None:
                frame = sys._getframe(1)
                if self.runtime.user.owns(frame.f_code.co_filename):
                    self.runtime.observe(self._note, name, frame)
            return function(*args, **kwargs)

        return draw

    def _note(self, name: str, frame: FrameType) -> None:
        runtime = self.runtime
        running = running_method(runtime.user, runtime.is_layer, frame)
        source = runtime.user.here()
        if running is None or running.kind not in ("call", "lambda") or source is None:
            return
        if any(each.f_code.co_filename.endswith(HOST) for each in callees(running.frame)):
            return
        layer = "Lambda" if running.kind == "lambda" else type(running.layer).__name__
        self.drawn.setdefault(source.span, HostDraw(name, layer, source.span, source.text, source.stack))

    def finish(self, program: Program, _session: Session | None) -> None:
        """Tell of the draws, but of a program that runs its layers eagerly: there each call draws anew."""
        watched = self.runtime.watched
        by_hand = any(call.tapes for call in watched.calls)
        compiled = bool(watched.fits or watched.functions)
        if not self.compiling.eagerly and (compiled or not by_hand):
            program.host_draws += self.drawn.values()
