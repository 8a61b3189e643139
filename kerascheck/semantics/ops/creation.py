"""Functions that make tensors: constants, ranges, identity matrices, random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import (
    LONGEST_CONTENT,
    argument,
    dim_of,
    dtype_name,
    integer,
    normal_axis,
    result,
    sizes,
    tensor,
    unknown_like,
)
from kerascheck.semantics.ops.broadcasting import broadcast_shapes
from kerascheck.semantics.ops.dtypes import is_keras
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, Unknown, as_int, ceil_div
from kerascheck.shapes.dim import bounds
from kerascheck.shapes.tensor import Content


def _shaped(shape: str, dtype: str | None, dtype_argument: str | None = "dtype") -> Callable[[OpCall], TensorSpec]:
    def made(call: OpCall) -> TensorSpec:
        found = dtype_name(argument(call, dtype_argument), dtype) if dtype_argument else dtype
        return TensorSpec(Shape(sizes(argument(call, shape))), found)

    return made


def _register_shaped() -> None:
    """The functions whose result has the shape that they are given."""
    shaped = _shaped("shape", "float32")
    whole = _shaped("shape", "int32")
    op("keras.ops.zeros", "keras.ops.ones", "keras.ops.empty", family=Family.CREATION)(shaped)
    op("tf.zeros", "tf.ones", family=Family.CREATION)(shaped)
    op("keras.backend.zeros", "keras.backend.ones", family=Family.CREATION)(shaped)
    op("keras.random.normal", "keras.random.uniform", "keras.random.truncated_normal", family=Family.CREATION)(shaped)
    op("keras.random.beta", "keras.random.binomial", "keras.random.gamma", family=Family.CREATION)(shaped)
    op("keras.random.randint", family=Family.CREATION)(whole)
    op("tf.random.normal", "tf.random.uniform", "tf.random.truncated_normal", family=Family.CREATION)(shaped)
    stateless = ("normal", "uniform", "truncated_normal")
    op(*(f"tf.random.stateless_{name}" for name in stateless), family=Family.CREATION)(shaped)
    op("tf.random.stateless_parameterized_truncated_normal", family=Family.CREATION)(_shaped("shape", None, None))
    op("tf.random.stateless_poisson", "tf.random.stateless_binomial", family=Family.CREATION)(
        _shaped("shape", None, None)
    )
    op("tf.random.stateless_gamma", family=Family.CREATION)(_shaped("shape", "float32"))
    names = ("normal", "uniform", "bernoulli", "binomial", "normal_variable", "uniform_variable")
    op(*(f"keras.backend.random_{name}" for name in names), family=Family.CREATION)(shaped)
    op("keras.backend.truncated_normal", family=Family.CREATION)(shaped)


_register_shaped()


@op("keras.ops.full", family=Family.CREATION)
def keras_full(call: OpCall) -> TensorSpec:
    """One value in a given shape."""
    value = argument(call, "fill_value")
    own = value.dtype if isinstance(value, TensorSpec) else None
    return TensorSpec(Shape(sizes(argument(call, "shape"))), dtype_name(argument(call, "dtype"), own))


@op("tf.fill", family=Family.CREATION)
def tf_fill(call: OpCall) -> TensorSpec:
    """One value in a given shape."""
    value = argument(call, "value")
    own = value.dtype if isinstance(value, TensorSpec) else _literal_dtype(value)
    return TensorSpec(Shape(sizes(argument(call, "dims"))), own)


def _literal_dtype(value: Any) -> str | None:
    match value:
        case bool():
            return "bool"
        case int():
            return "int32"
        case float():
            return "float32"
        case str():
            return "string"
    return None


def _like(operand: str, dtype: str | None = "dtype") -> Callable[[OpCall], TensorSpec]:
    def made(call: OpCall) -> TensorSpec:
        x = tensor(argument(call, operand))
        own = x.dtype if isinstance(argument(call, operand), TensorSpec) else None
        return TensorSpec(x.shape, dtype_name(argument(call, dtype), own) if dtype else own, None, x.keras_tensor)

    return made


op(
    "keras.ops.zeros_like",
    "keras.ops.ones_like",
    "keras.ops.full_like",
    "keras.ops.empty_like",
    family=Family.ELEMENTWISE,
)(_like("x"))
op("tf.zeros_like", "tf.ones_like", family=Family.ELEMENTWISE, operand="input")(_like("input"))
op("tf.compat.v1.zeros_like", "tf.compat.v1.ones_like", family=Family.ELEMENTWISE, operand="tensor")(_like("tensor"))
op("keras.backend.zeros_like", "keras.backend.ones_like", family=Family.ELEMENTWISE)(_like("x"))


def _constant(call: OpCall) -> TensorSpec:
    value = argument(call, "value")
    x = tensor(value)
    own = x.dtype if isinstance(value, TensorSpec) else _constant_dtype(value)
    dtype = dtype_name(argument(call, "dtype"), own)
    shape = call.arguments.get("shape")
    if shape is None:
        return TensorSpec(x.shape, dtype, x.content, x.keras_tensor)
    target = sizes(shape)
    content = x.content if target == x.shape.dims else None
    return TensorSpec(Shape(target), dtype, content, x.keras_tensor)


op("tf.constant", "tf.compat.v1.constant", family=Family.CREATION, operand="value")(_constant)


@op("keras.backend.constant", "keras.backend.variable", family=Family.CREATION, operand="value")
def backend_constant(call: OpCall) -> TensorSpec:
    """A constant of Keras's float type."""
    made = _constant(call)
    return TensorSpec(made.shape, dtype_name(argument(call, "dtype"), "float32"), made.content)


