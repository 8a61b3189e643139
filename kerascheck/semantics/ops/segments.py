"""Functions that pool the slices of a tensor by a number each of them has."""

from __future__ import annotations

from typing import Any

from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import argument, dim_of, dtype_name, integer, result, tensor
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec


def segmented(data: TensorSpec, ids: TensorSpec, count: Any) -> TensorSpec:
    """One slice for each segment; the axes of ``ids`` become one."""
    size: Dim = UNKNOWN if count is None else dim_of(count)
    if data.shape.dims is None or ids.shape.rank is None:
        return result(Shape(None), data.dtype, data, ids)
    return result(Shape((size, *data.shape.dims[ids.shape.rank :])), data.dtype, data, ids)


_SORTED = ("sum", "mean", "max", "min", "prod")
_UNSORTED = (*_SORTED, "sqrt_n")


@op(*(f"tf.math.segment_{name}" for name in _SORTED), family=Family.SEGMENT, operand="data")
def segment(call: OpCall) -> TensorSpec:
    """Slices pooled by sorted numbers: how many there are depends on the values."""
    return segmented(tensor(argument(call, "data")), tensor(argument(call, "segment_ids")), None)


@op(*(f"tf.math.unsorted_segment_{name}" for name in _UNSORTED), family=Family.SEGMENT, operand="data")
@op(*(f"keras.ops.segment_{name}" for name in ("sum", "max", "min", "prod")), family=Family.SEGMENT, operand="data")
def unsorted_segment(call: OpCall) -> TensorSpec:
    """Slices pooled to ``num_segments``."""
    data, ids = tensor(argument(call, "data")), tensor(argument(call, "segment_ids"))
    return segmented(data, ids, argument(call, "num_segments"))


@op("tf.math.bincount", "tf.compat.v1.math.bincount", operand="arr")
@op("keras.ops.bincount")
def bincount(call: OpCall) -> TensorSpec:
    """A count for each number: how many there are depends on the values."""
    return TensorSpec()


@op("tf.histogram_fixed_width", operand="values")
def histogram(call: OpCall) -> TensorSpec:
    """A count for each bin."""
    count = integer(argument(call, "nbins"))
    return TensorSpec(Shape.of(UNKNOWN if count is None else count), dtype_name(argument(call, "dtype"), "int32"))
