"""Shape functions of the normalisation layers: the shape stays; the weights have the sizes of the normalised axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kerascheck.graph import Weight
from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, find_layer, layer
from kerascheck.semantics.layers.arguments import compute_dtype, flag, invalid_value, short_name, single_input
from kerascheck.semantics.layers.weights import (
    axes_of,
    defined,
    derived,
    frozen,
    is_trainable,
    optional,
    parameter_weight,
    sublayer_class,
    unknown_output,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int


@layer("BatchNormalization")
def batch_normalization(call: LayerCall) -> LayerResult:
    """Scale and offset of the axis's size, and two moving averages that only training updates."""
    spec = single_input(call)
    if call.generation == 3 and isinstance(call.config.get("axis"), list | tuple):
        raise invalid_value(call, "axis", "one axis")
    axes = axes_of(call, spec)
    _check_distinct(call, axes)
    shape = _batch_weight_shape(call, spec, axes)
    # tf_keras keeps these in float32 for half-precision layers.
    half = call.generation == 2 and compute_dtype(call) in {"float16", "bfloat16"}
    dtype = "float32" if half else None
    renorm = flag(call, "renorm") if "renorm" in call.config else False
    weights = (
        *optional(flag(call, "scale"), parameter_weight(call, "gamma", shape, dtype=dtype)),
        *optional(flag(call, "center"), parameter_weight(call, "beta", shape, dtype=dtype)),
        *_statistics(call, shape, dtype, "moving_mean", "moving_variance"),
        *optional(renorm, *_statistics(call, shape, dtype, "moving_stddev", "renorm_mean", "renorm_stddev")),
    )
    updates = 0 if not is_trainable(call) else 5 if renorm else 2
    return LayerResult(derived(call, spec, spec.shape), weights, updates)


def _statistics(call: LayerCall, shape: Shape, dtype: str | None, *names: str) -> tuple[Weight, ...]:
    return tuple(parameter_weight(call, name, shape, trainable=False, dtype=dtype) for name in names)


def _batch_weight_shape(call: LayerCall, spec: TensorSpec, axes: tuple[int, ...] | None) -> Shape:
    if axes is None:
        return Shape(None) if isinstance(call.config.get("axis"), list | tuple) else Shape.of(UNKNOWN)
    sizes = {axis: defined(call, spec, axis) for axis in axes}
    if len(axes) == 1:
        return Shape.of(*sizes.values())
    return Shape(tuple(sizes.get(axis, 1) for axis in range(spec.shape.rank or 0)))


def _check_distinct(call: LayerCall, axes: Sequence[int] | None) -> None:
    if call.generation == 2 and axes is not None and len(set(axes)) < len(axes):
        raise ShapeProblem(
            ProblemKind.AXIS,
            f"{short_name(call)} has axis={call.config.get('axis')}, which names an axis twice",
            label="an axis is named twice",
        )


@layer("LayerNormalization")
def layer_normalization(call: LayerCall) -> LayerResult:
    """Scale and offset of the sizes of the normalised axes."""
    spec = single_input(call)
    _check_axis_type(call)
    shape = _axes_shape(call, spec)
    rms = call.config.get("rms_scaling")
    scale, center = flag(call, "scale"), flag(call, "center")
    if rms is True:
        scale, center = True, False
    weights = (
        *optional(scale, parameter_weight(call, "gamma", shape)),
        *optional(center, parameter_weight(call, "beta", shape)),
    )
    return LayerResult(derived(call, spec, spec.shape), weights)


@layer("RMSNormalization")
def rms_normalization(call: LayerCall) -> LayerResult:
    """Scale of the sizes of the normalised axes."""
    spec = single_input(call)
    _check_axis_type(call)
    return LayerResult(derived(call, spec, spec.shape), (parameter_weight(call, "scale", _axes_shape(call, spec)),))


@layer("UnitNormalization")
def unit_normalization(call: LayerCall) -> LayerResult:
    """The shape of the input; no weights."""
    spec = call.inputs if isinstance(call.inputs, TensorSpec) else TensorSpec()
    _check_axis_type(call)
    _check_distinct(call, axes_of(call, spec))
    return LayerResult(derived(call, spec, spec.shape))


def _check_axis_type(call: LayerCall) -> None:
    axis = call.config.get("axis")
    if axis is None or isinstance(axis, str | float):
        raise invalid_value(call, "axis", "an integer or a list of integers")


def _axes_shape(call: LayerCall, spec: TensorSpec) -> Shape:
    """The sizes of the axes; Keras 3 sorts them as they are written (-1 before 1), tf_keras does not."""
    axes = axes_of(call, spec)
    _check_distinct(call, axes)
    given = call.config.get("axis")
    if axes is None:
        return Shape.of(UNKNOWN) if isinstance(given, int) else Shape(None)
    if call.generation == 2 and not axes:
        raise invalid_value(call, "axis", "an axis or several")
    if call.generation == 3 and isinstance(given, list | tuple):
        axes = tuple(axis % (spec.shape.rank or 1) for axis in sorted(given))
    return Shape(tuple(defined(call, spec, axis) for axis in axes))


@layer("GroupNormalization")
def group_normalization(call: LayerCall) -> LayerResult:
    """Scale and offset of the axis's size, which the groups must divide."""
    spec = single_input(call)
    if not isinstance(call.config.get("axis"), int) and isinstance(call.config.get("axis"), list | tuple | str | float):
        raise invalid_value(call, "axis", "one axis")
    axes = axes_of(call, spec)
    size: Dim = UNKNOWN if axes is None else defined(call, spec, axes[0], "channels")
    _check_groups(call, spec, size)
    weights = (
        *optional(flag(call, "scale"), parameter_weight(call, "gamma", Shape.of(size))),
        *optional(flag(call, "center"), parameter_weight(call, "beta", Shape.of(size))),
    )
    return LayerResult(derived(call, spec, spec.shape), weights)


