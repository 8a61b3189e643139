"""Arithmetic of predictions and targets that pairs each with each: ``(n, 1)`` with ``(n,)`` gives ``(n, n)``."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerascheck.diagnostic import TrailStep
from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.flows import CALLED, ancestors_of, flat_values
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import TensorValue
from kerascheck.program import StretchedPrediction
from kerascheck.shapes import Shape, TensorSpec, as_int, compare


def note_stretched(
    interpreter: Interpreter, operands: list[tuple[str, TensorValue]], result: TensorSpec, node: ast.AST
) -> None:
    """Note an operation on a prediction and data that a model did not give, if it makes a square of the two."""
    if len(operands) != 2 or result.shape.rank != 2:
        return
    (_, first), (_, second) = operands
    if first.prediction == second.prediction:
        return
    prediction, other = (first, second) if first.prediction else (second, first)
    if not other.is_array or not _is_square(prediction, other):
        return
    if not _is_given(interpreter, other) and not _is_target(prediction, other):
        return
    source = source_of(interpreter, node)
    if source is None or not interpreter.module.is_user or EXPECTED_GUARD in interpreter.context.guards:
        return
    trail = [TrailStep(each, "called from here") for each in reversed(source.stack)]
    for tensor in (other, prediction):
        if tensor.source is not None and tensor.source.span != source.span:
            trail.insert(0, TrailStep(tensor.source.span, str(tensor.spec.shape)))
    found = StretchedPrediction(
        source.span, source.text, prediction.spec.shape, other.spec.shape, result.shape, tuple(trail)
    )
    if found not in interpreter.program.stretched:
        interpreter.program.stretched.append(found)


def is_still_predicted(spec: TensorSpec, made_of: Iterable[TensorValue]) -> bool:
    """Whether a result has a number for each of the predictions it was made of, and for nothing else."""
    found = False
    for each in made_of:
        if not each.prediction or not _are_as_many(each.spec.shape, spec.shape):
            return False
        found = True
    return found


def _are_as_many(before: Shape, after: Shape) -> bool:
    """Whether two shapes are the same, or are but for axes of size one: the numbers stay those that they were."""
    if before.dims is None or after.dims is None:
        return before == after
    own, left = ([dim for dim in shape.dims if as_int(dim) != 1] for shape in (before, after) if shape.dims is not None)
    return own == left


def _is_square(prediction: TensorValue, other: TensorValue) -> bool:
    """Whether one is a vector and the other a column of the same length, which is not one."""
    shapes = (prediction.spec.shape.dims, other.spec.shape.dims)
    vector = next((dims for dims in shapes if dims is not None and len(dims) == 1), None)
    column = next((dims for dims in shapes if dims is not None and len(dims) == 2), None)
    if vector is None or column is None or as_int(column[1]) != 1:
        return False
    if prediction.rows is not None and prediction.rows == other.rows:
        return True
    return compare(vector[0], column[0]) is True and as_int(vector[0]) != 1


def _is_target(prediction: TensorValue, other: TensorValue) -> bool:
    """Whether a vector is a target that another call of a model has a part in: a reward, and the value of what follows.

    What is made of the prediction itself may well be meant for pairs.
    """
    if other.spec.shape.rank != 1:
        return False
    behind = list(ancestors_of(other))
    given = any(
        isinstance(value, TensorValue) and value.is_array and not value.prediction
        and value.variable is None and _is_square(prediction, value)
        and all(each.op != CALLED for each in ancestors_of(value))
        for flow in behind
        for value in flat_values(flow.operands)
    )  # fmt: skip
    own = {id(flow) for flow in ancestors_of(prediction) if flow.op == CALLED}
    return given and bool(own) and not any(id(flow) in own for flow in behind)


def _is_given(interpreter: Interpreter, data: TensorValue) -> bool:
    """Whether data came from no layer: what they were made of is a function's alone."""
    recorder = interpreter.program.recorder
    return all(
        origin.node in recorder.nodes
        and recorder.nodes[origin.node].kind == "op"
        and not recorder.incoming.get(origin.node)
        for origin in data.origins
    )