def _constant_dtype(value: Any) -> str | None:
    """The dtype TensorFlow gives a literal: that of its elements, a float where one is a float."""
    if isinstance(value, list | tuple):
        found = {_constant_dtype(element) for element in value}
        if found == {"int32", "float32"}:
            return "float32"
        return found.pop() if len(found) == 1 else None
    return _literal_dtype(value)


@op("keras.ops.arange", "keras.backend.arange", family=Family.CREATION, operand="start")
def arange(call: OpCall) -> TensorSpec:
    """The numbers from ``start`` to ``stop``, or from 0 to ``start``."""
    given = [argument(call, name) for name in ("start", "stop", "step")]
    default = None if is_keras(call.name) else "int32"
    if default is None and all(isinstance(value, int | None) for value in given):
        default = "int32"
    return _range(given, dtype_name(argument(call, "dtype"), default))


@op("tf.range", family=Family.CREATION, operand="start")
def tf_range(call: OpCall) -> TensorSpec:
    """The numbers from ``start`` to ``limit``, or from 0 to ``start``."""
    given = [argument(call, name) for name in ("start", "limit", "delta")]
    dtypes = {value.dtype if isinstance(value, TensorSpec) else None for value in given}
    whole = all(isinstance(value, int | None) for value in given)
    found = "int32" if whole else next((dtype for dtype in dtypes if dtype), None)
    return _range(given, dtype_name(argument(call, "dtype"), found))


def _range(given: list[Any], dtype: str | None) -> TensorSpec:
    start, stop, step = given
    if stop is None:
        start, stop = 0, start
    if any(isinstance(value, float) for value in (start, stop, step)):
        return TensorSpec(Shape.of(_float_count(start, stop, step)), dtype)
    first, last, stride = dim_of(start), dim_of(stop), 1 if step is None else dim_of(step)
    number = as_int(stride)
    if not number or any(isinstance(dim, Unknown) for dim in (first, last)):
        return TensorSpec(Shape.of(UNKNOWN), dtype)
    length = ceil_div(last - first, number) if number > 0 else ceil_div(first - last, -number)
    count = as_int(length)
    if count is None:
        lowest, _ = bounds(length)
        return TensorSpec(Shape.of(length if lowest is not None and lowest >= 0 else UNKNOWN), dtype)
    count = max(count, 0)
    content: Content | None = None
    if count <= LONGEST_CONTENT:
        content = tuple(first + index * number for index in range(count))
    return TensorSpec(Shape.of(count), dtype, content)


def _float_count(start: Any, stop: Any, step: Any) -> Dim:
    match start, stop, 1 if step is None else step:
        case (int() | float() as first, int() | float() as last, int() | float() as stride) if stride:
            try:
                return max(0, math.ceil((last - first) / stride))
            except (ValueError, OverflowError):
                # Neither infinitely many nor NaN of them is a size.
                return UNKNOWN
    return UNKNOWN


def _spaced(prefix: str) -> Callable[[OpCall], TensorSpec]:
    def spaced(call: OpCall) -> TensorSpec:
        start, stop = tensor(argument(call, "start")), tensor(argument(call, "stop"))
        ends = broadcast_shapes(start.shape, stop.shape)
        axis = integer(argument(call, "axis"))
        if ends.dims is None or axis is None:
            return unknown_like(start, stop)
        place = normal_axis(axis, len(ends.dims), ends, extra=1)
        dims = (*ends.dims[:place], dim_of(argument(call, "num")), *ends.dims[place:])
        dtype = dtype_name(call.arguments.get("dtype"), "float32") if prefix == "keras" else start.dtype
        if prefix == "keras" and call.arguments.get("dtype") is None and (start.dtype or stop.dtype):
            dtype = None
        return result(Shape(dims), dtype, start, stop)

    return spaced


op("tf.linspace", family=Family.CREATION, operand="start")(_spaced("tf"))
op("keras.ops.logspace", "keras.ops.geomspace", family=Family.CREATION, operand="start")(_spaced("keras"))


