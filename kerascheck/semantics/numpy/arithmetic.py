"""NumPy's arithmetic: functions of each element, of each pair of elements, reductions, sums on the way, products."""

from __future__ import annotations

from typing import Any

from kerascheck.semantics.api import Structure
from kerascheck.semantics.numpy.api import NumpyCall, rule, with_dtype
from kerascheck.semantics.numpy.dtypes import of_binary, of_unary
from kerascheck.semantics.numpy.literals import as_array
from kerascheck.semantics.numpy.table import result_types
from kerascheck.semantics.ops.arguments import INTEGERS, axes_argument, flag, integer
from kerascheck.semantics.ops.axis_rules import without_axes
from kerascheck.shapes import Shape, TensorSpec, Unknown, broadcast

OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "//": "floor_divide",
    "%": "remainder",
    "**": "power",
    "@": "matmul",
    "==": "equal",
    "!=": "not_equal",
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "&": "bitwise_and",
    "|": "bitwise_or",
    "^": "bitwise_xor",
    "<<": "left_shift",
    ">>": "right_shift",
}
"""The function that each operator calls."""

UNARY_OPERATORS = {"-": "negative", "+": "positive", "~": "invert", "abs": "absolute"}


def met(*operands: TensorSpec) -> Shape:
    """The shape that operands are broadcast to; nothing is known of one that certainly raises."""
    shape: Shape | None = Shape(())
    for operand in operands:
        shape = None if shape is None else broadcast(shape, operand.shape)
    return Shape(None) if shape is None else shape


def operator(symbol: str, left: Any, right: Any) -> TensorSpec:
    """``left symbol right``: the function of the operator, which takes a short way for some powers of whole numbers."""
    found = pairwise(f"numpy.{OPERATORS[symbol]}", left, right)
    shortened = symbol == "**" and isinstance(left, TensorSpec) and not isinstance(right, (TensorSpec, list, tuple))
    if shortened and (left.dtype == "bool" or (left.dtype in INTEGERS and isinstance(right, float))):
        return TensorSpec(found.shape)
    return found


def elementwise(name: str, operand: TensorSpec) -> TensorSpec:
    """What a function of each element gives."""
    return TensorSpec(operand.shape, of_unary(name, operand.dtype))


def pairwise(name: str, left: Any, right: Any) -> TensorSpec:
    """What a function of each pair of elements gives; a product of matrices for ``numpy.matmul``."""
    first, second = as_array(left), as_array(right)
    dtype = of_binary(name, *(as_array(side) if isinstance(side, (list, tuple)) else side for side in (left, right)))
    if name == "numpy.matmul":
        found = NumpyCall(name, {}).twin("keras.ops.matmul", x1=_of_floats(first), x2=_of_floats(second))
        return TensorSpec(found.shape if isinstance(found, TensorSpec) else Shape(None), dtype)
    return TensorSpec(met(first, second), dtype)


def _of_floats(x: TensorSpec) -> TensorSpec:
    return TensorSpec(x.shape, "float32")


_UFUNCS = [
    "abs",
    "absolute",
    "acos",
    "acosh",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "cbrt",
    "ceil",
    "conjugate",
    "conj",
    "copysign",
    "cos",
    "cosh",
    "deg2rad",
    "degrees",
    "divide",
    "equal",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "float_power",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "greater",
    "greater_equal",
    "hypot",
    "invert",
    "isfinite",
    "isinf",
    "isnan",
    "left_shift",
    "less",
    "less_equal",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logaddexp2",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "matmul",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "nextafter",
    "not_equal",
    "positive",
    "pow",
    "power",
    "rad2deg",
    "radians",
    "reciprocal",
    "remainder",
    "right_shift",
    "rint",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "subtract",
    "tan",
    "tanh",
    "true_divide",
    "trunc",
]


@rule(*_UFUNCS)
def ufunc(call: NumpyCall) -> TensorSpec:
    """A function of each element, or of each pair."""
    if call.get("out") is not None:
        return TensorSpec()
    binary = bool(result_types(call.name).binary)
    found = pairwise(call.name, call.get("x1"), call.get("x2")) if binary else None
    found = found or elementwise(call.name, call.array("x"))
    return TensorSpec(found.shape, call.dtype(found.dtype))


@rule("around", "round", "nan_to_num", "real", "imag", "sinc", "angle", "real_if_close", "fix", "i0")
def each_element(call: NumpyCall) -> TensorSpec:
    """Other functions of each element."""
    return elementwise(call.name, call.array("a", "x", "val", "z")) if call.get("out") is None else TensorSpec()


@rule("isclose", "isin", "in1d")
def compared(call: NumpyCall) -> TensorSpec:
    """A truth value for each element."""
    second = call.array("b") if call.name == "numpy.isclose" else TensorSpec(Shape(()))
    return TensorSpec(met(call.array("a", "element", "ar1"), second), "bool")


@rule("clip")
def clip(call: NumpyCall) -> TensorSpec:
    """Each element, kept between two bounds."""
    x = call.array("a")
    bounds = [call.get(*names) for names in (("a_min", "min"), ("a_max", "max"))]
    if call.get("out") is not None:
        return TensorSpec()
    dtype = x.dtype
    for bound in bounds:
        if bound is not None:
            dtype = of_binary("numpy.maximum", TensorSpec(x.shape, dtype), bound)
    return TensorSpec(met(x, *(as_array(bound) for bound in bounds if bound is not None)), dtype)


