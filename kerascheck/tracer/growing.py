"""Lists of a layer's that its ``call`` makes longer each time it runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from kerascheck.graph import Source
from kerascheck.interpreter.python_state import given_attributes
from kerascheck.program import Program, PythonState
from kerascheck.tracer.attributes import is_exempt
from kerascheck.tracer.callers import running_method
from kerascheck.tracer.library import Live
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session
from kerascheck.tracer.statements import Statement, source_at, statement_at

MOST = 200
"""No more lists than this are watched."""


@dataclass(slots=True)
class Grown:
    """A list to which ``call`` adds; ``length`` is how long it was, ``runs`` the runs of the code in which it grew."""

    grown: list[Any]
    layer: Live
    name: str
    source: Source
    length: int
    runs: set[int | None] = field(default_factory=set)


@dataclass(slots=True)
class Growing:
    """The lists, by their ids; None for one that need not be told."""

    runtime: Runtime
    lists: dict[int, Grown | None] = field(default_factory=dict)

    def watch(self, owner: Any, names: Iterable[str]) -> None:
        """See what is put into the lists of class ``owner``, which Keras makes of those that layers hold."""

        def make(original: Any) -> Any:
            def method(grown: Any, *args: Any) -> Any:
                frame = sys._getframe(1)
                if self.runtime.user.owns(frame.f_code.co_filename) and self.runtime.live is None:
                    self.runtime.observe(self._note, grown, frame)
                return original(grown, *args)

            return method

        for name in names:
            if name in vars(owner):
                patch(owner, name, make)

    def _note(self, grown: list[Any], frame: FrameType) -> None:
        known = self.lists.get(id(grown))
        if id(grown) not in self.lists and len(self.lists) < MOST:
            known = self.lists[id(grown)] = self._first(grown, frame)
        if known is not None:
            known.runs.add(None if self.runtime.session is None else id(self.runtime.session))

    def _first(self, grown: list[Any], frame: FrameType) -> Grown | None:
        runtime = self.runtime
        running = running_method(runtime.user, runtime.is_layer, frame)
        statement = statement_at(runtime.user, frame)
        if running is None or running.kind != "call" or statement is None:
            return None
        name = next((name for name, value in vars(running.layer).items() if value is grown), None)
        source = source_at(runtime.user, statement)
        if name is None or source is None or is_exempt(statement, name) or _is_given(statement, name):
            return None
        return Grown(grown, running.layer, name, source, len(grown))

    def finish(self, program: Program, _session: Session | None) -> None:
        """Tell of the lists that are longer, and were there in several runs."""
        for each in self.lists.values():
            if each is None or len(each.runs) < 2 or len(each.grown) <= each.length:
                continue
            library = next(found for found in self.runtime.libraries if found.is_layer(each.layer))
            source = each.source
            program.python_states.append(
                PythonState(
                    type(each.layer).__name__,
                    each.name,
                    "list",
                    library.generation,
                    source.span,
                    source.text,
                    source.stack,
                )
            )


def _is_given(statement: Statement, name: str) -> bool:
    """Whether the list is an argument of the constructor's: who gave it wants to see what is traced."""
    return any(name in given_attributes(each) for each in statement.classes())
