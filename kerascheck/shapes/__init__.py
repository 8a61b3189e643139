"""Symbolic sizes and shapes: pure arithmetic, without a Keras name in it."""

from kerascheck.shapes.dim import (
    BATCH,
    UNKNOWN,
    Dim,
    Expression,
    Symbol,
    Unknown,
    as_int,
    ceil_div,
    compare,
    depends_on,
    exact_div,
    floor_div,
    product,
    public_size,
    steps_between,
    substitute,
    text,
)
from kerascheck.shapes.shape import Shape, broadcast, unify
from kerascheck.shapes.tensor import TensorSpec

__all__ = [
    "BATCH",
    "UNKNOWN",
    "Dim",
    "Expression",
    "Shape",
    "Symbol",
    "TensorSpec",
    "Unknown",
    "as_int",
    "broadcast",
    "ceil_div",
    "compare",
    "depends_on",
    "exact_div",
    "floor_div",
    "product",
    "public_size",
    "steps_between",
    "substitute",
    "text",
    "unify",
]
