"""Convolutions: plain, transposed, depthwise and separable, in one, two and three spatial dimensions."""

from __future__ import annotations

from kerascheck.graph import Weight
from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.records import immutable
from kerascheck.semantics.api import LayerCall, LayerFunction, LayerResult, layer
from kerascheck.semantics.layers.arguments import (
    Layout,
    certainly_less,
    channels_first,
    choice,
    compute_dtype,
    demand_defined,
    fixed_only_together,
    flag,
    invalid_value,
    layout,
    plain,
    positive,
    short_name,
    single_input,
    sizes,
    weight,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, ceil_div, compare, floor_div


@immutable()
class Window:
    """How a kernel moves over its input; ``padding`` is None where not known."""

    kernel: tuple[Dim, ...]
    strides: tuple[Dim, ...]
    dilation: tuple[Dim, ...]
    padding: str | None

    def extent(self, axis: int) -> Dim:
        """How many input positions the dilated kernel spans."""
        return self.dilation[axis] * (self.kernel[axis] - 1) + 1


def _window(call: LayerCall, rank: int, paddings: set[str], *, dilated_strides: bool = False) -> Window:
    window = Window(
        sizes(call, "kernel_size", rank),
        sizes(call, "strides", rank),
        sizes(call, "dilation_rate", rank),
        choice(call, "padding", paddings),
    )
    if not dilated_strides and _some_above_one(window.strides) and _some_above_one(window.dilation):
        raise ShapeProblem(
            ProblemKind.VALUE,
            f"{short_name(call)} takes either strides or a dilation rate above 1 and gets strides "
            f"{plain(window.strides)} and dilation rate {plain(window.dilation)}",
            label="strides and dilation_rate together",
            help="leave one of the two at 1",
        )
    return window


def _some_above_one(values: tuple[Dim, ...]) -> bool:
    return any(isinstance(value, int) and value > 1 for value in values)


def _spatial_output(call: LayerCall, spec: TensorSpec, window: Window, spatial: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """The spatial sizes after a convolution.

    Raises:
        ShapeProblem: without padding, the kernel is larger than the input.
    """
    if window.padding is None:
        return (UNKNOWN,) * len(spatial)
    if window.padding in {"same", "causal"}:
        return tuple(ceil_div(size, stride) for size, stride in zip(spatial, window.strides, strict=True))
    extents = tuple(window.extent(axis) for axis in range(len(spatial)))
    # tf_keras lets a dilated kernel that is larger by one pass, with size 0, where another axis is not fixed.
    dilated = any(rate != 1 for rate in window.dilation)
    spared = int(call.generation == 2 and dilated and any(as_int(size) is None for size in spatial))
    if any(certainly_less(size + spared, extent) for size, extent in zip(spatial, extents, strict=True)):
        raise _kernel_too_large(spec.shape, window, extents)
    return tuple(
        floor_div(size - extent, stride) + 1
        for size, extent, stride in zip(spatial, extents, window.strides, strict=True)
    )


def _depthwise_output(call: LayerCall, spec: TensorSpec, window: Window, spatial: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """The spatial sizes after a depthwise convolution.

    In tf_keras TensorFlow dilates it by moving space into the batch, and loses every size where one is not fixed.
    """
    if call.generation == 2 and any(rate != 1 for rate in window.dilation):
        spatial = fixed_only_together(spatial)
    return _spatial_output(call, spec, window, spatial)


def _kernel_too_large(shape: Shape, window: Window, extents: tuple[Dim, ...]) -> ShapeProblem:
    dilated = f" with dilation rate {plain(window.dilation)}" if extents != window.kernel else ""
    return ShapeProblem(
        ProblemKind.NEGATIVE,
        f"kernel size {plain(window.kernel)}{dilated} is larger than its input {shape}",
        label=f"it spans {plain(extents)}, and nothing is left",
        help='use `padding="same"` or a smaller kernel',
        operands=(0,),
    )


def _channel_axis(call: LayerCall) -> int:
    return 1 if channels_first(call) else -1


def _input_channels(call: LayerCall, spec: TensorSpec, parts: Layout) -> Dim:
    return demand_defined(call, spec, parts.channels, _channel_axis(call))


def _with_bias(call: LayerCall, weights: tuple[Weight, ...], size: Dim) -> tuple[Weight, ...]:
    """``weights`` and the bias; its size is unknown where ``use_bias`` is, so that no count comes out wrong."""
    match flag(call, "use_bias"):
        case True:
            return (*weights, weight(call, "bias", size))
        case None:
            return (*weights, weight(call, "bias", UNKNOWN))
        case _:
            return weights


def _result(call: LayerCall, spec: TensorSpec, shape: Shape, weights: tuple[Weight, ...]) -> LayerResult:
    return LayerResult(TensorSpec(shape, compute_dtype(call), keras_tensor=spec.keras_tensor), weights)


def _groups(call: LayerCall, spec: TensorSpec, filters: Dim, channels: Dim) -> Dim:
    """The number of groups.

    Raises:
        ShapeProblem: the filters or the channels do not divide into them.
    """
    groups = 1 if call.generation == 2 and call.config.get("groups") == 0 else positive(call, "groups")
    if not isinstance(groups, int):
        return UNKNOWN
    if isinstance(filters, int) and filters % groups:
        raise invalid_value(call, "filters", f"a multiple of its {groups} groups")
    if isinstance(channels, int) and channels % groups:
        raise ShapeProblem(
            ProblemKind.SIZE,
            f"{short_name(call)} divides its channels into {groups} groups and gets {channels} in {spec.shape}",
            label=f"{channels} is not a multiple of {groups}",
            help="make groups a divisor of the number of channels",
            operands=(0,),
        )
    return groups


def _convolution(rank: int) -> LayerFunction:
    def convolution(call: LayerCall) -> LayerResult:
        spec = single_input(call)
        window = _window(call, rank, {"valid", "same", "causal"} if rank == 1 else {"valid", "same"})
        filters = positive(call, "filters")
        # tf_keras treats further leading axes as more batch; Keras 3 refuses them.
        parts = layout(call, spec, rank, more_axes=call.generation == 2)
        channels = _input_channels(call, spec, parts)
        groups = _groups(call, spec, filters, channels)
        shape = parts.join(_spatial_output(call, spec, window, parts.spatial), filters)
        if call.generation == 2 and spec.shape.rank is None:
            shape = Shape(None)
        kernel = weight(call, "kernel", *window.kernel, floor_div(channels, groups), filters)
        return _result(call, spec, shape, _with_bias(call, (kernel,), filters))

    return convolution


def _output_padding(call: LayerCall, window: Window, rank: int) -> tuple[Dim, ...] | None:
    """The output padding, None where Keras chooses it.

    Raises:
        ShapeProblem: it is not less than the stride.
    """
    if call.config.get("output_padding") is None:
        return None
    padding = sizes(call, "output_padding", rank, zero=True)
    for size, stride in zip(padding, window.strides, strict=True):
        if isinstance(size, int) and isinstance(stride, int) and size >= stride:
            raise invalid_value(call, "output_padding", f"integers less than its strides {plain(window.strides)}")
    return padding


def _transposed_size(size: Dim, extent: Dim, stride: Dim, padding: str | None, output_padding: Dim | None) -> Dim:
    """The size that a convolution of these settings would bring back to ``size``."""
    if padding is None:
        return UNKNOWN
    if output_padding is None:
        if padding == "same":
            return size * stride
        widest = max(extent, stride) if isinstance(extent, int) and isinstance(stride, int) else UNKNOWN
        return (size - 1) * stride + widest
    return (size - 1) * stride + (extent % 2 if padding == "same" else extent) + output_padding


def _transposed(rank: int) -> LayerFunction:
    def transposed(call: LayerCall) -> LayerResult:
        spec = single_input(call)
        window = _window(call, rank, {"valid", "same"})
        filters = positive(call, "filters")
        output_padding = _output_padding(call, window, rank)
        if rank == 2 and call.generation == 2 and compare(*window.dilation) is False:
            raise invalid_value(call, "dilation_rate", "2 equal integers")
        parts = layout(call, spec, rank)
        channels = _input_channels(call, spec, parts)
        # tf_keras leaves the dilation out of the output's size in three dimensions.
        undilated = rank == 3 and call.generation == 2
        spatial = tuple(
            _transposed_size(
                size,
                window.kernel[axis] if undilated else window.extent(axis),
                window.strides[axis],
                window.padding,
                None if output_padding is None else output_padding[axis],
            )
            for axis, size in enumerate(parts.spatial)
        )
        kernel = weight(call, "kernel", *window.kernel, filters, channels)
        return _result(call, spec, parts.join(spatial, filters), _with_bias(call, (kernel,), filters))

    return transposed


def _depthwise(rank: int) -> LayerFunction:
    def depthwise(call: LayerCall) -> LayerResult:
        spec = single_input(call)
        window = _window(call, rank, {"valid", "same"}, dilated_strides=call.generation == 3)
        multiplier = positive(call, "depth_multiplier")
        parts = layout(call, spec, rank)
        channels = _input_channels(call, spec, parts)
        produced = channels * multiplier
        shape = parts.join(_depthwise_output(call, spec, window, parts.spatial), produced)
        name = "kernel" if call.generation == 3 else "depthwise_kernel"
        kernel = weight(call, name, *window.kernel, channels, multiplier)
        return _result(call, spec, shape, _with_bias(call, (kernel,), produced))

    return depthwise


def _separable(rank: int) -> LayerFunction:
    def separable(call: LayerCall) -> LayerResult:
        spec = single_input(call)
        causal = rank == 1 and call.generation == 2
        window = _window(
            call,
            rank,
            {"valid", "same", "causal"} if causal else {"valid", "same"},
            dilated_strides=call.generation == 3,
        )
        filters, multiplier = positive(call, "filters"), positive(call, "depth_multiplier")
        parts = layout(call, spec, rank)
        channels = _input_channels(call, spec, parts)
        shape = parts.join(_depthwise_output(call, spec, window, parts.spatial), filters)
        kernels = (
            weight(call, "depthwise_kernel", *window.kernel, channels, multiplier),
            weight(call, "pointwise_kernel", *(1,) * rank, channels * multiplier, filters),
        )
        return _result(call, spec, shape, _with_bias(call, kernels, filters))

    return separable


for _rank in (1, 2, 3):
    layer(f"Conv{_rank}D", f"Convolution{_rank}D")(_convolution(_rank))
    layer(f"Conv{_rank}DTranspose", f"Convolution{_rank}DTranspose")(_transposed(_rank))
for _rank in (1, 2):
    layer(f"DepthwiseConv{_rank}D")(_depthwise(_rank))
    layer(f"SeparableConv{_rank}D", f"SeparableConvolution{_rank}D")(_separable(_rank))
