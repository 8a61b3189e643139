"""Loss and metric functions of Keras: a target met with a prediction, one number left for each sample.

A function is known by its canonical name, which for most losses is one of ``keras.metrics``, and differs between
Keras 2 and Keras 3 for some.
"""

from __future__ import annotations

from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.records import immutable
from kerascheck.semantics.api import OpCall, op
from kerascheck.semantics.ops.arguments import argument, axes_argument, result, tensor
from kerascheck.semantics.ops.axis_rules import without_axes
from kerascheck.semantics.ops.broadcasting import broadcast_operands
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, Unknown, compare
from kerascheck.shapes.shape import UNKNOWN_SHAPE


@immutable()
class Loss:
    """The two operands met element by element, an axis of the result averaged or summed away.

    Attributes:
        axis: the parameter that names the axes, where there is one; without one it is the last.
        equal: whether Keras 3 wants the two of one shape, so that each tells the other's.
    """

    axis: str | None = None
    equal: bool = False

    def __call__(self, call: OpCall) -> TensorSpec:
        """The shape both meet at, without the axis."""
        true, predicted = tensor(argument(call, "y_true")), tensor(argument(call, "y_pred"))
        if self.equal and call.generation == 3:
            met = _one_shape(true, predicted)
        elif true.shape.rank == predicted.shape.rank:
            met = broadcast_operands(true, predicted)
        else:
            # Which of the two loses or gains an axis depends on the version and on sizes of one.
            met = UNKNOWN_SHAPE
        axis = argument(call, self.axis) if self.axis else -1
        if true.keras_tensor or predicted.keras_tensor:
            # Keras infers for `categorical_crossentropy` that the last axis goes, whichever is asked for.
            met = met if axis in (-1, None) or not self.equal else UNKNOWN_SHAPE
        shape = _reduced(met, axis)
        return result(shape, _dtype(predicted), true, predicted)


def _dtype(predicted: TensorSpec) -> str | None:
    """The dtype of the result: half precision some functions of some versions widen, double precision some narrow."""
    return "float32" if predicted.dtype == "float32" else None


def _one_shape(true: TensorSpec, predicted: TensorSpec) -> Shape:
    """What two tensors of one shape tell of it together; raises MERGE where they certainly are not."""
    if true.shape.dims is None or predicted.shape.dims is None:
        return true.shape if predicted.shape.dims is None else predicted.shape
    ranks_differ = len(true.shape.dims) != len(predicted.shape.dims)
    if ranks_differ or any(compare(a, b) is False for a, b in zip(true.shape, predicted.shape, strict=True)):
        raise ShapeProblem(
            ProblemKind.MERGE,
            f"the target {true.shape} and the prediction {predicted.shape} must have the same shape",
            label=f"{true.shape} against {predicted.shape}",
            help="give both one shape",
            operands=(0, 1),
        )
    pairs = zip(true.shape, predicted.shape, strict=True)
    return Shape(tuple(a if isinstance(b, Unknown) else b for a, b in pairs))


def _reduced(shape: Shape, axis: Any) -> Shape:
    """``shape`` without ``axis``; of an axis it does not have nothing is known."""
    axes = axes_argument(axis)
    rank = shape.rank
    if rank is None or isinstance(axes, Unknown):
        return UNKNOWN_SHAPE
    if axes is None:
        return Shape(())
    if any(not -rank <= place < rank for place in axes):
        return UNKNOWN_SHAPE
    return without_axes(shape, tuple({place % rank for place in axes}), keepdims=False)


def _register(names: str, rule: Loss) -> None:
    op(*(f"keras.{name}" for name in names.split()), operand="y_pred")(rule)


_register("metrics.binary_crossentropy metrics.categorical_crossentropy", Loss("axis", equal=True))
_register("metrics.binary_focal_crossentropy", Loss("axis", equal=True))
_register("metrics.categorical_focal_crossentropy losses.cosine_similarity", Loss("axis"))
_register(
    """metrics.categorical_hinge losses.categorical_hinge metrics.hinge metrics.squared_hinge metrics.kl_divergence
    metrics.mean_absolute_error metrics.mean_absolute_percentage_error metrics.mean_squared_error
    metrics.mean_squared_logarithmic_error metrics.poisson losses.huber losses.log_cosh""",
    Loss(),
)
_register("losses.dice losses.tversky", Loss("axis"))
_register("metrics.concordance_correlation metrics.pearson_correlation", Loss("axis"))


@op("keras.metrics.binary_accuracy", operand="y_pred")
def binary_accuracy(call: OpCall) -> TensorSpec:
    """For each element whether it is on the right side of the threshold; Keras 2 averages over the last axis."""
    if call.generation == 2:
        return Loss()(call)
    true, predicted = tensor(argument(call, "y_true")), tensor(argument(call, "y_pred"))
    same_rank = true.shape.rank == predicted.shape.rank
    return result(broadcast_operands(true, predicted) if same_rank else UNKNOWN_SHAPE, "float32", true, predicted)


@op("keras.metrics.sparse_categorical_crossentropy", operand="y_pred")
def sparse_categorical_crossentropy(call: OpCall) -> TensorSpec:
    """One number for each class number: the prediction's shape without the axis of the classes."""
    true, predicted = tensor(argument(call, "y_true")), tensor(argument(call, "y_pred"))
    classes = _reduced(predicted.shape, argument(call, "axis"))
    # Of a prediction of one axis the versions make different things.
    return result(classes if classes.rank else UNKNOWN_SHAPE, _dtype(predicted), true, predicted)


@op("keras.metrics.categorical_accuracy", "keras.metrics.top_k_categorical_accuracy", operand="y_pred")
def categorical_accuracy(call: OpCall) -> TensorSpec:
    """For each sample whether the right class was predicted."""
    return _accuracy(call, 0)


@op("keras.metrics.sparse_categorical_accuracy", operand="y_pred")
@op("keras.metrics.sparse_top_k_categorical_accuracy", operand="y_pred")
def sparse_categorical_accuracy(call: OpCall) -> TensorSpec:
    """For each class number whether it was predicted."""
    return _accuracy(call, 1)


def _accuracy(call: OpCall, fewer: int) -> TensorSpec:
    """The prediction's shape without its last axis, for a target that has ``fewer`` axes than the prediction."""
    true, predicted = tensor(argument(call, "y_true")), tensor(argument(call, "y_pred"))
    dims = predicted.shape.dims
    if dims is None or len(dims) < 2 or true.shape.rank != len(dims) - fewer:
        return result(UNKNOWN_SHAPE, "float32", true, predicted)
    return result(Shape(dims[:-1]), "float32", true, predicted)


@op("keras.losses.circle", "keras.losses.ctc", "keras.losses.categorical_generalized_cross_entropy", operand="y_pred")
def by_sample(call: OpCall) -> TensorSpec:
    """One number for each sample."""
    true, predicted = tensor(argument(call, "y_true")), tensor(argument(call, "y_pred"))
    wanted = 3 if call.name.endswith("ctc") else 2
    dims = predicted.shape.dims
    samples: Dim = dims[0] if dims is not None and len(dims) == wanted else UNKNOWN
    known = not isinstance(samples, Unknown)
    return result(Shape.of(samples) if known else UNKNOWN_SHAPE, _dtype(predicted), true, predicted)
