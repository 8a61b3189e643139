"""What neural networks add per channel: biases, normalisation, linear layers written out, and their losses."""

from __future__ import annotations

from collections.abc import Callable

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import (
    FLOATS,
    argument,
    dim_of,
    first_given,
    flag,
    integer,
    normal_axis,
    result,
    tensor,
    unknown_like,
)
from kerascheck.semantics.ops.axis_rules import without_axes
from kerascheck.semantics.ops.broadcasting import broadcast_operands
from kerascheck.semantics.ops.dtypes import common_dtype
from kerascheck.semantics.ops.linear_algebra import matmul_shape
from kerascheck.semantics.ops.windows import channel_axis
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, compare


def _bias_add(x: TensorSpec, bias: TensorSpec, channel: int | None) -> TensorSpec:
    if x.shape.dims is None or bias.shape.dims is None or channel is None or len(bias.shape.dims) != 1:
        return result(x.shape, x.dtype, x, bias)
    if len(x.shape.dims) < 2:
        return result(x.shape, x.dtype, x, bias)
    if compare(x.shape.dims[channel], bias.shape.dims[0]) is False:
        raise ShapeProblem(
            ProblemKind.MERGE,
            f"cannot add a bias of shape {bias.shape} to {x.shape}",
            label=f"{as_int(bias.shape.dims[0])} biases for {as_int(x.shape.dims[channel])} channels",
            help="give one bias for each channel",
        )
    return result(x.shape, x.dtype, x, bias)


@op("tf.nn.bias_add", family=Family.ELEMENTWISE, operand="value")
def bias_add(call: OpCall) -> TensorSpec:
    """One bias added for each channel."""
    channel = channel_axis(_plain_format(call.arguments.get("data_format")))
    return _bias_add(tensor(argument(call, "value")), tensor(argument(call, "bias")), channel)


def _plain_format(data_format: object) -> object:
    """The data format, of which "N...C" and "NC..." stand for any rank."""
    return (
        {"N...C": "NHWC", "NC...": "NCHW"}.get(data_format, data_format)
        if isinstance(data_format, str)
        else data_format
    )


@op("keras.backend.bias_add", family=Family.ELEMENTWISE)
def backend_bias_add(call: OpCall) -> TensorSpec:
    """One bias added for each channel, or one for each place."""
    x, bias = tensor(argument(call, "x")), tensor(argument(call, "bias"))
    return _bias_add(x, bias, channel_axis(argument(call, "data_format")))


def _same_as(operand: str, *others: str) -> Callable[[OpCall], TensorSpec]:
    def same(call: OpCall) -> TensorSpec:
        x = tensor(first_given(call.arguments, operand, *others))
        return result(x.shape, x.dtype, x)

    return same


op("keras.ops.batch_normalization", family=Family.ELEMENTWISE)(_same_as("x"))
op("keras.backend.batch_normalization", family=Family.ELEMENTWISE)(_same_as("x"))
op("tf.nn.batch_norm_with_global_normalization", family=Family.ELEMENTWISE, operand="input")(_same_as("input"))
op("tf.compat.v1.nn.batch_norm_with_global_normalization", family=Family.ELEMENTWISE, operand="t")(
    _same_as("input", "t")
)


@op("tf.compat.v1.nn.fused_batch_norm", family=Family.STATISTICS)
def fused_batch_norm(call: OpCall) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
    """The normalised operand, and the mean and variance of each channel."""
    x, scale = tensor(argument(call, "x")), tensor(argument(call, "scale"))
    return result(x.shape, x.dtype, x), result(scale.shape, scale.dtype, x), result(scale.shape, scale.dtype, x)


@op("tf.compat.v1.nn.xw_plus_b", "tf.compat.v1.nn.relu_layer", family=Family.CONTRACTION)
def linear(call: OpCall) -> TensorSpec:
    """A matrix product with a bias."""
    x, weights = tensor(argument(call, "x")), tensor(argument(call, "weights"))
    shape = matmul_shape(x.shape, weights.shape, call.name.rsplit(".", 1)[-1], vectors=False)
    return result(shape, x.dtype, x, weights)


def _sigmoid_loss(call: OpCall) -> TensorSpec:
    labels, logits = tensor(argument(call, "labels")), tensor(argument(call, "logits"))
    return _of_one_shape(labels, logits)


def _of_one_shape(labels: TensorSpec, logits: TensorSpec) -> TensorSpec:
    """An elementwise loss whose operands must have one shape."""
    left, right = labels.shape.dims, logits.shape.dims
    if left is not None and right is not None:
        differs = len(left) != len(right) or any(compare(a, b) is False for a, b in zip(left, right, strict=False))
        if differs:
            raise ShapeProblem(
                ProblemKind.MERGE,
                f"labels of shape {labels.shape} and logits of shape {logits.shape} differ",
                label="the shapes must be the same",
                help="reshape the labels to the shape of the logits",
            )
    known = logits.shape if right is not None else labels.shape
    return result(known, logits.dtype, labels, logits)


