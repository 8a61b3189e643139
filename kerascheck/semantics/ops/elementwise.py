"""Functions that act on each element by itself: the result has the operands' (broadcast) shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascheck.records import immutable
from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import FLOATS, argument, dtype_name, result, tensor, tensors, unknown_like
from kerascheck.semantics.ops.broadcasting import broadcast_operands
from kerascheck.semantics.ops.contents import ARITHMETIC, combine
from kerascheck.semantics.ops.dtypes import common_dtype, floating
from kerascheck.shapes import Shape, TensorSpec


@immutable()
class Unary:
    """One operand, its shape kept. ``dtype`` is "same", "float", "bool" or "" where it is not certain."""

    operand: str = "x"
    dtype: str = "same"

    def __call__(self, call: OpCall) -> TensorSpec:
        """The operand's shape."""
        x = tensor(argument(call, self.operand))
        return result(x.shape, self._dtype(call.name, x.dtype), x)

    def _dtype(self, name: str, dtype: str | None) -> str | None:
        match self.dtype:
            case "same":
                return dtype
            case "float":
                return floating(name, dtype)
            case "bool":
                return "bool"
        return dtype if dtype in FLOATS else None


@immutable()
class Binary:
    """Two operands broadcast together. ``arithmetic`` names the function to apply to known sizes."""

    left: str
    right: str
    dtype: str = "same"
    arithmetic: str | None = None

    def __call__(self, call: OpCall) -> TensorSpec:
        """The broadcast shape of the operands."""
        return combined(call.name, argument(call, self.left), argument(call, self.right), self.dtype, self.arithmetic)


def combined(name: str, left: Any, right: Any, dtype: str, arithmetic: str | None = None) -> TensorSpec:
    """Two operands broadcast together by the function ``name``."""
    a, b = tensor(left), tensor(right)
    shape = broadcast_operands(a, b)
    common = common_dtype(name, (left, right))
    match dtype:
        case "bool":
            common = "bool"
        case "float":
            common = floating(name, common)
        case "complex":
            common = {"float32": "complex64", "float64": "complex128"}.get(common or "")
        case "":
            common = common if common in FLOATS else None
    content = combine(ARITHMETIC[arithmetic], a.content, b.content) if arithmetic else None
    return result(shape, common, a, b, content=content)


@immutable()
class Several:
    """Any number of operands broadcast together, one argument each."""

    operands: tuple[str, ...]
    dtype: str = ""

    def __call__(self, call: OpCall) -> TensorSpec:
        """The broadcast shape of the operands."""
        given = [tensor(argument(call, name)) for name in self.operands if argument(call, name) is not None]
        common = common_dtype(call.name, given)
        return result(broadcast_operands(*given), common if common in FLOATS else None, *given)


def _register_unary(prefix: str, names: str, operand: str, dtype: str) -> None:
    for place in prefix.split():
        for name in names.split():
            op(f"{place}.{name}", family=Family.ELEMENTWISE, operand=operand)(Unary(operand, dtype))


def _register_binary(
    prefix: str, names: str, operands: tuple[str, str], dtype: str, arithmetic: Mapping[str, str]
) -> None:
    for place in prefix.split():
        for name in names.split():
            rule = Binary(*operands, dtype, arithmetic.get(name))
            op(f"{place}.{name}", family=Family.ELEMENTWISE, operand=operands[0])(rule)


_MATH = "tf.math tf.compat.v1.math"


_KERAS_SAME = """abs absolute conj conjugate copy negative relu relu6 sign square round nan_to_num
real reciprocal threshold hard_shrink soft_shrink"""
_KERAS_FLOAT = """arccos arccosh arcsin arcsinh arctan arctanh cbrt cos cosh deg2rad erf erfc erfinv exp exp2 expm1
log log10 log1p log2 rad2deg rsqrt sin sinc sinh sqrt tan tanh"""
_KERAS_FLOAT_ONLY = """angle bitwise_invert bitwise_not ceil celu elu fabs floor gelu hard_sigmoid hard_silu hard_swish
hard_tanh i0 imag leaky_relu log_sigmoid selu sigmoid silu softplus softsign sparse_plus sparse_sigmoid
squareplus swish tanh_shrink trunc"""
_KERAS_BOOL = "isfinite isinf isnan isneginf isposinf isreal logical_not signbit"

