"""Code that takes None, the static size of an open batch, for a number: it fails on a KerasTensor alone."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from kerascheck.graph import Source
from kerascheck.program import NoneUse
from kerascheck.tracer.binding import leaves
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.library import Library, RootCall
from kerascheck.tracer.runtime import Runtime
from kerascheck.tracer.study import Study

CALLING = frozenset({Runtime.call_outside.__code__, Runtime.public_call.__code__})
"""What the user's calls are made by while they are watched."""


def none_uses(study: Study) -> Iterator[NoneUse]:
    """The user's expressions that raised for want of the batch size.

    The call failed on KerasTensors of which only the batch was open, for an error that names None, and goes well in
    the walk, where every size is fixed.
    """
    for index, subject in enumerate(study.subjects):
        root = subject.root
        if root is None or root.error is None or index in study.first.refused:
            continue
        if "None" not in str(root.error) or not _is_open_in_the_batch_alone(subject.library, root):
            continue
        source = _where(study.runtime.user, root.error)
        if source is not None:
            yield NoneUse(source.span, "", source.text, source.stack)


def _where(user: UserCode, error: BaseException) -> Source | None:
    """The user's expression within the call that raised; behind AutoGraph, which raises anew, the line of it.

    None where none is: what a layer of Keras's own does with None is no use that the user's code makes of it.
    """
    cause: BaseException | None = error
    while cause is not None:
        converted = vars(cause).get("ag_error_metadata")
        if converted is not None:
            own = [frame for frame in converted.translated_stack if user.owns(frame.filename)]
            spans = [user.line(frame.filename, frame.lineno) for frame in own]
            return Source(spans[0], tuple(spans[1:]), user.text(own[0].filename, spans[0])) if own else None
        cause = cause.__cause__ or cause.__context__
    return user.innermost(error.__traceback__) if user.innermost(_within_call(error.__traceback__)) else None


def _within_call(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback behind the call of a layer or function that was watched."""
    while traceback is not None and traceback.tb_frame.f_code not in CALLING:
        traceback = traceback.tb_next
    return traceback


def _is_open_in_the_batch_alone(library: Library, root: RootCall) -> bool:
    given = [leaf for leaf in leaves((root.arguments, dict(root.keywords))) if library.is_symbolic(leaf)]
    shapes = [tuple(leaf.shape) for leaf in given]
    return bool(shapes) and all(shape and shape[0] is None and None not in shape[1:] for shape in shapes)
