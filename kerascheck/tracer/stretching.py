"""Arithmetic that pairs every prediction with every target, where the running code does it: ``(n, 1)`` and ``(n,)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Source
from kerascheck.program import StretchedPrediction
from kerascheck.shapes import Shape
from kerascheck.tracer.binding import leaves
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.objective_log import Live, ObjectiveLog

ELEMENT_WISE = frozenset(
    {
        "add", "subtract", "multiply", "divide", "true_divide", "truediv", "divide_no_nan", "multiply_no_nan",
        "squared_difference", "maximum", "minimum", "power", "pow", "equal", "not_equal", "less", "less_equal",
        "greater", "greater_equal", "floor_divide", "floordiv", "mod", "xlogy", "xdivy", "absolute_difference",
    }
)  # fmt: skip
"""The operations of two operands that stretch one to the other, by the last part of their names."""


def note_operation(log: ObjectiveLog, name: str, arguments: Mapping[str, Any], result: Live, user: UserCode) -> None:
    """An operation was run on what models gave: keep what comes of it, and tell where it makes a square."""
    operands = [leaf for leaf in leaves(dict(arguments)) if _shape(leaf) is not None]
    own = [leaf for leaf in operands if log.is_related(leaf)]
    shape = _shape(result)
    if not own or shape is None:
        return
    log.relate(result, as_prediction=all(log.is_prediction(leaf) and _shape(leaf) == shape for leaf in operands))
    if len(operands) != 2 or len(own) != 1 or name.rpartition(".")[2] not in ELEMENT_WISE:
        return
    (prediction,) = own
    other = next(leaf for leaf in operands if leaf is not prediction)
    square = log.is_prediction(prediction) and _is_square(prediction, other, shape)
    source = user.here() if square else None
    if source is not None:
        _tell(log, prediction, other, shape, source)


def _shape(value: Live) -> tuple[int, ...] | None:
    """The shape of an array or of a tensor that has a value; None for anything else."""
    module, name = type(value).__module__.partition(".")[0], type(value).__name__
    if (module, name) not in (("numpy", "ndarray"), ("tensorflow", "EagerTensor")):
        return None
    return tuple(int(size) for size in value.shape)


def _is_square(prediction: Live, other: Live, result: tuple[int, ...]) -> bool:
    """Whether one is a vector and the other a column of that length, and not the one a copy of the other."""
    shapes = {len(shape): shape for leaf in (prediction, other) if (shape := _shape(leaf)) is not None}
    vector, column = shapes.get(1), shapes.get(2)
    if vector is None or column is None or vector[0] < 2 or column != (vector[0], 1) or result != (vector[0],) * 2:
        return False
    import numpy

    # What was taken out of the prediction and brought back is paired with it on purpose.
    return not numpy.array_equal(numpy.asarray(prediction).reshape(-1), numpy.asarray(other).reshape(-1))


def _tell(log: ObjectiveLog, prediction: Live, other: Live, result: tuple[int, ...], source: Source) -> None:
    made = log.made_at(prediction)
    trail = [TrailStep(made.span, str(Shape.of(*prediction.shape)))] if made is not None and made != source else []
    trail += [TrailStep(span, "called from here") for span in reversed(source.stack)]
    given, met = (Shape.of(*(int(size) for size in each.shape)) for each in (prediction, other))
    found = StretchedPrediction(source.span, source.text, given, met, Shape.of(*result), tuple(trail))
    log.stretched.setdefault(source, found)
