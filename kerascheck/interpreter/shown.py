"""Metric functions that give a number for each sample, and where such a vector is printed as if it were one number."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import TensorValue, Value
from kerascheck.program import ShownMetric
from kerascheck.shapes import as_int

OF_SAMPLES = frozenset(
    f"keras.metrics.{name}"
    for name in (
        "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy", "top_k_categorical_accuracy",
        "sparse_top_k_categorical_accuracy",
    )
)  # fmt: skip


def of_samples(interpreter: Interpreter, op: str, value: Value, node: ast.AST) -> Value:
    """What an op gave on data, marked if it is a metric of each sample."""
    if op not in OF_SAMPLES or not isinstance(value, TensorValue):
        return value
    source = source_of(interpreter, node)
    return value if source is None else replace(value, metric=(op.rpartition(".")[2], source))


def note_shown(interpreter: Interpreter, value: Value, node: ast.AST) -> None:
    """Note a metric of each sample that is printed, or put into a text."""
    if not isinstance(value, TensorValue) or value.metric is None:
        return
    shown, dims = source_of(interpreter, node), value.spec.shape.dims
    if shown is None or not dims or as_int(dims[0]) == 1 or not interpreter.module.is_user:
        return
    if EXPECTED_GUARD in interpreter.context.guards:
        return
    name, source = value.metric
    found = ShownMetric(name, value.spec.shape, source.span, shown.span, source.text, source.stack)
    if found not in interpreter.program.shown_metrics:
        interpreter.program.shown_metrics.append(found)
