"""What the outputs of the live functional models depend on."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FunctionType, MethodType

from kerascheck.program import Connection
from kerascheck.tracer.binding import leaves
from kerascheck.tracer.frames import unwrapped
from kerascheck.tracer.library import Live
from kerascheck.tracer.study import Study
from kerascheck.tracer.subjects import Subject, name_of

OWN_STEPS = frozenset({"call", "train_step", "compute_loss", "make_train_function"})
"""Methods in which a model of the user's own may use an input that its outputs do not."""

ADDED = frozenset({"AddLoss", "AddMetric"})
"""The layers that tf_keras makes of what ``add_loss`` and ``add_metric`` of a model are given."""


def connections(study: Study) -> Iterator[Connection]:
    """Every functional model that could be called."""
    for index, model in study.models.items():
        subject = study.subjects[index]
        if subject.kind != "functional" or subject.source is None:
            continue
        inputs = tuple(end.node for end in model.inputs)
        reached = _reached(subject)
        used = tuple(name for name, is_used in zip(inputs, reached, strict=False) if is_used)
        yield Connection(
            name_of(subject),
            subject.library.generation,
            subject.source.span,
            subject.source.stack,
            inputs,
            used,
            (),
            model.complete and len(reached) == len(inputs) and not _has_own_step(subject),
        )


def _reached(subject: Subject) -> list[bool]:
    """For each of the model's inputs whether an output or a loss uses it, by what Keras itself remembers.

    That a loss uses one is another mistake.
    """
    inputs, pending = subject.library.ends(subject.layer) or ([], [])
    ends = {id(tensor) for tensor in inputs}
    seen: set[int] = set()
    pending = [*pending, *_in_losses(subject)]
    while pending:
        tensor = pending.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        history = None if id(tensor) in ends else subject.library.history(tensor)
        pending += history.inputs if history is not None else ()
    return [id(tensor) in seen for tensor in inputs]


def _in_losses(subject: Subject) -> Iterator[Live]:
    """The KerasTensors that the functions refer to which ``compile`` was given for losses."""
    for loss in leaves(vars(subject.layer).get("loss")):
        function = unwrapped(loss)
        if isinstance(function, FunctionType | MethodType):
            named = inspect.getclosurevars(function)
            values = leaves([*named.nonlocals.values(), *named.globals.values()])
            yield from (value for value in values if subject.library.is_symbolic(value))


def _has_own_step(subject: Subject) -> bool:
    """Whether the inputs may be used apart from the outputs."""
    base = subject.library.base_model()
    package = base.__module__.partition(".")[0]
    classes = [cls for cls in type(subject.layer).__mro__ if issubclass(cls, base)]
    own = [cls for cls in classes if cls.__module__.partition(".")[0] != package]
    added = any(type(layer).__name__ in ADDED for layer in subject.library.inner_layers(subject.layer))
    return added or any(OWN_STEPS & vars(cls).keys() for cls in own)
