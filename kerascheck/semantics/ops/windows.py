"""Functions that slide a window: convolutions, pooling, patches.

TensorFlow's size of an axis is ``(size - window + stride) // stride`` without padding, where the window is spread by
the dilation, and ``ceil(size / stride)`` with padding "SAME" (tensorflow/core/framework/common_shape_fns.cc).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.records import immutable
from kerascheck.semantics.api import OpCall, op
from kerascheck.semantics.ops.arguments import argument, dtype_name, first_given, integer, result, sizes, tensor
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, ceil_div, floor_div


def window_size(size: Dim, window: Dim, stride: Dim, dilation: Dim, padding: str | None) -> Dim:
    """The size of one axis after a window has slid over it; UNKNOWN where ``padding`` is not known."""
    match padding:
        case "SAME":
            return ceil_div(size, stride)
        case "VALID":
            spread = (window - 1) * dilation + 1
            return floor_div(size - spread, stride) + 1
    return UNKNOWN


def _negative(before: Dim, window: Dim, shape: Shape) -> ShapeProblem:
    return ShapeProblem(
        ProblemKind.NEGATIVE,
        f"a window of {as_int(window)} is larger than an axis of {shape}",
        label=f"a window of {as_int(window)} on an axis of {as_int(before)}",
        help='use a smaller window, or padding="SAME"',
        operands=(0,),
    )


def per_axis(value: Any, count: int, channel: int, default: int = 1) -> list[Dim] | None:
    """A stride, window or dilation for each spatial axis: one number, one for each, or one for each axis of the input.

    None where it is not known.
    """
    if value is None:
        return [default] * count
    listed = sizes(value)
    if listed is None:
        return None
    if not listed:
        return [default] * count
    if len(listed) == 1:
        return [listed[0]] * count
    if len(listed) == count:
        return list(listed)
    if len(listed) == count + 2:
        return [dim for axis, dim in enumerate(listed) if axis not in {0, channel % (count + 2)}]
    return None


def padding_name(value: Any) -> str | None:
    """ "SAME" or "VALID", or None for explicit margins and what is not known."""
    return value.upper() if isinstance(value, str) and value.upper() in {"SAME", "VALID"} else None


def channel_axis(data_format: Any) -> int | None:
    """The axis of the channels, 1 or -1, or None where it is not known."""
    if data_format is None:
        return -1
    if not isinstance(data_format, str):
        return None
    if data_format in {"channels_first", "NCHW", "NCW", "NCDHW"}:
        return 1
    return -1 if data_format in {"channels_last", "NHWC", "NWC", "NDHWC"} else None


@immutable()
class Slide:
    """How a window slides: its sizes, strides and dilations for each spatial axis, and the padding.

    ``symbolic`` is whether Keras itself works the shape out, which refuses an empty result. TensorFlow only refuses a
    size below zero, by a division that rounds towards zero; of an empty result nothing is said.
    """

    windows: Sequence[Dim] | None
    strides: Sequence[Dim] | None
    dilations: Sequence[Dim] | None
    padding: str | None
    symbolic: bool = False

    def over(self, x: Shape, channel: int | None, channels: Dim | None, leading: int = 1) -> Shape:
        """The shape after the window has slid over the spatial axes of ``x``.

        ``channels`` replaces the size of the channel axis; None keeps it. ``leading`` axes are of the batch.
        """
        dims = x.dims
        if dims is None or channel is None:
            return Shape(None if dims is None else (UNKNOWN,) * len(dims))
        place = leading if channel == 1 else len(dims) - 1
        moved = list(dims)
        spatial = [axis for axis in range(leading, len(dims)) if axis != place]
        for index, axis in enumerate(spatial):
            moved[axis] = self._axis(dims[axis], index, x, len(spatial))
        if channels is not None:
            moved[place] = channels
        return Shape(tuple(moved))

    def _axis(self, size: Dim, index: int, shape: Shape, count: int) -> Dim:
        groups = (self.windows, self.strides, self.dilations)
        if any(group is None or len(group) != count for group in groups):
            return UNKNOWN
        window, stride, dilation = (group[index] for group in groups if group is not None)
        found = window_size(size, window, stride, dilation, self.padding)
        number = as_int(found)
        if number is None or number > 0:
            return found
        if self.symbolic or number < (-1 if as_int(stride) != 1 else 0):
            raise _negative(size, (window - 1) * dilation + 1, shape)
        return UNKNOWN


def check_rank(x: Shape, rank: int, name: str) -> None:
    """Raise RANK where ``x`` certainly has another rank than the function takes."""
    if x.rank is not None and x.rank != rank:
        raise ShapeProblem(
            ProblemKind.RANK,
            f"{name} takes a tensor of rank {rank}, not {x}",
            label=f"rank {x.rank}",
            help=f"give it {rank} axes, the batch and the channels among them",
            operands=(0,),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """A convolution. A parameter with several spellings takes the first one given.

    Attributes:
        spatial: how many spatial axes, or None to read it off the kernel.
        depthwise: whether each channel has its own kernels, so that the channels multiply.
        default_format: what the data format is where it is None.
    """

    spatial: int | None
    x: tuple[str, ...] = ("input",)
    kernel: tuple[str, ...] = ("filters",)
    strides: tuple[str, ...] = ("strides",)
    dilations: tuple[str, ...] = ("dilations",)
    depthwise: bool = False
    pointwise: str | None = None

    def __call__(self, call: OpCall) -> TensorSpec:
        """The input with its spatial axes slid over, and the kernel's output channels."""
        x = tensor(first_given(call.arguments, *self.x))
        kernel = tensor(first_given(call.arguments, *self.kernel))
        sides = kernel.shape.dims
        spatial = self.spatial if self.spatial is not None else None if sides is None else len(sides) - 2
        if spatial is None or spatial < 1 or (sides is not None and len(sides) != spatial + 2):
            return result(Shape(None), x.dtype, x, kernel)
        if x.shape.rank is not None and x.shape.rank != spatial + 2:
            return self._of_another_rank(x, kernel, spatial)
        channel = channel_axis(first_given(call.arguments, "data_format"))
        known = sides or (UNKNOWN,) * (spatial + 2)
        self._check_channels(x.shape, known, channel)
        slide = Slide(
            known[:spatial],
            per_axis(first_given(call.arguments, *self.strides), spatial, channel or -1),
            per_axis(first_given(call.arguments, *self.dilations), spatial, channel or -1),
            padding_name(argument(call, "padding")),
            symbolic=call.name.startswith("keras.ops.") and x.keras_tensor,
        )
        operand = x.shape if x.shape.dims is not None else Shape((UNKNOWN,) * (spatial + 2))
        return result(slide.over(operand, channel, self._channels(call, known)), x.dtype, x, kernel)

    def _of_another_rank(self, x: TensorSpec, kernel: TensorSpec, spatial: int) -> TensorSpec:
        if self.depthwise or (x.shape.rank or 0) < spatial + 2:
            check_rank(x.shape, spatial + 2, "the convolution")
        return result(Shape(None), x.dtype, x, kernel)

    def _channels(self, call: OpCall, kernel: tuple[Dim, ...]) -> Dim:
        if self.pointwise is not None:
            pointwise = tensor(argument(call, self.pointwise)).shape.dims
            return pointwise[-1] if pointwise else UNKNOWN
        return kernel[-2] * kernel[-1] if self.depthwise else kernel[-1]

    def _check_channels(self, x: Shape, kernel: tuple[Dim, ...], channel: int | None) -> None:
        if x.dims is None or channel is None:
            return
        have, want = as_int(x.dims[channel]), as_int(kernel[-2])
        if have is None or not want or (have == want if self.depthwise else have % want == 0):
            return
        raise ShapeProblem(
            ProblemKind.SIZE,
            f"a kernel of shape {Shape(kernel)} takes {want} channels, not the {have} of {x}",
            label=f"{have} channels, {want} wanted",
            help=f"make the kernel for {have} channels",
        )


