"""Functional models that Keras refuses to make: an output depends on an Input that is not among the model's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kerascheck.graph import Source
from kerascheck.program import Connection, Program
from kerascheck.tracer.binding import bind, leaves
from kerascheck.tracer.library import Library, Live
from kerascheck.tracer.runtime import Runtime, patch
from kerascheck.tracer.session import Session

MOST = 100
"""No more models than this are kept; a search may try and drop any number."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A model that could not be made, and of what."""

    library: Library
    name: str
    inputs: tuple[Live, ...]
    outputs: tuple[Live, ...]
    source: Source
    error: BaseException


@dataclass(slots=True)
class Disconnected:
    """The models that Keras refused."""

    runtime: Runtime
    refused: list[Refused] = field(default_factory=list)

    def watch(self, library: Library, owner: Any) -> None:
        """See the models of class ``owner`` that are made of inputs and outputs."""

        def make(original: Any) -> Any:
            def init(model: Any, *args: Any, **kwargs: Any) -> None:
                try:
                    original(model, *args, **kwargs)
                except ValueError as error:
                    self.runtime.observe(self._note, library, bind(original, (model, *args), kwargs), error)
                    raise

            return init

        patch(owner, "__init__", make)

    def _note(self, library: Library, arguments: dict[str, Any], error: BaseException) -> None:
        source = self.runtime.user.here()
        ends = [list(leaves(arguments.get(name))) for name in ("inputs", "outputs")]
        if (
            source is None
            or len(self.refused) >= MOST
            or not all(library.is_symbolic(each) for part in ends for each in part)
        ):
            return
        name = arguments.get("name")
        shown = name if isinstance(name, str) else "functional" if library.generation == 3 else "model"
        self.refused.append(Refused(library, shown, tuple(ends[0]), tuple(ends[1]), source, error))

    def finish(self, program: Program, session: Session | None) -> None:
        """Tell which Inputs are missing."""
        for each in self.refused if session is not None else ():
            if not self.runtime.notes.has_ended(each.error):
                continue
            missing = [self._node(session, tensor) for tensor in _missing(each)]
            inputs = [self._node(session, tensor) for tensor in each.inputs]
            known = tuple(dict.fromkeys(name for name in missing if name is not None))
            if known and None not in missing:
                own = tuple(name for name in inputs if name is not None)
                source = each.source
                program.connections.append(
                    Connection(
                        each.name, each.library.generation, source.span, source.stack, own, own, known, whole=False
                    )
                )

    def _node(self, session: Session | None, tensor: Live) -> str | None:
        """The node of an Input."""
        value = None if session is None else session.values.get(id(tensor))
        end = None if session is None or value is None else session.endpoint(value)
        return None if end is None else end.node


def _missing(refused: Refused) -> list[Live]:
    """The Inputs that the outputs depend on and that are not the model's."""
    own = {id(tensor) for tensor in refused.inputs}
    found: list[Live] = []
    pending, seen = list(refused.outputs), set[int]()
    while pending:
        tensor = pending.pop()
        if id(tensor) in seen or id(tensor) in own:
            continue
        seen.add(id(tensor))
        history = refused.library.history(tensor)
        if history is not None and history.is_input:
            found.append(tensor)
        elif history is not None:
            pending += history.inputs
    return found