_register_unary("keras.ops", _KERAS_SAME, "x", "same")
_register_unary("keras.ops", "stop_gradient", "variable", "same")
_register_unary("keras.ops", _KERAS_FLOAT, "x", "float")
_register_unary("keras.ops", _KERAS_FLOAT_ONLY, "x", "")
_register_unary("keras.ops", _KERAS_BOOL, "x", "bool")

_ACTIVATIONS = """celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
log_sigmoid mish relu relu6 selu sigmoid silu soft_shrink softplus softsign sparse_plus sparse_sigmoid squareplus swish
tanh tanh_shrink threshold"""
_register_unary("keras.activations", _ACTIVATIONS, "x", "")

_BACKEND = """abs cos elu exp hard_sigmoid log relu sigmoid sign sin softplus softsign sqrt square tanh round"""
_register_unary("keras.backend", _BACKEND, "x", "")
_register_unary("keras.backend", "clip print_tensor dropout", "x", "")
op("keras.backend.stop_gradient", family=Family.ELEMENTWISE, operand="variables")(Unary("variables"))

_TF_MATH = """acos acosh asin asinh atan atanh bessel_i0 bessel_i0e bessel_i1 bessel_i1e ceil cos cosh digamma
erf erfc erfcinv erfinv exp expm1 floor lgamma log log1p log_sigmoid ndtri negative reciprocal reciprocal_no_nan rint
round rsqrt sigmoid sign sin sinh sqrt square tan tanh conj"""
_register_unary(_MATH, _TF_MATH, "x", "same")
_register_unary(_MATH, "abs", "x", "")
_register_unary(_MATH, "angle imag real", "input", "")
_register_unary(_MATH, "is_finite is_inf is_nan logical_not", "x", "bool")
_register_unary(_MATH, "softplus", "features", "same")
_register_unary(
    "tf.math.special tf.compat.v1.math.special",
    "bessel_j0 bessel_j1 bessel_k0 bessel_k0e bessel_k1 bessel_k1e bessel_y0 bessel_y1 dawsn expint fresnel_cos "
    "fresnel_sin spence",
    "x",
    "same",
)
_register_unary("tf.compat.v1.nn", "leaky_relu relu6 silu", "features", "same")
_register_unary("tf.nn", "elu gelu leaky_relu relu relu6 selu silu softsign", "features", "same")
_register_unary("tf", "guarantee_const", "input", "same")
_register_unary("tf.compat.v1", "Print", "input_", "same")
_register_unary("tf.compat.v1.nn", "dropout", "x", "same")
_register_unary("tf.bitwise", "invert", "x", "same")
_register_unary("tf.linalg", "expm sqrtm", "input", "same")
_register_unary("tf.nn", "local_response_normalization", "input", "same")
_register_unary("tf.nn", "dropout", "x", "same")
_register_unary("keras.random", "dropout", "inputs", "same")
_register_unary("tf.nn.experimental", "general_dropout stateless_dropout", "x", "same")
_register_unary("tf.quantization", "quantize_and_dequantize_v2", "input", "same")
_register_unary(
    "tf.quantization",
    "fake_quant_with_min_max_args fake_quant_with_min_max_vars fake_quant_with_min_max_vars_per_channel",
    "inputs",
    "same",
)
_register_unary("keras.ops", "convert_to_numpy", "x", "same")
_register_unary("tf.math", "invert_permutation", "x", "same")

_ARITHMETIC = {name: name for name in ARITHMETIC} | {"floordiv": "floor_divide", "floormod": "mod"}

_KERAS_BINARY = """add subtract multiply maximum minimum mod floor_divide power fmax fmin fmod gcd lcm heaviside
divide_no_nan ldexp"""
_KERAS_BINARY_FLOAT = "divide true_divide arctan2 hypot logaddexp logaddexp2 nextafter"
_KERAS_COMPARE = """equal not_equal greater greater_equal less less_equal logical_and logical_or logical_xor isclose"""
_register_binary("keras.ops", _KERAS_BINARY, ("x1", "x2"), "same", _ARITHMETIC)
_register_binary("keras.ops", _KERAS_BINARY_FLOAT, ("x1", "x2"), "", {})
_register_binary("keras.ops", _KERAS_COMPARE, ("x1", "x2"), "bool", {})
_register_binary(
    "keras.ops",
    "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift",
    ("x", "y"),
    "",
    {},
)

