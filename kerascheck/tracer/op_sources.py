"""The user's line of an op that the line of its call does not tell: one of a loop's body, or of a followed layer."""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, OperationEffect, Source
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
        if user.owns(frame.filename):
            span = _line(user, frame.filename, frame.lineno)
            if call is not None and (span.file, span.line, span.cell) == (
                call.span.file,
                call.span.line,
                call.span.cell,
            ):
                return None
            return extend(Source(span, (), user.text(frame.filename, span)), call)
    return None


def _line(user: UserCode, filename: str, number: int) -> Span:
    """What is written on a line: TensorFlow keeps no columns."""
    source = user.files.get(filename)
    text = (source.line_at(number) or "" if source is not None else linecache.getline(filename, number)).rstrip("\n")
    first, last = len(text) - len(text.lstrip()) + 1, len(text) + 1
    if source is not None:
        return source.place(number, first, number, last)
    return Span(user.public_name(filename), number, first, number, last)


def _begins(span: Span) -> tuple[str, int | None, int]:
    return span.file, span.cell, span.line