_V1 = Convolution(spatial=2, kernel=("filters", "filter"))
_CONVOLUTIONS: Mapping[str, Convolution] = {
    "tf.nn.conv1d": Convolution(spatial=1, strides=("stride",)),
    "tf.nn.conv2d": Convolution(spatial=2),
    "tf.nn.conv3d": Convolution(spatial=3),
    "tf.nn.convolution": Convolution(spatial=None),
    "tf.nn.depthwise_conv2d": Convolution(spatial=2, kernel=("filter",), depthwise=True),
    "tf.nn.separable_conv2d": Convolution(
        spatial=2, kernel=("depthwise_filter",), depthwise=True, pointwise="pointwise_filter"
    ),
    "tf.nn.atrous_conv2d": Convolution(spatial=2, x=("value",), strides=(), dilations=("rate",)),
    "tf.compat.v1.nn.conv1d": Convolution(spatial=1, x=("input", "value"), strides=("stride",)),
    "tf.compat.v1.nn.conv2d": _V1,
    "tf.compat.v1.nn.conv3d": Convolution(spatial=3, kernel=("filters", "filter")),
    "tf.compat.v1.nn.convolution": Convolution(
        spatial=None, kernel=("filters", "filter"), dilations=("dilations", "dilation_rate")
    ),
    "tf.compat.v1.nn.depthwise_conv2d": Convolution(
        spatial=2, kernel=("filter",), dilations=("dilations", "rate"), depthwise=True
    ),
    "tf.compat.v1.nn.depthwise_conv2d_native": Convolution(spatial=2, kernel=("filter",), depthwise=True),
    "tf.compat.v1.nn.separable_conv2d": Convolution(
        spatial=2,
        kernel=("depthwise_filter",),
        dilations=("dilations", "rate"),
        depthwise=True,
        pointwise="pointwise_filter",
    ),
    "keras.ops.conv": Convolution(spatial=None, x=("inputs",), kernel=("kernel",), dilations=("dilation_rate",)),
    "keras.ops.depthwise_conv": Convolution(
        spatial=None, x=("inputs",), kernel=("kernel",), dilations=("dilation_rate",), depthwise=True
    ),
    "keras.ops.separable_conv": Convolution(
        spatial=None,
        x=("inputs",),
        kernel=("depthwise_kernel",),
        dilations=("dilation_rate",),
        depthwise=True,
        pointwise="pointwise_kernel",
    ),
    "keras.backend.conv1d": Convolution(spatial=1, x=("x",), kernel=("kernel",), dilations=("dilation_rate",)),
    "keras.backend.conv2d": Convolution(spatial=2, x=("x",), kernel=("kernel",), dilations=("dilation_rate",)),
    "keras.backend.conv3d": Convolution(spatial=3, x=("x",), kernel=("kernel",), dilations=("dilation_rate",)),
    "keras.backend.depthwise_conv2d": Convolution(
        spatial=2, x=("x",), kernel=("depthwise_kernel",), dilations=("dilation_rate",), depthwise=True
    ),
    "keras.backend.separable_conv2d": Convolution(
        spatial=2,
        x=("x",),
        kernel=("depthwise_kernel",),
        dilations=("dilation_rate",),
        depthwise=True,
        pointwise="pointwise_kernel",
    ),
}

