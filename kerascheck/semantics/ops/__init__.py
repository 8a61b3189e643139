"""What each function does to shapes: importing this package registers every rule."""

from kerascheck.semantics.ops import (
    along_axis,
    control,
    creation,
    einsum,
    elementwise,
    image,
    indexing,
    joining,
    linear_algebra,
    neural,
    reductions,
    reshaping,
    segments,
    shape_ops,
    windows,
)

__all__ = [
    "along_axis",
    "control",
    "creation",
    "einsum",
    "elementwise",
    "image",
    "indexing",
    "joining",
    "linear_algebra",
    "neural",
    "reductions",
    "reshaping",
    "segments",
    "shape_ops",
    "windows",
]
