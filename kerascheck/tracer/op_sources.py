"""The user's line of an op that the line of its call does not tell: one of a loop's body, or of a followed layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kerascheck.graph import ModelGraph, OperationEffect, Source
from kerascheck.tracer import walk
from kerascheck.tracer.frames import UserCode, extend
from kerascheck.tracer.library import Live


def with_sources(
    effects: Iterable[OperationEffect], model: ModelGraph, live: Mapping[str, Live], user: UserCode
) -> tuple[OperationEffect, ...]:
    """``effects`` with the lines of those whose op is among ``live``, TensorFlow's ops by identifier."""
    calls = {operation.identifier: operation.call for made in model.operations.values() for operation in made}
    return tuple(
        replace(effect, source=_source(live[effect.operation], model.node(calls[effect.operation]).source, user))
        if effect.operation in live
        else effect
        for effect in effects
    )


def _source(operation: Live, call: Source | None, user: UserCode) -> Source | None:
    """The innermost line of the user's that made the op; None where that is the line of the call."""
    for frame in reversed(operation.traceback):
        if frame.filename == walk.__file__:
            # Whoever asked for the walk, it is no code of the model's.
            return None
        if user.owns(frame.filename):
            span = user.line(frame.filename, frame.lineno)
            if call is not None and (span.file, span.line, span.cell) == (
                call.span.file,
                call.span.line,
                call.span.cell,
            ):
                return None
            return extend(Source(span, (), user.text(frame.filename, span)), call)
    return None
