"""Python that only AutoGraph makes run on tensors of a graph: an ``if`` or a ``for`` over tensors in a tf.function.

A walk runs functions as the Python they are, to see the user's own lines. Where that cannot be, what the function
called until then is forgotten, and it becomes one call, of which the ops are opened like any other's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerascheck.tracer.session import Session


@dataclass(frozen=True, slots=True)
class Mark:
    """How much a session had recorded."""

    nodes: int
    edges: int
    layers: frozenset[int]


def mark(session: Session) -> Mark:
    """How much ``session`` has recorded so far."""
    return Mark(len(session.recorder.nodes), len(session.recorder.edges), frozenset(session.seen_layers))


def return_to(session: Session, before: Mark) -> None:
    """Forget what ``session`` has recorded since ``before``."""
    recorder = session.recorder
    forgotten = set(list(recorder.nodes)[before.nodes :])
    for identifier in forgotten:
        del recorder.nodes[identifier]
        recorder.incoming.pop(identifier, None)
        session.details.pop(identifier, None)
    del recorder.edges[before.edges :]
    session.known = {key: end for key, end in session.known.items() if end.node not in forgotten}
    session.variables = {key: name for key, name in session.variables.items() if name not in forgotten}
    session.seen_layers = set(before.layers)


def needs_autograph(error: Exception) -> bool:
    """Whether Python failed on a tensor of a graph as AutoGraph would not have."""
    from tensorflow.python.framework.errors_impl import OperatorNotAllowedInGraphError

    return isinstance(error, OperatorNotAllowedInGraphError)


@contextmanager
def autograph() -> Iterator[None]:
    """While it lasts, AutoGraph converts what it is asked to, as in a tf.function."""
    from tensorflow.python.autograph.core import ag_ctx, converter

    options = converter.ConversionOptions(recursive=True, user_requested=True)
    with ag_ctx.ControlStatusCtx(status=ag_ctx.Status.ENABLED, options=options):
        yield
