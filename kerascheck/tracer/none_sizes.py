"""Code that takes None, the static size of an open batch, for a number: it fails on a KerasTensor alone."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.graph import Source
from kerascheck.program import NoneUse
from kerascheck.tracer.binding import leaves
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.library import Library, RootCall
from kerascheck.tracer.study import Study


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
        site = root.site.source
        if source is not None and site is not None and source.span != site.span:
            yield NoneUse(source.span, "", source.text, source.stack)


def _where(user: UserCode, error: BaseException) -> Source | None:
    """The user's expression that raised; behind AutoGraph, which raises anew, the line of it."""
    cause: BaseException | None = error
    while cause is not None:
        converted = vars(cause).get("ag_error_metadata")
        if converted is not None:
            own = [frame for frame in converted.translated_stack if user.owns(frame.filename)]
            spans = [user.line(frame.filename, frame.lineno) for frame in own]
            return Source(spans[0], tuple(spans[1:]), user.text(own[0].filename, spans[0])) if own else None
        cause = cause.__cause__ or cause.__context__
    return user.innermost(error.__traceback__)


def _is_open_in_the_batch_alone(library: Library, root: RootCall) -> bool:
    given = [leaf for leaf in leaves((root.arguments, dict(root.keywords))) if library.is_symbolic(leaf)]
    shapes = [tuple(leaf.shape) for leaf in given]
    return bool(shapes) and all(shape and shape[0] is None and None not in shape[1:] for shape in shapes)
