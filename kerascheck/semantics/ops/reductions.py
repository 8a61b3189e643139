"""Functions that reduce axes away: sums, means, extrema, norms, moments, arg-extrema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import (
    FLOATS,
    argument,
    dtype_name,
    first_given,
    flag,
    integer,
    result,
    sizes,
    tensor,
    tensors,
    unknown_like,
)
from kerascheck.semantics.ops.axis_rules import AxisRule, Missing, without_axes
from kerascheck.semantics.ops.broadcasting import broadcast_operands
from kerascheck.semantics.ops.contents import ARITHMETIC, total
from kerascheck.semantics.ops.dtypes import floating
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.shapes.tensor import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction(AxisRule):
    """Reduces axes away.

    Attributes:
        keepdims: the parameters that may ask for the axes to stay, with size one.
        dtype: "same" as the operand's, "float", a dtype's name, or "" where only a float operand's is certain.
        dtype_argument: the parameter that names the result's dtype, where there is one.
        arithmetic: for a reduction of a shape to a size, the function of two sizes and what it starts from.
        outputs: how many results of that shape there are, as a tuple; 0 for one tensor by itself.
    """

    keepdims: tuple[str, ...] = ("keepdims",)
    dtype: str = "same"
    dtype_argument: str | None = None
    arithmetic: tuple[str, int] | None = None
    outputs: int = 0

    def __call__(self, call: OpCall) -> TensorSpec | tuple[TensorSpec, ...]:
        """The operand without the reduced axes."""
        x = tensor(argument(call, self.operand))
        dtype = self._dtype(call, x.dtype)
        shape = self._shape(call.arguments, x)
        reduced = result(shape, dtype, x, content=self._content(shape, x))
        return (reduced,) * self.outputs if self.outputs else reduced

    def _shape(self, arguments: Mapping[str, Any], x: TensorSpec) -> Shape:
        keepdims = flag(first_given(arguments, *self.keepdims)) if self.keepdims else False
        if x.shape.rank is None:
            everything = self.given(arguments) is None and self.missing in {Missing.ALL, Missing.FLATTEN}
            return Shape(()) if everything and keepdims is False else Shape(None)
        axes = self.axes(arguments, x.shape.rank, strict=True)
        if axes is None or keepdims is None:
            return self._of_unknown_axes(arguments, x.shape.rank, keepdims)
        return without_axes(x.shape, axes, keepdims=keepdims)

    def _of_unknown_axes(self, arguments: Mapping[str, Any], rank: int, keepdims: bool | None) -> Shape:
        listed = sizes(first_given(arguments, *self.axis))
        if keepdims is True:
            return Shape((UNKNOWN,) * rank)
        if keepdims is False and listed is not None and len(listed) == 1:
            return Shape((UNKNOWN,) * (rank - 1)) if rank else Shape(None)
        return Shape(None)

    def _dtype(self, call: OpCall, dtype: str | None) -> str | None:
        if self.dtype_argument is not None:
            return dtype_name(argument(call, self.dtype_argument), self.dtype or None)
        match self.dtype:
            case "same":
                return dtype
            case "float":
                return floating(call.name, dtype)
            case "":
                return dtype if dtype in FLOATS else None
        return self.dtype

    def _content(self, shape: Shape, x: TensorSpec) -> Content | None:
        if self.arithmetic is None or shape.rank != 0 or x.shape.rank != 1:
            return None
        name, start = self.arithmetic
        return total(x.content, ARITHMETIC[name], start)


def _register(prefix: str, names: str, rule: Reduction, family: Family = Family.REDUCTION) -> None:
    for name in names.split():
        axis = rule.axis[0] if rule.axis else None
        op(f"{prefix}.{name}", family=family, operand=rule.operand, axis=axis)(rule)


_SUM = ("add", 0)
_PRODUCT = ("multiply", 1)

_register("keras.ops", "amax amin max min nanmax nanmin ptp nansum nanprod", Reduction(dtype=""))
_register("keras.ops", "sum", Reduction(dtype="", arithmetic=_SUM))
_register("keras.ops", "prod", Reduction(dtype="", arithmetic=_PRODUCT))
_register("keras.ops", "mean std var median nanmean nanmedian nanstd nanvar logsumexp", Reduction(dtype="float"))
_register("keras.ops", "all any", Reduction(dtype="bool"))
_register("keras.ops", "argmax argmin nanargmax nanargmin", Reduction(dtype="int32", missing=Missing.FLATTEN))
_register("keras.ops", "count_nonzero", Reduction(dtype="int32", keepdims=()))
_register("keras.ops", "norm", Reduction(dtype="float"))
_register("keras.ops", "moments", Reduction(axis=("axes",), outputs=2), Family.STATISTICS)

_TF = "reduce_sum reduce_prod reduce_max reduce_min reduce_mean reduce_std reduce_variance reduce_logsumexp"
_TF_V1 = ("axis", "reduction_indices")
_KEEP_V1 = ("keepdims", "keep_dims")


def _register_tf() -> None:
    for name in _TF.split():
        arithmetic = {"reduce_sum": _SUM, "reduce_prod": _PRODUCT}.get(name)
        _register("tf.math", name, Reduction(operand="input_tensor", arithmetic=arithmetic))
        rule = Reduction(operand="input_tensor", axis=_TF_V1, keepdims=_KEEP_V1, arithmetic=arithmetic)
        _register("tf.compat.v1.math", name, rule)
        if name not in {"reduce_std", "reduce_variance"}:
            _register("tf.compat.v1", name, rule)
    _register("tf.math", "reduce_euclidean_norm", Reduction(operand="input_tensor"))
    _register("tf.compat.v1.math", "reduce_euclidean_norm", Reduction(operand="input_tensor"))
    _register("tf.math", "reduce_all reduce_any", Reduction(operand="input_tensor", dtype="bool"))
    boolean = Reduction(operand="input_tensor", axis=_TF_V1, keepdims=_KEEP_V1, dtype="bool")
    _register("tf.compat.v1.math", "reduce_all reduce_any", boolean)
    _register("tf.compat.v1", "reduce_all reduce_any", boolean)
    _register("tf.math", "count_nonzero", Reduction(operand="input", dtype="int64", dtype_argument="dtype"))
    rule = Reduction(operand="input", keepdims=(), dtype="int64", missing=Missing.FIRST, dtype_argument="output_type")
    _register("tf.math", "argmax argmin", rule)
    rule = Reduction(
        operand="input",
        axis=("axis", "dimension"),
        keepdims=(),
        dtype="int64",
        missing=Missing.FIRST,
        dtype_argument="output_type",
    )
    _register("tf.compat.v1.math", "argmax argmin", rule)
    _register("tf", "norm", Reduction(operand="tensor"))
    _register("tf.compat.v1", "norm", Reduction(operand="tensor", keepdims=_KEEP_V1))
    _register("tf.math", "zero_fraction", Reduction(operand="value", axis=(), keepdims=(), dtype="float32"))
    _register("tf.nn", "l2_loss", Reduction(operand="t", axis=(), keepdims=()))
    _register("tf.math", "lbeta", Reduction(axis=(), keepdims=(), missing=Missing.LAST))
    _register("tf.nn", "moments", Reduction(axis=("axes",), outputs=2), Family.STATISTICS)
    rule = Reduction(axis=("axes",), keepdims=_KEEP_V1, outputs=2)
    _register("tf.compat.v1.nn", "moments", rule, Family.STATISTICS)


def _register_backend() -> None:
    _register("keras.backend", "sum", Reduction(dtype="", arithmetic=_SUM))
    _register("keras.backend", "prod", Reduction(dtype="", arithmetic=_PRODUCT))
    _register("keras.backend", "max min mean std var", Reduction(dtype=""))
    _register("keras.backend", "all any", Reduction(dtype="bool"))
    _register("keras.backend", "argmax argmin", Reduction(keepdims=(), dtype="int64", missing=Missing.LAST))


_register_tf()
_register_backend()


@op("keras.ops.average", family=Family.REDUCTION, axis="axis")
def average(call: OpCall) -> TensorSpec:
    """The weighted mean; the weights are of the operand's shape, or one-dimensional along the axis."""
    reduced = Reduction(dtype="")(call)
    return reduced if isinstance(reduced, TensorSpec) else reduced[0]