_TF_BINARY = """add subtract multiply maximum minimum floordiv floormod multiply_no_nan divide_no_nan pow
squared_difference xdivy xlog1py xlogy"""
_register_binary(_MATH, _TF_BINARY, ("x", "y"), "same", _ARITHMETIC)
_register_binary(_MATH, "divide truediv", ("x", "y"), "", {})
_register_binary(_MATH, "atan2", ("y", "x"), "", {})
_register_binary(_MATH, "nextafter", ("x1", "x2"), "", {})
_register_binary(_MATH, "igamma igammac polygamma", ("a", "x"), "", {})
_register_binary(_MATH, "zeta", ("x", "q"), "", {})
_register_binary(
    _MATH,
    "equal not_equal greater greater_equal less less_equal logical_and logical_or logical_xor",
    ("x", "y"),
    "bool",
    {},
)
_register_binary("tf.bitwise", "bitwise_and bitwise_or bitwise_xor left_shift right_shift", ("x", "y"), "same", {})
_register_binary("tf", "realdiv truncatediv truncatemod", ("x", "y"), "same", {})
_register_binary("tf.dtypes", "complex", ("real", "imag"), "complex", {})
_register_binary(_MATH, "scalar_mul", ("scalar", "x"), "", {})
_register_binary("tf.compat.v1", "scalar_mul", ("scalar", "x"), "", {})
_register_binary("tf.compat.v1", "div floor_div", ("x", "y"), "", {})

_register_binary("keras.backend", "pow", ("x", "a"), "", {})
_register_binary("keras.backend", "maximum minimum", ("x", "y"), "", _ARITHMETIC)
_register_binary("keras.backend", "equal not_equal greater greater_equal less less_equal", ("x", "y"), "bool", {})

op("tf.clip_by_value", family=Family.ELEMENTWISE, operand="t")(Several(("t", "clip_value_min", "clip_value_max")))
op("keras.ops.clip", family=Family.ELEMENTWISE)(Several(("x", "x_min", "x_max")))
op("tf.math.betainc", family=Family.ELEMENTWISE, operand="a")(Several(("a", "b", "x")))
op("tf.nn.batch_normalization", family=Family.ELEMENTWISE)(
    Several(("x", "mean", "variance", "offset", "scale"), "same")
)


@op("tf.math.add_n", "tf.math.accumulate_n", family=Family.ELEMENTWISE, operand="inputs")
def add_n(call: OpCall) -> TensorSpec:
    """The sum of a list of tensors of one shape."""
    given = tensors(argument(call, "inputs"))
    if not given:
        return unknown_like(tensor(argument(call, "inputs")))
    known = [operand for operand in given if operand.shape.dims is not None] or given
    return result(known[0].shape, given[0].dtype, *given)


@op("keras.ops.cast", "keras.ops.saturate_cast", "keras.backend.cast", family=Family.ELEMENTWISE, operand="x")
@op("tf.cast", family=Family.ELEMENTWISE, operand="x")
def cast(call: OpCall) -> TensorSpec:
    """The operand in another dtype; a size stays that size as an integer."""
    return cast_to(tensor(argument(call, "x")), dtype_name(argument(call, "dtype")))


@op("tf.dtypes.saturate_cast", family=Family.ELEMENTWISE, operand="value")
def saturate_cast(call: OpCall) -> TensorSpec:
    """The operand in another dtype, clipped to what that can hold."""
    return cast_to(tensor(argument(call, "value")), dtype_name(argument(call, "dtype")))


@op("keras.ops.polar", family=Family.ELEMENTWISE, operand="abs_")
def polar(call: OpCall) -> TensorSpec:
    """Complex numbers; Keras infers real ones for KerasTensors."""
    length, angle = tensor(argument(call, "abs_")), tensor(argument(call, "angle"))
    return result(broadcast_operands(length, angle), None, length, angle)