def _check_groups(call: LayerCall, spec: TensorSpec, size: Dim) -> None:
    groups, channels = call.config.get("groups"), as_int(size)
    if groups is None or isinstance(groups, str | float):
        raise invalid_value(call, "groups", "an integer greater than 0, or -1")
    if not isinstance(groups, int):
        return
    if groups == 0 or (groups < -1 and call.generation == 3):
        raise invalid_value(call, "groups", "an integer greater than 0, or -1")
    if groups > 0 and channels is not None and (channels < groups or channels % groups):
        divisors = [divisor for divisor in range(1, min(channels, groups) + 1) if channels % divisor == 0] or [1]
        raise ShapeProblem(
            ProblemKind.SIZE,
            f"GroupNormalization cannot divide the {channels} channels of {spec.shape} into {groups} groups",
            label=f"{channels} channels, {groups} groups",
            help=f"groups={divisors[-1]} divides {channels}",
            operands=(0,),
        )


@layer("Normalization")
def normalization(call: LayerCall) -> LayerResult:
    """The shape of the input; mean, variance and count as weights, unless mean and variance are given."""
    spec = single_input(call)
    mean, variance = call.config.get("mean"), call.config.get("variance")
    if mean is not UNKNOWN and variance is not UNKNOWN and (mean is None) != (variance is None):
        given, missing = ("variance", "mean") if mean is None else ("mean", "variance")
        raise ShapeProblem(
            ProblemKind.VALUE,
            f"Normalization takes mean and variance together and gets the {given} alone",
            label=f"no {missing}",
            help=f"give {missing}= too, or neither and call `adapt`",
        )
    shape = _kept_shape(call, spec)
    output = derived(call, spec, spec.shape)
    if mean is not None and mean is not UNKNOWN:
        _check_statistics(call, spec, mean, shape)
        return LayerResult(output)
    # tf_keras makes these weights in the dtype it computes in.
    dtype = compute_dtype(call) if call.generation == 2 else None
    weights = (
        *_statistics(call, shape, dtype, "mean", "variance"),
        Weight("count", Shape.of(), trainable=False, dtype="int64"),
    )
    return LayerResult(output, optional(None if mean is UNKNOWN else True, *weights))


def _kept_shape(call: LayerCall, spec: TensorSpec) -> Shape:
    if call.config.get("axis") is None:
        return Shape.of()
    axes = axes_of(call, spec)
    if axes is None:
        return Shape(None)
    return Shape(tuple(defined(call, spec, axis) for axis in sorted(set(axes))))


def _check_statistics(call: LayerCall, spec: TensorSpec, mean: object, kept: Shape) -> None:
    if not isinstance(mean, list | tuple) or not all(isinstance(one, int | float) for one in mean):
        return
    size = as_int(kept.dims[0]) if kept.dims is not None and len(kept.dims) == 1 else None
    if size is not None and len(mean) not in {1, size}:
        raise ShapeProblem(
            ProblemKind.SIZE,
            f"Normalization has {len(mean)} means and gets {spec.shape}, with {size} values on its axis",
            label=f"{len(mean)} means for {size} values",
            operands=(0,),
        )


_KERNEL_NAMES = frozenset({"kernel", "embeddings"})
_CELL_LAYERS = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
_WRAPPERS = frozenset({"Bidirectional", "TimeDistributed", "SpectralNormalization", "MultiHeadAttention"})


@layer("SpectralNormalization")
def spectral_normalization(call: LayerCall) -> LayerResult:
    """The wrapped layer's output; one vector more, as long as the last axis of its kernel."""
    power = call.config.get("power_iterations")
    if isinstance(power, int) and power <= 0:
        raise invalid_value(call, "power_iterations", "an integer greater than 0")
    sublayer = call.config.get("layer")
    name = sublayer_class(sublayer)
    if name is None or call.call_layer is None:
        return LayerResult(unknown_output(call), (_vector(Shape(None), None),))
    inner = call.call_layer(sublayer, call.inputs)
    outputs = inner.outputs
    if isinstance(outputs, TensorSpec):
        outputs = replace(outputs, dtype=compute_dtype(call) if call.generation == 3 else outputs.dtype)
    weights = _with_vector(call, name, frozen(call, inner.weights))
    return LayerResult(outputs, weights, inner.updates + (2 if is_trainable(call) else 0))


def _with_vector(call: LayerCall, inner_name: str, weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
    short = inner_name.removeprefix("keras.layers.")
    at = next((index for index, one in enumerate(weights) if one.name in _KERNEL_NAMES), None)
    known = find_layer(inner_name) is not None and short not in _WRAPPERS
    if known and (at is None or short in _CELL_LAYERS):
        raise ShapeProblem(
            ProblemKind.VALUE,
            f"SpectralNormalization wraps a layer that has a kernel or embeddings, and is given {short}",
            label=f"{short} has neither",
        )
    if at is None or not known:
        return (*weights, _vector(Shape(None), None))
    kernel = weights[at]
    last = UNKNOWN if kernel.shape.dims is None else kernel.shape.dims[-1]
    vector = _vector(Shape.of(1, last), kernel.dtype)
    # Keras 3 lists the kernel first, which the wrapper itself holds; tf_keras the trainable weights before the others.
    if call.generation == 3:
        return (kernel, vector, *weights[:at], *weights[at + 1 :])
    trainable = [one for one in weights if one.trainable]
    return (*trainable, vector, *(one for one in weights if not one.trainable))


def _vector(shape: Shape, dtype: str | None) -> Weight:
    return Weight("vector_u", shape, trainable=False, dtype=dtype)
