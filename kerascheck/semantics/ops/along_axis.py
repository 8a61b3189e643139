"""Functions that keep the shape and mix the elements along one axis: softmax, cumsum, sort, flip, roll, normalise."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import FLOATS, argument, dtype_name, integer, normal_axis, result, tensor
from kerascheck.semantics.ops.axis_rules import AxisRule, Missing
from kerascheck.semantics.ops.dtypes import floating
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int
from kerascheck.shapes.tensor import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class AlongAxis(AxisRule):
    """Keeps the shape, unless it flattens for want of an axis.

    Attributes:
        dtype: "same", "float", a dtype's name, or "" where only a float operand's is certain.
        flattens: whether the result is one-dimensional where no axis is given.
        strict: whether an axis that the operand does not have raises.
        reverses: whether the values of a shape are kept, turned round.
        takes_numbers: whether a number that is no KerasTensor counts as a vector of one element.
    """

    dtype: str = "same"
    flattens: bool = False
    strict: bool = True
    reverses: bool = False
    takes_numbers: bool = False

    def __call__(self, call: OpCall) -> TensorSpec:
        """The operand's shape."""
        x = tensor(argument(call, self.operand))
        dtype = self._dtype(call, x.dtype)
        given = self.given(call.arguments)
        if self.flattens and not isinstance(given, tuple):
            return result(Shape.of(x.shape.size) if given is None else Shape(None), dtype, x)
        if self.takes_numbers and x.shape.rank == 0 and not x.keras_tensor:
            return result(Shape.of(1), dtype, x)
        if x.shape.rank is not None and self.strict:
            self.axes(call.arguments, x.shape.rank, strict=True)
        return result(x.shape, dtype, x, content=self._content(x))

    def _dtype(self, call: OpCall, dtype: str | None) -> str | None:
        match self.dtype:
            case "same":
                return dtype
            case "float":
                return floating(call.name, dtype)
            case "":
                return dtype if dtype in FLOATS else None
        return self.dtype

    def _content(self, x: TensorSpec) -> Content | None:
        if self.reverses and x.shape.rank == 1 and isinstance(x.content, tuple):
            return tuple(reversed(x.content))
        return None


def _register(names: str, rule: AlongAxis, family: Family = Family.SAMPLE_MIXING) -> None:
    axis = rule.axis[0] if rule.axis else None
    op(*names.split(), family=family, operand=rule.operand, axis=axis)(rule)


_LAST = Missing.LAST

_register("keras.ops.softmax keras.ops.log_softmax", AlongAxis(missing=Missing.ALL, dtype=""))
_register("keras.ops.sparsemax keras.activations.sparsemax", AlongAxis(missing=_LAST, dtype=""))
_register("keras.activations.softmax keras.activations.log_softmax", AlongAxis(missing=_LAST, dtype=""))
_register(
    "keras.ops.cumsum keras.ops.cumprod keras.ops.nancumsum keras.ops.nancumprod",
    AlongAxis(missing=Missing.FLATTEN, flattens=True, dtype=""),
)
_register("keras.ops.sort", AlongAxis(missing=Missing.FLATTEN, flattens=True))
_ARGUMENTS = AlongAxis(missing=Missing.FLATTEN, flattens=True, dtype="int32")
_register("keras.ops.argsort", replace(_ARGUMENTS, takes_numbers=True))
_register("keras.ops.argpartition", _ARGUMENTS)
_register("keras.ops.flip", AlongAxis(reverses=True))
_register("keras.ops.roll", AlongAxis(missing=Missing.FLATTEN))
_register("keras.ops.normalize", AlongAxis(missing=_LAST, dtype="float"))
_register("keras.ops.rms_normalization keras.ops.layer_normalization", AlongAxis(missing=_LAST, dtype="", strict=False))
_register("keras.random.shuffle", AlongAxis(missing=Missing.FIRST), Family.SHUFFLE)

_register("keras.backend.softmax", AlongAxis(missing=_LAST, dtype=""))
_register("keras.backend.cumsum keras.backend.cumprod", AlongAxis(missing=Missing.FIRST, dtype=""))
_register("keras.backend.l2_normalize", AlongAxis(dtype=""))
_register("keras.backend.reverse", AlongAxis(axis=("axes",), reverses=True))

