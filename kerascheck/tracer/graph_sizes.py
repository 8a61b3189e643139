"""Where the batch is in TF1 graph code, whose sizes are left open and not measured."""

from __future__ import annotations

from collections.abc import Sequence

from kerascheck.shapes import Dim, Shape, Unknown, exact_div, product
from kerascheck.shapes.folding import batch_alone

RESIZING = """
    BatchToSpaceND BroadcastTo ConcatV2 DynamicPartition DynamicStitch Fill Gather GatherNd GatherV2 ListDiff MirrorPad
    OneHot Pad PadV2 Range ScatterNd SegmentMax SegmentMean SegmentMin SegmentProd SegmentSum Shape Slice
    SpaceToBatchND SparseToDense Split SplitV StridedSlice Tile Unique UniqueWithCounts Unpack UnsortedSegmentSum Where
"""
"""Ops of whose result an open size may be another than their operand's."""


def with_batch(kind: str, result: Shape, operands: Sequence[Shape]) -> Shape:
    """``result`` with the batch in it, where it has one open size and so has every operand: that of the batch."""
    if result.dims is None or sum(isinstance(dim, Unknown) for dim in result.dims) != 1 or kind in RESIZING.split():
        return result
    place = next(axis for axis, dim in enumerate(result.dims) if isinstance(dim, Unknown))
    given = [shape.dims for shape in operands if shape.dims is None or not all(isinstance(dim, int) for dim in shape)]
    batches = [None if dims is None else _only_batch(dims) for dims in given]
    if not given or any(axis is None for axis in batches):
        return result
    if kind == "Reshape":
        known = product(dim for dim in result.dims if not isinstance(dim, Unknown))
        return result.replace(place, exact_div(product(given[0] or ()), known))
    return result.replace(place, (given[0] or ())[batches[0] or 0])


def _only_batch(dims: Sequence[Dim]) -> int | None:
    """The axis of the batch, where every other size is fixed."""
    return batch_alone(dims) if sum(not isinstance(dim, int) for dim in dims) == 1 else None