@rule(
    "all", "any", "amax", "amin", "count_nonzero", "linalg.norm", "max", "mean", "median", "min", "nanmax", "nanmean",
    "nanmedian", "nanmin", "nanstd", "nansum", "nanvar", "prod", "ptp", "std", "sum", "var", "argmax", "argmin",
    "nanargmax", "nanargmin", "nanprod",
)  # fmt: skip
def reduction(call: NumpyCall) -> TensorSpec:
    """An axis, or several, or all of them, taken away."""
    x = call.array("a", "x")
    dtype = call.dtype(of_unary(call.name, x.dtype))
    shape = _reduced(x.shape, call.get("axis"), flag(call.get("keepdims", default=False)))
    return TensorSpec(shape if call.get("out") is None else Shape(None), dtype)


@rule("average")
def average(call: NumpyCall) -> Structure:
    """The mean, of which the weights decide nothing but the dtype."""
    x = call.array("a")
    dtype = of_unary("numpy.mean", x.dtype) if call.get("weights") is None else None
    found = TensorSpec(_reduced(x.shape, call.get("axis"), flag(call.get("keepdims", default=False))), dtype)
    return found if call.get("returned", default=False) is False else None


@rule("percentile", "quantile", "nanpercentile", "nanquantile")
def quantile(call: NumpyCall) -> TensorSpec:
    """The array without the axis, once for each of ``q``."""
    x, q = call.array("a"), call.array("q")
    shape = _reduced(x.shape, call.get("axis"), flag(call.get("keepdims", default=False)))
    known = q.shape.dims is not None and shape.dims is not None
    return TensorSpec(Shape((*(q.shape.dims or ()), *(shape.dims or ()))) if known else Shape(None))


def _reduced(shape: Shape, axis: Any, keepdims: bool | None) -> Shape:
    axes = axes_argument(axis)
    if shape.dims is None or keepdims is None or isinstance(axes, Unknown):
        return Shape(None)
    rank = len(shape.dims)
    given = tuple(range(rank)) if axes is None else axes
    if any(not -rank <= place < rank for place in given):
        return Shape(None)
    return without_axes(shape, tuple({place % rank for place in given}), keepdims=keepdims)


@rule("cumsum", "cumprod", "nancumsum", "nancumprod", "sort", "argsort")
def along(call: NumpyCall) -> TensorSpec:
    """The same shape, worked through along an axis; flattened where that is None."""
    x = call.array("a")
    dtype = call.dtype(of_unary(call.name, x.dtype))
    axis = call.get("axis")
    if axis is None:
        return TensorSpec(Shape.of(x.shape.size), dtype)
    place, rank = integer(axis), x.shape.rank
    valid = rank is None or place is None or -rank <= place < rank
    return TensorSpec(x.shape if valid and call.get("out") is None else Shape(None), dtype)


@rule("diff")
def diff(call: NumpyCall) -> Structure:
    """Differences of neighbours along an axis."""
    if call.get("prepend") is not None or call.get("append") is not None:
        return TensorSpec()
    x = call.array("a")
    found = call.twin("keras.ops.diff", a=x, n=call.get("n", default=1), axis=call.get("axis", default=-1))
    return with_dtype(found, of_unary("numpy.diff", x.dtype))


@rule("dot", "inner", "outer", "vdot", "kron", "tensordot")
def product(call: NumpyCall) -> Structure:
    """A product of two arrays."""
    left, right = call.array("a"), call.array("b", "other")
    name = call.name.split(".")[-1]
    more = {"axes": call.get("axes", default=2)} if name == "tensordot" else {}
    found = call.twin(f"keras.ops.{name}", x1=_of_floats(left), x2=_of_floats(right), **more)
    return with_dtype(found, of_binary("numpy.multiply", left, right) if left.shape.rank and right.shape.rank else None)


@rule("einsum")
def einsum(call: NumpyCall) -> Structure:
    """The sum that the equation writes."""
    given = call.get("operands", default=())
    if not given or not isinstance(given[0], str) or call.get("out") is not None:
        return TensorSpec()
    operands = tuple(_of_floats(as_array(value)) for value in given[1:])
    found = call.twin("keras.ops.einsum", subscripts=given[0], operands=operands)
    dtypes = {as_array(value).dtype for value in given[1:]}
    return with_dtype(found, dtypes.pop() if len(dtypes) == 1 else None)


@rule("trace")
def trace(call: NumpyCall) -> Structure:
    """The sum of a diagonal."""
    axes = {name: call.get(name, default=place) for place, name in enumerate(("axis1", "axis2"))}
    x = call.array("a")
    return with_dtype(call.twin("keras.ops.trace", x=x, offset=0, **axes), of_unary("numpy.trace", x.dtype))


@rule("linalg.inv", "linalg.pinv", "cov", "corrcoef", "interp", "convolve", "correlate", "cross")
def not_followed(call: NumpyCall) -> TensorSpec:
    """An array, the shape of which is not followed."""
    return TensorSpec()