_register("tf.nn.softmax tf.nn.log_softmax", AlongAxis(operand="logits", missing=_LAST))
_register(
    "tf.compat.v1.nn.softmax tf.compat.v1.nn.log_softmax",
    AlongAxis(operand="logits", axis=("axis", "dim"), missing=_LAST),
)
_register("tf.math.cumsum tf.math.cumprod tf.math.cumulative_logsumexp", AlongAxis(missing=Missing.FIRST))
_register("tf.sort", AlongAxis(operand="values", missing=_LAST))
_register("tf.argsort", AlongAxis(operand="values", missing=_LAST, dtype="int32"))
_register("tf.reverse", AlongAxis(operand="tensor", reverses=True))
_register("tf.roll", AlongAxis(operand="input"))
_register("tf.math.l2_normalize", AlongAxis(axis=("axis", "dim")))
_register(
    "tf.random.shuffle tf.random.experimental.stateless_shuffle",
    AlongAxis(operand="value", axis=(), missing=Missing.FIRST),
    Family.SHUFFLE,
)
_register("tf.clip_by_norm", AlongAxis(operand="t", axis=("axes",)))
_register("tf.compat.v1.clip_by_average_norm", AlongAxis(operand="t", axis=()))
_register("tf.reverse_sequence", AlongAxis(operand="input", axis=("seq_axis",), missing=Missing.FIRST))
_register("keras.ops.fliplr", AlongAxis(axis=(), missing=Missing.LAST))
_register("keras.ops.flipud", AlongAxis(axis=(), missing=Missing.FIRST))


@dataclass(frozen=True, slots=True, kw_only=True)
class TopK(AxisRule):
    """The ``k`` largest along the last axis, and where they are."""

    axis: tuple[str, ...] = ()
    missing: Missing = Missing.LAST
    index_type: str | None = None

    def __call__(self, call: OpCall) -> tuple[TensorSpec, TensorSpec]:
        """Values and indices, both with ``k`` for the last size."""
        x = tensor(argument(call, self.operand))
        k = integer(argument(call, "k"))
        indices = dtype_name(argument(call, self.index_type), "int32") if self.index_type else "int32"
        if not x.shape.dims:
            return result(Shape(None), x.dtype, x), result(Shape(None), indices, x)
        last = as_int(x.shape.dims[-1])
        if k is not None and last is not None and k > last:
            raise ShapeProblem(
                ProblemKind.AXIS,
                f"top_k with k={k} on {x.shape}, whose last axis has {last} elements",
                label=f"{k} of {last}",
                help=f"use a k of at most {last}",
                operands=(0,),
            )
        size: Dim = UNKNOWN if k is None else k
        shape = Shape((*x.shape.dims[:-1], size))
        return result(shape, x.dtype, x), result(shape, indices, x)


op("keras.ops.top_k", family=Family.SAMPLE_MIXING)(TopK())
op("tf.math.top_k", family=Family.SAMPLE_MIXING, operand="input")(TopK(operand="input", index_type="index_type"))


@op("keras.ops.glu", "keras.activations.glu", family=Family.SAMPLE_MIXING, axis="axis")
def glu(call: OpCall) -> TensorSpec:
    """Half of the axis gates the other half."""
    x = tensor(argument(call, "x"))
    axis = integer(argument(call, "axis"))
    if x.shape.rank is None or axis is None:
        return x.with_shape(Shape(None))
    place = normal_axis(axis, x.shape.rank, x.shape)
    return result(x.shape.replace(place, (x.shape.dims or ())[place] // 2), x.dtype, x)


@op("tf.nn.crelu", "tf.compat.v1.nn.crelu", operand="features", axis="axis")
def crelu(call: OpCall) -> TensorSpec:
    """The positive and the negative part, joined on the axis."""
    x = tensor(argument(call, "features"))
    axis = integer(argument(call, "axis"))
    if x.shape.rank is None or axis is None:
        return x.with_shape(Shape(None))
    place = normal_axis(axis, x.shape.rank, x.shape)
    return result(x.shape.replace(place, (x.shape.dims or ())[place] * 2), x.dtype, x)


@op("tf.linalg.normalize", family=Family.SAMPLE_MIXING, operand="tensor", axis="axis")
def normalize(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """The operand by its norm, and the norm with its axes kept."""
    x = tensor(argument(call, "tensor"))
    if x.shape.rank is None:
        return x, x.with_shape(Shape(None))
    axes = AxisRule(operand="tensor").axes(call.arguments, x.shape.rank, strict=True)
    norm = Shape(tuple(1 if axes and place in axes else dim for place, dim in enumerate(x.shape.dims or ())))
    return result(x.shape, x.dtype, x), result(norm if axes is not None else Shape(None), x.dtype, x)


@op("keras.ops.diff", operand="a", axis="axis")
def diff(call: OpCall) -> TensorSpec:
    """Differences of neighbours along the axis, ``n`` times."""
    x = tensor(argument(call, "a"))
    axis, times = integer(argument(call, "axis")), integer(argument(call, "n"))
    if x.shape.rank is None or axis is None or times is None:
        return x.with_shape(Shape(None))
    place = normal_axis(axis, x.shape.rank, x.shape)
    size = (x.shape.dims or ())[place] - times
    number = as_int(size)
    return result(x.shape.replace(place, size if number is None else max(number, 0)), x.dtype, x)
