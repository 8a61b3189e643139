"""Layers and variables that a layer's ``call`` makes: anew each time it runs, or once it takes no more of them.

That it makes one each time is seen when it runs again: the models are called once more to be recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.program import CreatedInCall, LateState, Program
from kerascheck.tracer.callers import METHODS, callees, receiver, running_method
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session
from kerascheck.tracer.statements import source_at, statement_at, user_frame

MOST = 200
"""No more places than this are watched."""


@dataclass(slots=True)
class Creation:
    """A place in a layer's ``call`` at which something is made.

    ``runs`` are the runs of the code in which it was: None for the user's own, else the session's id. ``made`` are the
    layers, ``refused`` says that Keras did not take one, because the layer was built.
    """

    owner: Live
    kind: str
    source: Source
    in_lambda: bool
    conditional: bool
    runs: set[int | None] = field(default_factory=set)
    made: list[Live] = field(default_factory=list)
    refused: bool = False


@dataclass(slots=True)
class Creations:
    """What was made in ``call``, by the place and the layer."""

    runtime: Runtime
    places: dict[tuple[Span, int, str], Creation] = field(default_factory=dict)

    def note(self, made: Live, kind: str) -> None:
        """A layer or variable is being made, by the code that the innermost frames run."""
        runtime = self.runtime
        frame = user_frame(runtime.user)
        if frame is None or len(self.places) >= MOST or self._is_in_library(frame):
            return
        running = running_method(runtime.user, runtime.is_layer, frame)
        if running is None or running.kind not in ("call", "lambda") or running.layer is made:
            return
        source = runtime.user.here()
        if source is None:
            return
        key = (source.span, id(running.layer), kind)
        found = self.places.get(key)
        if found is None:
            statement = statement_at(runtime.user, frame)
            conditional = statement is None or statement.is_conditional
            found = Creation(running.layer, kind, source, running.kind == "lambda", conditional)
            self.places[key] = found
        found.runs.add(None if runtime.session is None else id(runtime.session))
        if kind == "layer":
            found.made.append(made)

    def _is_in_library(self, frame: FrameType) -> bool:
        """Whether a layer of Keras's own makes it, called or made by the user's code in ``frame``."""
        return any(
            each.f_code.co_name in (*METHODS, "__call__") and self.runtime.is_layer(receiver(each))
            for each in callees(frame)
        )

    def refuse(self, layer: Live, source: Source) -> bool:
        """Keras did not take what is made in that line of a layer's; whether the code would make it each time."""
        found = [
            each
            for (span, owner, _), each in self.places.items()
            if owner == id(layer) and _line(span) == _line(source.span)
        ]
        for each in found:
            each.refused = True
        return any(not each.conditional for each in found)

    def finish(self, program: Program, session: Session | None) -> None:
        """Tell what is made each time; such a variable is told by nothing else."""
        nodes: set[str | None] = set()
        spans: set[Span | None] = set()
        for each in self.places.values():
            library = next((library for library in self.runtime.libraries if library.is_layer(each.owner)), None)
            if library is None or not self._is_each_time(each) or not self._has_state(library, each):
                continue
            spans.add(each.source.span)
            held = [library.storage(found) for layer in each.made for found in _variables(library, layer)]
            nodes.update(session.variables.get(id(found)) for found in held if session is not None)
            program.created_in_call.append(
                CreatedInCall(
                    each.kind,
                    "Lambda" if each.in_lambda else type(each.owner).__name__,
                    library.generation,
                    each.source.span,
                    each.source.text,
                    each.source.stack,
                    each.in_lambda,
                )
            )
        nodes.discard(None)
        program.variables = [
            each
            for each in program.variables
            if each.node not in nodes and spans.isdisjoint((each.layer_span, each.span, *each.stack))
        ]
        for node in program.recorder.nodes.values() if spans else ():
            source = node.source if node.kind == "variable" else None
            if source is not None and (node.identifier in nodes or not spans.isdisjoint((source.span, *source.stack))):
                node.tracked = None

    def _is_each_time(self, each: Creation) -> bool:
        return not each.conditional if each.refused else len(each.runs) > 1

    def _has_state(self, library: Library, each: Creation) -> bool:
        """Whether one of the layers made there has variables, as a layer that is refused would get."""
        return each.kind == "variable" or each.refused or any(_variables(library, layer) for layer in each.made)


def _variables(library: Library, layer: Live) -> list[Live]:
    try:
        return library.variables(layer)
    except (AttributeError, ValueError):
        # It did not get as far as having any.
        return []


def _line(span: Span) -> tuple[str, int | None, int]:
    return span.file, span.cell, span.line


def watch_creations(runtime: Runtime) -> Creations:
    """See what layers make in ``call`` from now on."""
    creations = Creations(runtime)
    runtime.when_made = creations.note
    runtime.finishers.append(creations.finish)
    return creations


def watch_late_state(runtime: Runtime, creations: Creations, base: Any) -> None:
    """See the state that a Keras 3 layer does not take, because it is built."""

    def watch(original: Any) -> Any:
        def method(layer: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(layer, *args, **kwargs)
            except ValueError as error:
                tracker = vars(layer).get("_tracker")
                if tracker is not None and tracker.locked:
                    attribute = str(args[0]) if original.__name__ == "__setattr__" else None
                    runtime.observe(_note_late, runtime, creations, layer, attribute, error)
                raise

        return method

    for name in ("__setattr__", "add_weight"):
        patch(base, name, watch)


def _note_late(
    runtime: Runtime, creations: Creations, layer: Live, attribute: str | None, error: BaseException
) -> None:
    frame = user_frame(runtime.user)
    statement = None if frame is None else statement_at(runtime.user, frame)
    source = runtime.user.here() if attribute is None else source_at(runtime.user, statement)
    if source is None:
        return
    running = running_method(runtime.user, runtime.is_layer, frame)
    in_call = running is not None and running.layer is layer and running.kind == "call"
    if in_call and creations.refuse(layer, source):
        return
    called = next((root.site.source for root in runtime.watched.roots if root.operation is layer), None)
    built = called.span if called is not None and not in_call else None
    what = type(layer).__name__
    fact = LateState(what, attribute, in_call, source.span, source.text, source.stack, built)
    runtime.notes.expect(error, fact)