@op("keras.ops.quantile", "keras.ops.percentile", "keras.ops.nanquantile", family=Family.REDUCTION, axis="axis")
@op("keras.ops.nanpercentile", family=Family.REDUCTION, axis="axis")
def quantile(call: OpCall) -> TensorSpec:
    """The reduced shape, with the shape of ``q`` put before it."""
    reduced = Reduction(dtype="")(call)
    q = tensor(argument(call, "q")).shape.dims
    if not isinstance(reduced, TensorSpec) or q is None or reduced.shape.dims is None:
        return unknown_like(tensor(argument(call, "x")))
    return reduced.with_shape(Shape((*q, *reduced.shape.dims)))


@op("tf.linalg.global_norm", family=Family.REDUCTION, operand="t_list")
def global_norm(call: OpCall) -> TensorSpec:
    """One number for a list of tensors."""
    given = tensors(argument(call, "t_list")) or []
    return result(Shape(()), given[0].dtype if given else None, *given)


@op("tf.nn.weighted_moments", "tf.compat.v1.nn.weighted_moments", family=Family.STATISTICS, axis="axes")
def weighted_moments(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """Mean and variance over the axes, the weights broadcast to the operand."""
    x, weights = tensor(argument(call, "x")), tensor(argument(call, "frequency_weights"))
    operand = result(broadcast_operands(x, weights), x.dtype, x, weights)
    rule = Reduction(axis=("axes",), keepdims=_KEEP_V1)
    reduced = rule(OpCall(call.name, call.generation, {**call.arguments, "x": operand}))
    found = reduced if isinstance(reduced, TensorSpec) else reduced[0]
    return found, found


@op("keras.ops.trapezoid", family=Family.REDUCTION, operand="y", axis="axis")
def trapezoid(call: OpCall) -> TensorSpec:
    """The integral along one axis."""
    reduced = Reduction(operand="y", keepdims=(), dtype="")(call)
    return reduced if isinstance(reduced, TensorSpec) else reduced[0]


@op("keras.ops.trace", family=Family.REDUCTION)
def trace(call: OpCall) -> TensorSpec:
    """The sum along the diagonal of two axes."""
    x = tensor(argument(call, "x"))
    axes = integer(argument(call, "axis1")), integer(argument(call, "axis2"))
    rank = x.shape.rank
    if rank is None or axes[0] is None or axes[1] is None or not all(-rank <= axis < rank for axis in axes if axis):
        return unknown_like(x)
    pair = tuple(axis % rank for axis in axes if axis is not None)
    return result(without_axes(x.shape, pair, keepdims=False), x.dtype if x.dtype in FLOATS else None, x)


@op("tf.linalg.trace", "tf.compat.v1.linalg.trace", family=Family.REDUCTION)
def matrix_trace(call: OpCall) -> TensorSpec:
    """The sum along the diagonal of the last two axes."""
    x = tensor(argument(call, "x"))
    return x.with_shape(Shape(x.shape.dims[:-2])) if (x.shape.rank or 0) >= 2 and x.shape.dims else unknown_like(x)
