"""Functions of ``keras.utils`` and ``keras.preprocessing`` that prepare data: labels, sequences, images, boxes."""

from __future__ import annotations

from kerascheck.semantics.api import OpCall, op
from kerascheck.semantics.ops.arguments import (
    argument,
    dim_of,
    dtype_name,
    first_given,
    result,
    sizes,
    tensor,
    unknown_like,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, compare


@op("keras.utils.to_categorical")
def to_categorical(call: OpCall) -> TensorSpec:
    """A vector for each class number; a last axis of one is dropped first."""
    x, count = tensor(first_given(call.arguments, "x", "y")), argument(call, "num_classes")
    dims = x.shape.dims
    if dims is None:
        return unknown_like(x)
    if len(dims) > 1:
        last = as_int(dims[-1])
        if last is None:
            return unknown_like(x)
        dims = dims[:-1] if last == 1 else dims
    classes: Dim = UNKNOWN if count is None else dim_of(count)
    # In Keras 3 the dtype is that of the tensor library or of NumPy, by what x is.
    dtype = dtype_name(argument(call, "dtype"), "float32") if call.generation == 2 else None
    return result(Shape((*dims, classes)), dtype, x)


@op("keras.utils.normalize")
def normalize(call: OpCall) -> TensorSpec:
    """Each slice divided by its norm; NumPy gives a vector another axis, a tensor's stays as it is."""
    x = tensor(argument(call, "x"))
    dtype = x.dtype if x.dtype in {"float32", "float64"} else None
    return result(x.shape if (x.shape.rank or 0) > 1 else Shape(None), dtype, x)


@op("keras.utils.pad_sequences", operand="sequences")
def pad_sequences(call: OpCall) -> TensorSpec:
    """Sequences cut or filled up to one length, that of the longest where none is given."""
    x, longest = tensor(argument(call, "sequences")), argument(call, "maxlen")
    dims = x.shape.dims
    if dims is None or len(dims) < 2:
        return unknown_like(x)
    length: Dim = UNKNOWN if longest is None else dim_of(longest)
    return result(Shape((dims[0], length, *dims[2:])), dtype_name(argument(call, "dtype")), x)


@op("keras.utils.bounding_boxes.compute_iou", operand="boxes1")
def compute_iou(call: OpCall) -> TensorSpec:
    """Each box met with each box, in each image where both have a batch of one size."""
    x, y = tensor(argument(call, "boxes1")), tensor(argument(call, "boxes2"))
    if x.shape.dims is None or y.shape.dims is None or len(x.shape.dims) != len(y.shape.dims):
        return unknown_like(x, y)
    match x.shape.dims, y.shape.dims:
        case (rows, _), (columns, _):
            return result(Shape.of(rows, columns), None, x, y)
        case (batch, rows, _), (other, columns, _) if compare(batch, other) is True:
            return result(Shape.of(batch, rows, columns), None, x, y)
    return unknown_like(x, y)


@op("keras.preprocessing.image.smart_resize")
def smart_resize(call: OpCall) -> TensorSpec:
    """An image, or a batch of them, cut and resized to the given height and width."""
    x, wanted = tensor(argument(call, "x")), sizes(argument(call, "size"))
    dims = x.shape.dims
    if dims is None or len(dims) not in {3, 4} or wanted is None or len(wanted) != 2:
        return unknown_like(x)
    match argument(call, "data_format"):
        case "channels_last":
            return result(Shape((*dims[:-3], *wanted, dims[-1])), None, x)
        case "channels_first":
            return result(Shape((*dims[:-2], *wanted)), None, x)
    return unknown_like(x)