op("tf.nn.sigmoid_cross_entropy_with_logits", family=Family.ELEMENTWISE, operand="logits")(_sigmoid_loss)
op("tf.compat.v1.nn.sigmoid_cross_entropy_with_logits", family=Family.ELEMENTWISE, operand="logits")(_sigmoid_loss)


@op("tf.nn.weighted_cross_entropy_with_logits", family=Family.ELEMENTWISE, operand="logits")
def weighted_cross_entropy(call: OpCall) -> TensorSpec:
    """An elementwise loss; the weight broadcasts."""
    return _sigmoid_loss(call)


@op("tf.compat.v1.nn.weighted_cross_entropy_with_logits", family=Family.ELEMENTWISE, operand="logits")
def v1_weighted_cross_entropy(call: OpCall) -> TensorSpec:
    """An elementwise loss; ``targets`` is the old name of ``labels``."""
    return _of_one_shape(tensor(first_given(call.arguments, "labels", "targets")), tensor(argument(call, "logits")))


@op("tf.nn.log_poisson_loss", family=Family.ELEMENTWISE, operand="log_input")
def log_poisson_loss(call: OpCall) -> TensorSpec:
    """An elementwise loss."""
    return _of_one_shape(tensor(argument(call, "targets")), tensor(argument(call, "log_input")))


@op("tf.nn.softmax_cross_entropy_with_logits", family=Family.REDUCTION, operand="logits", axis="axis")
@op("tf.compat.v1.nn.softmax_cross_entropy_with_logits", family=Family.REDUCTION, operand="logits", axis="axis")
@op("tf.compat.v1.nn.softmax_cross_entropy_with_logits_v2", family=Family.REDUCTION, operand="logits", axis="axis")
def softmax_cross_entropy(call: OpCall) -> TensorSpec:
    """The operands without the class axis."""
    labels, logits = tensor(argument(call, "labels")), tensor(argument(call, "logits"))
    given = first_given(call.arguments, "axis", "dim")
    axis = -1 if given is None else integer(given)
    if logits.shape.dims is None or axis is None or not logits.shape.dims:
        return unknown_like(labels, logits)
    shape = logits.shape
    if labels.shape.dims is not None:
        shape = broadcast_operands(labels, logits)
        if shape.dims is None:
            return unknown_like(labels, logits)
    place = normal_axis(axis, len(shape.dims or ()), shape)
    return result(without_axes(shape, (place,), keepdims=False), logits.dtype, labels, logits)


@op("tf.nn.sparse_softmax_cross_entropy_with_logits", family=Family.REDUCTION, operand="logits")
@op("tf.compat.v1.nn.sparse_softmax_cross_entropy_with_logits", family=Family.REDUCTION, operand="logits")
def sparse_softmax_cross_entropy(call: OpCall) -> TensorSpec:
    """One loss for each label: the logits without their last axis."""
    labels, logits = tensor(argument(call, "labels")), tensor(argument(call, "logits"))
    classes, wanted = logits.shape.dims, labels.shape.dims
    if not classes:
        return result(labels.shape, logits.dtype, labels, logits)
    if wanted is not None:
        differs = len(wanted) != len(classes) - 1 or any(
            compare(a, b) is False for a, b in zip(wanted, classes, strict=False)
        )
        if differs:
            raise ShapeProblem(
                ProblemKind.MERGE,
                f"sparse labels of shape {labels.shape} for logits of shape {logits.shape}",
                label=f"labels of shape {Shape(classes[:-1])} are wanted",
                help="give class numbers of the shape of the logits without their last axis",
            )
    return result(Shape(classes[:-1]), logits.dtype, labels, logits)


def _without_last(operand: str, default_axis: int = -1) -> Callable[[OpCall], TensorSpec]:
    def reduced(call: OpCall) -> TensorSpec:
        output = tensor(argument(call, operand))
        axis = integer(call.arguments.get("axis", default_axis))
        if not output.shape.dims or axis is None:
            return unknown_like(output)
        place = normal_axis(axis, len(output.shape.dims), output.shape)
        return result(
            without_axes(output.shape, (place,), keepdims=False), None, output, tensor(argument(call, "target"))
        )

    return reduced


for _name in ("categorical_crossentropy", "sparse_categorical_crossentropy"):
    op(f"keras.ops.{_name}", family=Family.REDUCTION, operand="output", axis="axis")(_without_last("output"))
    op(f"keras.backend.{_name}", family=Family.REDUCTION, operand="output", axis="axis")(_without_last("output"))