@op("keras.ops.view_as_complex")
def view_as_complex(call: OpCall) -> TensorSpec:
    """Pairs of numbers along the last axis, each made a complex one."""
    x = tensor(argument(call, "x"))
    return result(Shape(x.shape.dims[:-1] if x.shape.dims else None), None, x)


@op("keras.ops.view_as_real")
def view_as_real(call: OpCall) -> TensorSpec:
    """Complex numbers, each made a pair on a new last axis."""
    x = tensor(argument(call, "x"))
    return result(Shape(None if x.shape.dims is None else (*x.shape.dims, 2)), None, x)


@op("keras.ops.allclose", operand="x1")
def allclose(call: OpCall) -> TensorSpec:
    """One truth value."""
    x, y = tensor(argument(call, "x1")), tensor(argument(call, "x2"))
    return result(Shape(()), "bool", x, y)


@op("tf.histogram_fixed_width_bins", family=Family.ELEMENTWISE, operand="values")
def histogram_bins(call: OpCall) -> TensorSpec:
    """The number of the bin of each element."""
    x = tensor(argument(call, "values"))
    return result(x.shape, dtype_name(argument(call, "dtype"), "int32"), x)


@op("tf.bitcast", family=Family.ELEMENTWISE, operand="input")
def bitcast(call: OpCall) -> TensorSpec:
    """The operand's bits read as another dtype: an axis appears or goes where the widths differ."""
    return unknown_like(tensor(argument(call, "input")))


@op("keras.ops.view", family=Family.ELEMENTWISE)
def view(call: OpCall) -> TensorSpec:
    """The operand's bits read as another dtype: the last axis changes where the widths differ."""
    x = tensor(argument(call, "x"))
    return unknown_like(x) if argument(call, "dtype") is not None else x


def cast_to(x: TensorSpec, dtype: str | None) -> TensorSpec:
    """``x`` in another dtype."""
    return TensorSpec(x.shape, dtype, None if dtype == "bool" else x.content, x.keras_tensor)


def _register_casts() -> None:
    names = {
        "to_bfloat16": "bfloat16",
        "to_complex128": "complex128",
        "to_complex64": "complex64",
        "to_double": "float64",
        "to_float": "float32",
        "to_int32": "int32",
        "to_int64": "int64",
    }
    for name, dtype in names.items():
        op(f"tf.compat.v1.{name}", family=Family.ELEMENTWISE)(CastTo("x", dtype))
    op("keras.backend.cast_to_floatx", family=Family.ELEMENTWISE)(CastTo("x", "float32"))


@immutable()
class CastTo:
    """A cast to one fixed dtype."""

    operand: str
    dtype: str

    def __call__(self, call: OpCall) -> TensorSpec:
        """The operand in that dtype."""
        return cast_to(tensor(argument(call, self.operand)), self.dtype)


_register_casts()


@op("tf.identity", "tf.stop_gradient", family=Family.ELEMENTWISE, operand="input")
def identity(call: OpCall) -> TensorSpec:
    """The operand, its value included."""
    return tensor(argument(call, "input"))


@op("keras.ops.convert_to_tensor", "keras.ops.array", family=Family.ELEMENTWISE, operand="x")
def convert_to_tensor(call: OpCall) -> TensorSpec:
    """The operand as a tensor, its value included."""
    return as_tensor(argument(call, "x"), argument(call, "dtype"))


@op("tf.convert_to_tensor", "tf.compat.v1.convert_to_tensor", family=Family.ELEMENTWISE, operand="value")
def tf_convert_to_tensor(call: OpCall) -> TensorSpec:
    """The operand as a tensor, its value included."""
    return as_tensor(argument(call, "value"), argument(call, "dtype"))


def as_tensor(value: Any, dtype: Any) -> TensorSpec:
    """``value`` made a tensor of ``dtype``, or of its own where that is None."""
    x = tensor(value)
    own = x.dtype if isinstance(value, TensorSpec) else None
    return TensorSpec(x.shape, dtype_name(dtype, own), x.content, x.keras_tensor)
