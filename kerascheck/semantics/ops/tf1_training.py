"""TensorFlow 1's losses and metrics, gradients, and the ops that write variables."""

from __future__ import annotations

from typing import Any

from kerascheck.semantics.api import Family, OpCall, Structure, op
from kerascheck.semantics.ops.arguments import SCALAR, argument, result, tensor, unknown_like
from kerascheck.shapes import Shape, TensorSpec

_LOSSES = """absolute_difference compute_weighted_loss cosine_distance hinge_loss huber_loss log_loss
mean_pairwise_squared_error mean_squared_error sigmoid_cross_entropy softmax_cross_entropy
sparse_softmax_cross_entropy"""
_REDUCING = frozenset(
    {"weighted_sum", "weighted_sum_over_batch_size", "weighted_mean", "weighted_sum_by_nonzero_weights"}
)
"""The values of TensorFlow 1's ``Reduction`` that leave one number."""

_SCALAR_METRICS = """accuracy auc false_negatives false_positives mean mean_absolute_error mean_squared_error
percentage_below precision recall root_mean_squared_error true_negatives true_positives"""


@op(*(f"tf.compat.v1.losses.{name}" for name in _LOSSES.split()), family=Family.REDUCTION, operand="labels")
def loss(call: OpCall) -> TensorSpec:
    """One number, weighted and summed over all; not so with ``reduction="none"``."""
    reduction = call.arguments.get("reduction", "weighted_sum_by_nonzero_weights")
    known = isinstance(reduction, str) and reduction in _REDUCING
    return TensorSpec(SCALAR if known else Shape(None))


@op("tf.compat.v1.losses.get_total_loss", "tf.compat.v1.losses.get_regularization_loss", family=Family.CREATION)
def total_loss(call: OpCall) -> TensorSpec:
    """One number."""
    return TensorSpec(SCALAR)


@op(*(f"tf.compat.v1.metrics.{name}" for name in _SCALAR_METRICS.split()), operand="labels")
def metric(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """The metric's value so far, and the op that takes in the batch and gives the value after it."""
    return TensorSpec(SCALAR, "float32"), TensorSpec(SCALAR, "float32")


@op("tf.gradients", "tf.compat.v1.gradients", operand="ys")
def gradients(call: OpCall) -> Structure:
    """A list with the gradient by each of ``xs``: of its shape."""
    return _by_each(argument(call, "xs"))


@op("keras.backend.gradients", operand="loss")
def backend_gradients(call: OpCall) -> Structure:
    """A list with the gradient by each of the variables: of its shape."""
    return _by_each(argument(call, "variables"))


def _by_each(given: Any) -> Structure:
    if isinstance(given, TensorSpec):
        return [result(given.shape, given.dtype, given)]
    if not isinstance(given, list | tuple) or not all(isinstance(each, TensorSpec) for each in given):
        return None
    return [result(each.shape, each.dtype, each) for each in given]


_SCATTERS = "scatter_add scatter_div scatter_max scatter_min scatter_mul scatter_nd_add scatter_nd_update scatter_sub"


@op(
    *(f"tf.compat.v1.{name}" for name in (*_SCATTERS.split(), "scatter_update", "scatter_nd_sub")),
    "tf.compat.v1.assign",
    "tf.compat.v1.assign_add",
    "tf.compat.v1.assign_sub",
    operand="ref",
)
def written(call: OpCall) -> TensorSpec:
    """The variable as it is afterwards."""
    ref = tensor(argument(call, "ref"))
    if call.name.endswith("assign") and argument(call, "validate_shape") is False:
        return unknown_like(ref)
    return result(ref.shape, ref.dtype, ref)


@op("keras.backend.update", "keras.backend.update_add", "keras.backend.update_sub")
def update(call: OpCall) -> TensorSpec:
    """The variable as it is afterwards."""
    x = tensor(argument(call, "x"))
    return result(x.shape, x.dtype, x)