for _name, _rule in _CONVOLUTIONS.items():
    op(_name, operand=_rule.x[0])(_rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling:
    """A pooling over the spatial axes.

    Attributes:
        spatial: how many spatial axes, or None for any number.
        window: the parameter of the window's sizes.
        strided: whether no strides means those of the window.
        outputs: two where the places of the maxima come too.
    """

    spatial: int | None
    x: tuple[str, ...] = ("input",)
    window: str = "ksize"
    dilations: tuple[str, ...] = ()
    strided: bool = False
    outputs: int = 1

    def __call__(self, call: OpCall) -> TensorSpec | tuple[TensorSpec, ...]:
        """The input with its spatial axes slid over."""
        x = tensor(first_given(call.arguments, *self.x))
        if self.spatial is not None:
            check_rank(x.shape, self.spatial + 2, "the pooling")
        rank = self.spatial + 2 if self.spatial is not None else x.shape.rank
        if rank is None or rank < 3:
            return (
                (result(Shape(None), x.dtype, x),) * self.outputs
                if self.outputs > 1
                else result(Shape(None), x.dtype, x)
            )
        channel = channel_axis(call.arguments.get("data_format"))
        windows = per_axis(argument(call, self.window), rank - 2, channel or -1)
        strides = call.arguments.get("strides")
        steps = windows if strides is None and self.strided else per_axis(strides, rank - 2, channel or -1)
        dilations = per_axis(first_given(call.arguments, *self.dilations), rank - 2, channel or -1)
        symbolic = call.name.startswith("keras.ops.") and x.keras_tensor
        slide = Slide(windows, steps, dilations, padding_name(argument(call, "padding")), symbolic)
        pooled = result(slide.over(x.shape, channel, None), x.dtype, x)
        if self.outputs == 1:
            return pooled
        return pooled, result(pooled.shape, dtype_name(argument(call, "output_dtype"), "int64"), x)


_POOLINGS: Mapping[str, Pooling] = {
    "tf.nn.max_pool": Pooling(spatial=None),
    "tf.nn.avg_pool": Pooling(spatial=None),
    "tf.nn.max_pool1d": Pooling(spatial=1),
    "tf.nn.avg_pool1d": Pooling(spatial=1),
    "tf.nn.max_pool2d": Pooling(spatial=2),
    "tf.nn.avg_pool2d": Pooling(spatial=2),
    "tf.nn.max_pool3d": Pooling(spatial=3),
    "tf.nn.avg_pool3d": Pooling(spatial=3),
    "tf.nn.max_pool_with_argmax": Pooling(spatial=2, outputs=2),
    "tf.compat.v1.nn.max_pool": Pooling(spatial=2, x=("input", "value")),
    "tf.compat.v1.nn.avg_pool": Pooling(spatial=2, x=("input", "value")),
    "tf.nn.pool": Pooling(spatial=None, window="window_shape", dilations=("dilations",)),
    "tf.compat.v1.nn.pool": Pooling(spatial=None, window="window_shape", dilations=("dilations", "dilation_rate")),
    "keras.ops.max_pool": Pooling(spatial=None, x=("inputs",), window="pool_size", strided=True),
    "keras.ops.average_pool": Pooling(spatial=None, x=("inputs",), window="pool_size", strided=True),
    "keras.backend.pool2d": Pooling(spatial=2, x=("x",), window="pool_size"),
    "keras.backend.pool3d": Pooling(spatial=3, x=("x",), window="pool_size"),
}

for _name, _pooling in _POOLINGS.items():
    op(_name, operand=_pooling.x[0])(_pooling)


def _given_shape(x: str, shape: str) -> Callable[[OpCall], TensorSpec]:
    """A transposed convolution, whose result has the shape that it is given."""

    def transposed(call: OpCall) -> TensorSpec:
        operand = tensor(first_given(call.arguments, x, "value"))
        wanted = sizes(argument(call, shape))
        rank = operand.shape.rank
        whole = wanted is not None and (rank is None or len(wanted) == rank)
        return result(Shape(wanted if whole else None), operand.dtype, operand)

    return transposed


op(
    "tf.nn.conv1d_transpose",
    "tf.nn.conv2d_transpose",
    "tf.nn.conv3d_transpose",
    "tf.nn.conv_transpose",
    operand="input",
)(_given_shape("input", "output_shape"))
op("tf.compat.v1.nn.conv2d_transpose", "tf.compat.v1.nn.conv3d_transpose", operand="value")(
    _given_shape("input", "output_shape")
)
op("tf.nn.atrous_conv2d_transpose", operand="value")(_given_shape("value", "output_shape"))
op("keras.backend.conv2d_transpose")(_given_shape("x", "output_shape"))


@op("keras.ops.conv_transpose", operand="inputs")
def conv_transpose(call: OpCall) -> TensorSpec:
    """The spatial axes multiplied by the strides, and what the kernel overlaps without padding."""
    x, kernel = tensor(argument(call, "inputs")), tensor(argument(call, "kernel"))
    sides, dims = kernel.shape.dims, x.shape.dims
    channel = channel_axis(argument(call, "data_format"))
    if sides is None or dims is None or channel is None or len(sides) != len(dims) or len(dims) < 3:
        return result(Shape(None), x.dtype, x, kernel)
    spatial = len(dims) - 2
    strides = per_axis(argument(call, "strides"), spatial, channel)
    dilations = per_axis(argument(call, "dilation_rate"), spatial, channel)
    padding = padding_name(argument(call, "padding"))
    moved = list(dims)
    places = [axis for axis in range(1, len(dims)) if axis != channel % len(dims)]
    for index, axis in enumerate(places):
        known = strides is not None and dilations is not None and argument(call, "output_padding") is None
        moved[axis] = (
            _transposed_size(dims[axis], sides[index], strides[index], dilations[index], padding)
            if known and strides is not None and dilations is not None
            else UNKNOWN
        )
    moved[channel] = sides[-2]
    return result(Shape(tuple(moved)), x.dtype, x, kernel)


def _transposed_size(size: Dim, window: Dim, stride: Dim, dilation: Dim, padding: str | None) -> Dim:
    match padding:
        case "SAME":
            return size * stride
        case "VALID":
            spread = (window - 1) * dilation + 1
            overlap = spread - stride
            number = as_int(overlap)
            return UNKNOWN if number is None else size * stride + max(number, 0)
    return UNKNOWN


@op("tf.image.extract_patches", "tf.compat.v1.image.extract_patches", operand="images")
def extract_patches(call: OpCall) -> TensorSpec:
    """Each window of the image laid out in the channels."""
    return _patches(call, ("sizes",))


@op("tf.compat.v1.image.extract_image_patches", "tf.compat.v1.extract_image_patches", operand="images")
def v1_extract_patches(call: OpCall) -> TensorSpec:
    """Each window of the image laid out in the channels; ``ksizes`` is the old name of ``sizes``."""
    return _patches(call, ("sizes", "ksizes"))


def _patches(call: OpCall, names: tuple[str, ...]) -> TensorSpec:
    x = tensor(argument(call, "images"))
    check_rank(x.shape, 4, "extract_patches")
    windows = per_axis(first_given(call.arguments, *names), 2, -1)
    strides, rates = (per_axis(argument(call, name), 2, -1) for name in ("strides", "rates"))
    if x.shape.dims is None or windows is None:
        return result(Shape((UNKNOWN,) * 4), x.dtype, x)
    slide = Slide(windows, strides, rates, padding_name(argument(call, "padding")))
    channels = x.shape.dims[-1] * windows[0] * windows[1]
    return result(slide.over(x.shape, -1, channels), x.dtype, x)


@op("tf.signal.frame", operand="signal", axis="axis")
def frame(call: OpCall) -> TensorSpec:
    """An axis cut into frames that may overlap."""
    x, axis = tensor(argument(call, "signal")), integer(argument(call, "axis"))
    if x.shape.dims is None or axis is None or not -len(x.shape.dims) <= axis < len(x.shape.dims):
        return result(Shape(None), x.dtype, x)
    place = axis % len(x.shape.dims)
    length, step = (integer(argument(call, name)) for name in ("frame_length", "frame_step"))
    frames: Dim = UNKNOWN
    size = as_int(x.shape.dims[place])
    if length is not None and step and argument(call, "pad_end") is False and size is not None:
        frames = max(0, 1 + (size - length) // step)
    if length is not None and step and argument(call, "pad_end") is True:
        frames = ceil_div(x.shape.dims[place], step)
    width: Dim = UNKNOWN if length is None else length
    return result(Shape((*x.shape.dims[:place], frames, width, *x.shape.dims[place + 1 :])), x.dtype, x)