@op("keras.ops.linspace", family=Family.CREATION, operand="start")
def linspace(call: OpCall) -> TensorSpec | tuple[TensorSpec, TensorSpec] | None:
    """Evenly spaced numbers, with the step if ``retstep``."""
    made = _spaced("keras")(call)
    match argument(call, "retstep"):
        case False:
            return made
        case True:
            return made, TensorSpec(Shape(None))
    return None


@op("keras.ops.eye", "keras.ops.tri", family=Family.CREATION, operand="N")
def keras_eye(call: OpCall) -> TensorSpec:
    """A matrix of ``N`` rows and ``M`` columns."""
    return _matrix(call, "N", "M")


def _matrix(call: OpCall, rows: str, columns: str, leading: tuple[Dim, ...] = ()) -> TensorSpec:
    height = dim_of(argument(call, rows))
    width = argument(call, columns)
    shape = Shape((*leading, height, height if width is None else dim_of(width)))
    return TensorSpec(shape, dtype_name(argument(call, "dtype"), "float32"))


@op("tf.eye", family=Family.CREATION, operand="num_rows")
def tf_eye(call: OpCall) -> TensorSpec:
    """An identity matrix, once for each place of ``batch_shape``."""
    batch_shape = argument(call, "batch_shape")
    leading = () if batch_shape is None else sizes(batch_shape)
    if leading is None:
        return TensorSpec()
    return _matrix(call, "num_rows", "num_columns", leading)


@op("keras.backend.eye", family=Family.CREATION, operand="size")
def backend_eye(call: OpCall) -> TensorSpec:
    """A square identity matrix."""
    size = dim_of(argument(call, "size"))
    return TensorSpec(Shape.of(size, size), dtype_name(argument(call, "dtype"), "float32"))


@op("keras.ops.identity", family=Family.CREATION, operand="n")
def keras_identity(call: OpCall) -> TensorSpec:
    """A square identity matrix."""
    size = dim_of(argument(call, "n"))
    return TensorSpec(Shape.of(size, size), dtype_name(argument(call, "dtype"), "float32"))


@op("keras.ops.bartlett", "keras.ops.blackman", "keras.ops.hamming", "keras.ops.hanning", family=Family.CREATION)
@op("keras.ops.kaiser", family=Family.CREATION)
def window(call: OpCall) -> TensorSpec:
    """A window of ``x`` points."""
    return TensorSpec(Shape.of(dim_of(argument(call, "x"))))


@op("tf.random.gamma", family=Family.CREATION)
def tf_gamma(call: OpCall) -> TensorSpec:
    """``shape`` samples for each of the broadcast parameters."""
    return _sampled(call, ("alpha", "beta"))


@op("tf.random.poisson", family=Family.CREATION)
@op("tf.compat.v1.random.poisson", family=Family.CREATION)
def tf_poisson(call: OpCall) -> TensorSpec:
    """``shape`` samples for each rate."""
    return _sampled(call, ("lam",))


def _sampled(call: OpCall, parameters: tuple[str, ...]) -> TensorSpec:
    given = [tensor(argument(call, name)) for name in parameters if argument(call, name) is not None]
    each, samples = broadcast_shapes(*(x.shape for x in given)).dims, sizes(argument(call, "shape"))
    shape = Shape(None if each is None or samples is None else (*samples, *each))
    return result(shape, dtype_name(argument(call, "dtype"), "float32"), *given)


@op("tf.random.categorical", "tf.compat.v1.random.multinomial", "keras.random.categorical", operand="logits")
@op("tf.random.stateless_categorical", "tf.compat.v1.random.stateless_multinomial", operand="logits")
def categorical(call: OpCall) -> TensorSpec:
    """``num_samples`` draws for each row of logits."""
    x = tensor(argument(call, "logits"))
    rows: Dim = x.shape.dims[0] if x.shape.dims else UNKNOWN
    return result(Shape.of(rows, dim_of(argument(call, "num_samples"))), None, x)


@op("tf.sequence_mask", operand="lengths")
def sequence_mask(call: OpCall) -> TensorSpec:
    """For each length, a row with so many true values."""
    x, longest = tensor(argument(call, "lengths")), argument(call, "maxlen")
    if x.shape.dims is None:
        return unknown_like(x)
    size: Dim = UNKNOWN if longest is None else dim_of(longest)
    return result(Shape((*x.shape.dims, size)), dtype_name(argument(call, "dtype"), "bool"), x)


@op("tf.random.split", family=Family.CREATION, operand="seed")
def split_seed(call: OpCall) -> TensorSpec:
    """``num`` seeds of two numbers."""
    seed = tensor(argument(call, "seed"))
    return result(Shape.of(dim_of(argument(call, "num")), 2), None, seed)


@op("tf.random.fold_in", family=Family.CREATION, operand="seed")
def folded_seed(call: OpCall) -> TensorSpec:
    """Another seed."""
    return result(Shape.of(2), None, tensor(argument(call, "seed")))
