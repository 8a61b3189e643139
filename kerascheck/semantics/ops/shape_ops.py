"""Functions that ask a tensor for its shape: what they return holds the sizes themselves."""

from __future__ import annotations

from typing import Any

from kerascheck.semantics.api import OpCall, Structure, op
from kerascheck.semantics.ops.arguments import argument, dtype_name, result, sizes, tensor, tensors
from kerascheck.semantics.ops.broadcasting import broadcast_shapes
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec, Unknown


def shape_tensor(x: TensorSpec, dtype: str | None) -> TensorSpec:
    """The shape of ``x`` as a tensor; its content is the sizes, unknown ones included."""
    dims = x.shape.dims
    if dims is None:
        return TensorSpec(Shape.of(UNKNOWN), dtype)
    return TensorSpec(Shape.of(len(dims)), dtype, dims)


def _scalar(value: Any, dtype: str | None) -> TensorSpec:
    return TensorSpec(Shape(()), dtype, None if isinstance(value, Unknown) else value)


@op("tf.shape", "tf.compat.v1.shape", operand="input")
def tf_shape(call: OpCall) -> TensorSpec:
    """The sizes, as a tensor."""
    return shape_tensor(tensor(argument(call, "input")), dtype_name(argument(call, "out_type"), "int32"))


@op("keras.backend.shape")
def backend_shape(call: OpCall) -> TensorSpec:
    """The sizes, as a tensor."""
    return shape_tensor(tensor(argument(call, "x")), "int32")


@op("tf.shape_n", operand="input")
def shape_n(call: OpCall) -> Structure:
    """The sizes of each of several tensors."""
    given = tensors(argument(call, "input"))
    dtype = dtype_name(argument(call, "out_type"), "int32")
    return None if given is None else [shape_tensor(x, dtype) for x in given]


@op("keras.ops.shape")
def keras_shape(call: OpCall) -> Structure:
    """A tuple with one size for each axis."""
    dims = tensor(argument(call, "x")).shape.dims
    return None if dims is None else tuple(_scalar(dim, "int32") for dim in dims)


@op("keras.backend.int_shape")
def int_shape(call: OpCall) -> Structure:
    """A tuple with one size for each axis."""
    return keras_shape(call)


@op("tf.rank", operand="input")
def tf_rank(call: OpCall) -> TensorSpec:
    """The number of axes."""
    rank = tensor(argument(call, "input")).shape.rank
    return TensorSpec(Shape(()), "int32", rank)


@op("keras.ops.ndim", "keras.backend.ndim")
def ndim(call: OpCall) -> TensorSpec:
    """The number of axes."""
    x = tensor(argument(call, "x"))
    return TensorSpec(Shape(()), None, x.shape.rank)


@op("tf.size", "tf.compat.v1.size", operand="input")
def tf_size(call: OpCall) -> TensorSpec:
    """The number of elements."""
    x = tensor(argument(call, "input"))
    return _scalar(x.shape.size, dtype_name(argument(call, "out_type"), "int32"))


@op("keras.ops.size")
def keras_size(call: OpCall) -> TensorSpec:
    """The number of elements."""
    return _scalar(tensor(argument(call, "x")).shape.size, None)


@op("keras.backend.count_params")
def count_params(call: OpCall) -> TensorSpec:
    """The number of elements."""
    return _scalar(tensor(argument(call, "x")).shape.size, None)


@op("tf.broadcast_dynamic_shape", operand="shape_x")
def broadcast_dynamic_shape(call: OpCall) -> TensorSpec:
    """The shape that two shapes broadcast to, as a tensor."""
    given = [sizes(argument(call, name)) for name in ("shape_x", "shape_y")]
    if any(found is None for found in given):
        return TensorSpec(Shape.of(UNKNOWN), "int32")
    met = broadcast_shapes(*(Shape(found) for found in given))
    return shape_tensor(result(met, None), "int32")