@op("keras.ops.binary_crossentropy", "keras.backend.binary_crossentropy", family=Family.ELEMENTWISE, operand="output")
def binary_crossentropy(call: OpCall) -> TensorSpec:
    """An elementwise loss."""
    target, output = tensor(argument(call, "target")), tensor(argument(call, "output"))
    dtype = common_dtype(call.name, (target, output))
    return result(output.shape, dtype if dtype in FLOATS else None, target, output)


@op("keras.ops.psnr", family=Family.REDUCTION, operand="x1")
def psnr(call: OpCall) -> TensorSpec:
    """One number for two images."""
    return result(Shape(()), None, tensor(argument(call, "x1")), tensor(argument(call, "x2")))


@op("tf.math.in_top_k", "keras.ops.in_top_k", "tf.compat.v1.math.in_top_k", operand="predictions")
@op("keras.backend.in_top_k", operand="predictions")
def in_top_k(call: OpCall) -> TensorSpec:
    """Whether each target is among its ``k`` best predictions."""
    targets = tensor(argument(call, "targets"))
    return result(targets.shape, "bool", targets, tensor(argument(call, "predictions")))


@op("tf.math.confusion_matrix", "tf.compat.v1.math.confusion_matrix", operand="predictions")
def confusion_matrix(call: OpCall) -> TensorSpec:
    """A square matrix of class counts."""
    count = integer(argument(call, "num_classes"))
    size: Dim = UNKNOWN if count is None else count
    return TensorSpec(Shape.of(size, size))


@op("tf.nn.sampled_softmax_loss", "tf.nn.nce_loss", operand="inputs")
def sampled_loss(call: OpCall) -> TensorSpec:
    """One number for each sample."""
    x = tensor(argument(call, "inputs"))
    return result(Shape(x.shape.dims[:1] if x.shape.rank == 2 and x.shape.dims else None), None, x)


@op("tf.nn.ctc_loss", operand="logits")
def tf_ctc_loss(call: OpCall) -> TensorSpec:
    """One number for each sample; the batch is the second axis of the logits, or the first."""
    x, time_major = tensor(argument(call, "logits")), flag(argument(call, "logits_time_major"))
    if x.shape.rank != 3 or x.shape.dims is None or time_major is None:
        return unknown_like(x)
    return result(Shape.of(x.shape.dims[1 if time_major else 0]), None, x)


@op("keras.ops.ctc_loss", operand="output")
def keras_ctc_loss(call: OpCall) -> TensorSpec:
    """One number for each sample."""
    x = tensor(argument(call, "output"))
    return result(Shape(x.shape.dims[:1] if x.shape.rank == 3 and x.shape.dims else None), None, x)


@op("tf.nn.compute_average_loss", operand="per_example_loss")
@op("tf.nn.scale_regularization_loss", operand="regularization_loss")
def one_loss(call: OpCall) -> TensorSpec:
    """One number."""
    x = tensor(call.arguments.get("per_example_loss", call.arguments.get("regularization_loss")))
    return result(Shape(()), None, x)


@op("keras.backend.ctc_batch_cost", operand="y_pred")
def backend_ctc_loss(call: OpCall) -> TensorSpec:
    """One number for each sample, on an axis of its own."""
    x = tensor(argument(call, "y_pred"))
    return result(Shape.of(x.shape.dims[0], 1) if x.shape.rank == 3 and x.shape.dims else Shape(None), None, x)


@op("keras.backend.binary_focal_crossentropy", family=Family.ELEMENTWISE, operand="output")
def backend_binary_focal_crossentropy(call: OpCall) -> TensorSpec:
    """One number for each element."""
    target, output = tensor(argument(call, "target")), tensor(argument(call, "output"))
    same_rank = target.shape.rank == output.shape.rank
    return result(broadcast_operands(target, output) if same_rank else Shape(None), None, target, output)


@op("keras.ops.ctc_decode", operand="inputs")
def keras_ctc_decode(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """``(batch, steps, classes)`` to the best paths, ``(top_paths, batch, steps)``, and what each is worth."""
    x = tensor(argument(call, "inputs"))
    dims = x.shape.dims
    paths: Dim = 1 if argument(call, "strategy") == "greedy" else dim_of(argument(call, "top_paths"))
    if argument(call, "strategy") not in ("greedy", "beam_search"):
        paths = UNKNOWN
    batch, steps = dims[:2] if dims is not None and len(dims) == 3 else (UNKNOWN, UNKNOWN)
    decoded = result(Shape.of(paths, batch, steps), "int32", x)
    return decoded, result(Shape.of(batch, paths), x.dtype, x)
