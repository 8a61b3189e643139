"""Functions that XLA compiles, and the Python numbers that each is called with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kerascheck.graph import Source
from kerascheck.program import Program, Retrace
from kerascheck.tracer.binding import bind
from kerascheck.tracer.library import Live
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session

MOST = 100
"""No more numbers than this are kept of one parameter."""


@dataclass(slots=True)
class Given:
    """The numbers that a parameter of a function was given, and the first call that gave one."""

    function: Live
    parameter: str
    source: Source
    values: dict[float, None] = field(default_factory=dict)


@dataclass(slots=True)
class Retraces:
    """What compiled functions are called with, by the function's id and the parameter."""

    runtime: Runtime
    given: dict[tuple[int, str], Given] = field(default_factory=dict)

    def watch(self) -> None:
        """See the calls of every tf.function."""
        from tensorflow.python.eager.polymorphic_function.polymorphic_function import Function

        def make(original: Any) -> Any:
            def call(function: Any, *args: Any, **kwargs: Any) -> Any:
                if function._jit_compile and self.runtime.session is None and not self.runtime.watched.depth:
                    self.runtime.observe(self._note, function, args, kwargs)
                return original(function, *args, **kwargs)

            return call

        patch(Function, "__call__", make)

    def _note(self, function: Live, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        source = self.runtime.user.here()
        if source is None:
            return
        for name, value in bind(function.python_function, args, kwargs).items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                known = self.given.setdefault((id(function), name), Given(function, name, source))
                if len(known.values) < MOST:
                    known.values.setdefault(value)

    def finish(self, program: Program, _session: Session | None) -> None:
        """Tell of every parameter that was given numbers."""
        for each in self.given.values():
            code = self.runtime.user.code_of(each.function.python_function)
            if code is None:
                continue
            program.retraces.append(
                Retrace(
                    str(each.function.__name__),
                    each.parameter,
                    tuple(each.values),
                    each.source.span,
                    each.source.text,
                    self.runtime.user.definition(code),
                    each.source.stack,
                )
            )
