"""``keras.ops.image``: one image or a batch of them, the channels last or, with ``data_format``, first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import argument, dim_of, result, sizes, tensor, unknown_like
from kerascheck.semantics.ops.image import image_rank_problem
from kerascheck.semantics.ops.windows import Slide, channel_axis, padding_name
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, Unknown, as_int, product
from kerascheck.shapes.dim import bounds


def _image(call: OpCall, name: str = "images") -> TensorSpec:
    """The images; raises RANK for what is none."""
    x = tensor(argument(call, name))
    if x.shape.rank not in {None, 3, 4}:
        raise image_rank_problem(x.shape)
    return x


def _placed(x: TensorSpec, height: Dim, width: Dim, data_format: Any) -> TensorSpec:
    """``x`` with another height and width."""
    dims, channel = x.shape.dims, channel_axis(data_format)
    if dims is None:
        return unknown_like(x)
    match channel:
        case None:
            return result(Shape((*dims[:-3], UNKNOWN, UNKNOWN, UNKNOWN)), x.dtype, x)
        case 1:
            return result(Shape((*dims[:-2], height, width)), x.dtype, x)
    return result(Shape((*dims[:-3], height, width, dims[-1])), x.dtype, x)


def _height_and_width(x: TensorSpec, data_format: Any) -> tuple[Dim, Dim]:
    dims, channel = x.shape.dims, channel_axis(data_format)
    if dims is None or channel is None:
        return UNKNOWN, UNKNOWN
    return (dims[-2], dims[-1]) if channel == 1 else (dims[-3], dims[-2])


@op("keras.ops.image.resize", operand="images")
def resize(call: OpCall) -> TensorSpec:
    """Images of the given height and width, in their own dtype."""
    wanted = sizes(argument(call, "size"))
    height, width = (wanted[0], wanted[1]) if wanted is not None and len(wanted) == 2 else (UNKNOWN, UNKNOWN)
    return _placed(_image(call), height, width, argument(call, "data_format"))


def _margins(kind: str, sign: int) -> Callable[[OpCall], TensorSpec]:
    """Each axis has two of the margin before, the margin after and the size wanted."""

    def moved(call: OpCall) -> TensorSpec:
        x = _image(call)
        data_format = argument(call, "data_format")
        height, width = _height_and_width(x, data_format)

        def size(old: Dim, target: str, *margins: str) -> Dim:
            wanted = argument(call, target)
            if wanted is not None:
                return dim_of(wanted)
            new = old + sign * sum((dim_of(argument(call, f"{margin}_{kind}")) for margin in margins), start=0)
            # A size below zero is refused; below what the sizes allow nothing is said.
            lowest, _ = bounds(new)
            return new if lowest is not None and lowest >= 0 else UNKNOWN

        return _placed(
            x, size(height, "target_height", "top", "bottom"), size(width, "target_width", "left", "right"), data_format
        )

    return moved


op("keras.ops.image.pad_images", operand="images")(_margins("padding", 1))
op("keras.ops.image.crop_images", operand="images")(_margins("cropping", -1))


@op("keras.ops.image.rgb_to_grayscale", operand="images")
def rgb_to_grayscale(call: OpCall) -> TensorSpec:
    """One channel in place of three."""
    x = _image(call)
    channel = channel_axis(argument(call, "data_format"))
    if x.shape.dims is None or channel is None:
        return _placed(x, UNKNOWN, UNKNOWN, UNKNOWN)
    place = -3 if channel == 1 else -1
    channels = as_int(x.shape.dims[place])
    if channels not in {None, 1, 3}:
        raise ShapeProblem(
            ProblemKind.VALUE,
            f"an image of 3 channels, or 1, is wanted, not {x.shape}",
            label=f"{channels} channels",
            help="give it 3 channels",
            operands=(0,),
        )
    return result(x.shape.replace(place, 1), x.dtype, x)


@op("keras.ops.image.rgb_to_hsv", "keras.ops.image.hsv_to_rgb", family=Family.ELEMENTWISE, operand="images")
@op("keras.ops.image.affine_transform", "keras.ops.image.perspective_transform", operand="images")
@op("keras.ops.image.gaussian_blur", "keras.ops.image.elastic_transform", operand="images")
def same(call: OpCall) -> TensorSpec:
    """Images of the same size."""
    x = _image(call)
    return result(x.shape, x.dtype, x)


@op("keras.ops.image.sobel_edges", operand="images")
def sobel_edges(call: OpCall) -> TensorSpec:
    """Two edge maps of each channel, on a new last axis."""
    x = tensor(argument(call, "images"))
    return result(Shape(None if x.shape.dims is None else (*x.shape.dims, 2)), x.dtype, x)


@op("keras.ops.image.ssim", operand="image1")
def ssim(call: OpCall) -> TensorSpec:
    """One number for each pair of images."""
    x, y = tensor(argument(call, "image1")), tensor(argument(call, "image2"))
    known = x.shape.rank in {3, 4} and x.shape.rank == y.shape.rank
    return result(Shape((x.shape.dims or ())[:-3] if known else None), None, x, y)


@op("keras.ops.image.map_coordinates", operand="inputs")
def map_coordinates(call: OpCall) -> TensorSpec:
    """A value for each point, whose coordinates are along the first axis."""
    x, points = tensor(argument(call, "inputs")), tensor(argument(call, "coordinates"))
    return result(Shape(points.shape.dims[1:] if points.shape.dims else None), x.dtype, x, points)


@op("keras.ops.image.scale_and_translate", operand="images")
def scale_and_translate(call: OpCall) -> TensorSpec:
    """An image of the given shape."""
    x = tensor(argument(call, "images"))
    return result(Shape(sizes(argument(call, "output_shape"))), x.dtype, x)


@op("keras.ops.image.extract_patches", operand="images")
def extract_patches(call: OpCall) -> TensorSpec:
    """The patches in place of the pixels, each flattened into the channels; in space where ``size`` has three."""
    wanted = sizes(argument(call, "size"))
    if wanted is None or isinstance(argument(call, "size"), TensorSpec):
        return unknown_like(tensor(argument(call, "images")))
    return _patches(call, "images", 3 if len(wanted) == 3 else 2)


@op("keras.ops.image.extract_patches_3d", operand="volumes")
def extract_patches_3d(call: OpCall) -> TensorSpec:
    """The patches in place of the voxels, each flattened into the channels."""
    return _patches(call, "volumes", 3)


def _patches(call: OpCall, operand: str, count: int) -> TensorSpec:
    x = tensor(argument(call, operand))
    dims, channel = x.shape.dims, channel_axis(argument(call, "data_format"))
    if dims is None or len(dims) - count not in {1, 2}:
        return unknown_like(x)
    windows = _for_each(argument(call, "size"), count)
    strides = argument(call, "strides")
    slide = Slide(
        windows,
        windows if strides is None else _for_each(strides, count),
        _for_each(argument(call, "dilation_rate"), count),
        padding_name(argument(call, "padding")),
    )
    depth: Dim = UNKNOWN
    if channel is not None:
        depth = dims[-count - 1 if channel == 1 else -1]
    volume: Dim = UNKNOWN if windows is None else product(windows)
    channels = volume * depth
    return result(slide.over(x.shape, channel, channels, len(dims) - count - 1), x.dtype, x)


def _for_each(value: Any, count: int) -> list[Dim] | None:
    """A size for each of ``count`` axes; None where it is not known."""
    listed = sizes(value)
    if listed is None or any(isinstance(size, Unknown) for size in listed):
        return None
    if len(listed) == 1:
        return list(listed) * count
    return list(listed) if len(listed) == count else None
