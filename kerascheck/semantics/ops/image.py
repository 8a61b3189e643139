"""Functions of images: (height, width, channels) with or without a batch before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import (
    argument,
    dim_of,
    dtype_name,
    flag,
    integer,
    result,
    sizes,
    tensor,
    unknown_like,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int


def resized(x: TensorSpec, height: Dim, width: Dim, dtype: str | None) -> TensorSpec:
    """``x`` with another height and width; raises RANK for what is no image."""
    dims = x.shape.dims
    if dims is None:
        return result(Shape(None), dtype, x)
    if len(dims) not in {3, 4}:
        raise image_rank_problem(x.shape)
    return result(Shape((*dims[:-3], height, width, dims[-1])), dtype, x)


def image_rank_problem(shape: Shape) -> ShapeProblem:
    """The finding that a tensor is no image and no batch of them."""
    return ShapeProblem(
        ProblemKind.RANK,
        f"an image has three axes, or four with the batch, not {shape}",
        label=f"rank {shape.rank}",
        help="give it the axes batch, height, width, channels",
        operands=(0,),
    )


def _pair(value: Any) -> tuple[Dim, Dim]:
    wanted = sizes(value)
    return (wanted[0], wanted[1]) if wanted is not None and len(wanted) == 2 else (UNKNOWN, UNKNOWN)


def _resize_dtype(call: OpCall, x: TensorSpec) -> str | None:
    method = argument(call, "method")
    if not isinstance(method, str):
        return None
    return x.dtype if method == "nearest" else "float32"


@op("tf.image.resize", operand="images")
def resize(call: OpCall) -> TensorSpec:
    """An image of the given height and width."""
    x = tensor(argument(call, "images"))
    kept = flag(argument(call, "preserve_aspect_ratio"))
    height, width = _pair(argument(call, "size")) if kept is False else (UNKNOWN, UNKNOWN)
    return resized(x, height, width, _resize_dtype(call, x))


@op("tf.compat.v1.image.resize_images", operand="images")
def resize_images(call: OpCall) -> TensorSpec:
    """An image of the given height and width."""
    x = tensor(argument(call, "images"))
    kept = flag(argument(call, "preserve_aspect_ratio"))
    height, width = _pair(argument(call, "size")) if kept is False else (UNKNOWN, UNKNOWN)
    return resized(x, height, width, None)


@op("tf.compat.v1.image.resize_area", "tf.compat.v1.image.resize_bicubic", operand="images")
@op("tf.compat.v1.image.resize_bilinear", "tf.compat.v1.image.resize_nearest_neighbor", operand="images")
def v1_resize(call: OpCall) -> TensorSpec:
    """A batch of images of the given height and width."""
    x = tensor(argument(call, "images"))
    return resized(x, *_pair(argument(call, "size")), None)


def _to_target(operand: str, dtype: str | None) -> Callable[[OpCall], TensorSpec]:
    def placed(call: OpCall) -> TensorSpec:
        x = tensor(argument(call, operand))
        height, width = (dim_of(argument(call, name)) for name in ("target_height", "target_width"))
        return resized(x, height, width, dtype or x.dtype)

    return placed


op(
    "tf.image.resize_with_crop_or_pad", "tf.image.pad_to_bounding_box", "tf.image.crop_to_bounding_box", operand="image"
)(_to_target("image", None))
op("tf.image.resize_with_pad", operand="image")(_to_target("image", "float32"))
op("tf.compat.v1.image.resize_image_with_pad", operand="image")(_to_target("image", "float32"))


@op("keras.backend.resize_images")
def backend_resize_images(call: OpCall) -> TensorSpec:
    """Height and width multiplied."""
    x = tensor(argument(call, "x"))
    if x.shape.rank != 4 or x.shape.dims is None or argument(call, "data_format") != "channels_last":
        return unknown_like(x)
    batch, height, width, channels = x.shape.dims
    factors = dim_of(argument(call, "height_factor")), dim_of(argument(call, "width_factor"))
    return result(Shape.of(batch, height * factors[0], width * factors[1], channels), None, x)


def _same(operand: str) -> Callable[[OpCall], TensorSpec]:
    def same(call: OpCall) -> TensorSpec:
        x = tensor(argument(call, operand))
        return result(x.shape, x.dtype, x)

    return same


_IMAGE = """adjust_brightness adjust_gamma adjust_hue adjust_saturation flip_left_right flip_up_down
random_brightness random_flip_left_right random_flip_up_down random_hue random_saturation random_contrast
stateless_random_flip_left_right stateless_random_flip_up_down stateless_random_brightness stateless_random_contrast
stateless_random_hue stateless_random_saturation"""
op(*(f"tf.image.{name}" for name in _IMAGE.split()), family=Family.ELEMENTWISE, operand="image")(_same("image"))
_CONTRASTED = "adjust_contrast hsv_to_rgb rgb_to_hsv rgb_to_yiq rgb_to_yuv yiq_to_rgb yuv_to_rgb"
op(*(f"tf.image.{name}" for name in _CONTRASTED.split()), family=Family.ELEMENTWISE, operand="images")(_same("images"))


@op("tf.image.per_image_standardization", family=Family.ELEMENTWISE, operand="image")
def standardized(call: OpCall) -> TensorSpec:
    """Each image shifted and scaled by its own statistics."""
    x = tensor(argument(call, "image"))
    return result(x.shape, "float32" if x.dtype == "float32" else None, x)


@op("tf.image.convert_image_dtype", family=Family.ELEMENTWISE, operand="image")
def converted(call: OpCall) -> TensorSpec:
    """The image in another dtype, scaled to its range."""
    x = tensor(argument(call, "image"))
    return result(x.shape, dtype_name(argument(call, "dtype")), x)


def _channels(operand: str, have: int, want: int) -> Callable[[OpCall], TensorSpec]:
    def recoloured(call: OpCall) -> TensorSpec:
        x = tensor(argument(call, operand))
        if not x.shape.dims:
            return unknown_like(x)
        last = as_int(x.shape.dims[-1])
        if last is not None and last != have:
            raise ShapeProblem(
                ProblemKind.VALUE,
                f"an image of {have} channels is wanted, not {x.shape}",
                label=f"{last} channels",
                help=f"give it {have} channels",
                operands=(0,),
            )
        return result(x.shape.replace(-1, want), x.dtype, x)

    return recoloured


op("tf.image.rgb_to_grayscale", operand="images")(_channels("images", 3, 1))
op("tf.image.grayscale_to_rgb", operand="images")(_channels("images", 1, 3))


@op("tf.image.rot90", operand="image")
def image_rot90(call: OpCall) -> TensorSpec:
    """An image turned by a quarter ``k`` times."""
    x, turns = tensor(argument(call, "image")), integer(argument(call, "k"))
    if x.shape.dims is None or len(x.shape.dims) not in {3, 4}:
        return unknown_like(x)
    height, width = x.shape.dims[-3:-1]
    if turns is None:
        return resized(x, UNKNOWN, UNKNOWN, x.dtype)
    return resized(x, width, height, x.dtype) if turns % 2 else resized(x, height, width, x.dtype)


@op("tf.image.random_crop", "tf.image.stateless_random_crop", operand="value")
def random_crop(call: OpCall) -> TensorSpec:
    """A block of the given shape."""
    x = tensor(argument(call, "value"))
    wanted = sizes(argument(call, "size"))
    if wanted is None:
        return result(Shape(None if x.shape.rank is None else (UNKNOWN,) * x.shape.rank), x.dtype, x)
    return result(Shape(tuple(UNKNOWN if as_int(dim) == -1 else dim for dim in wanted)), x.dtype, x)


@op("tf.image.central_crop", operand="image")
def central_crop(call: OpCall) -> TensorSpec:
    """The middle of an image: how much depends on the fraction."""
    x = tensor(argument(call, "image"))
    return resized(x, UNKNOWN, UNKNOWN, x.dtype)


@op("tf.image.crop_and_resize", operand="image")
def crop_and_resize(call: OpCall) -> TensorSpec:
    """One crop of the given size for each box."""
    return _crops(call)


@op("tf.compat.v1.image.crop_and_resize", operand="image")
def v1_crop_and_resize(call: OpCall) -> TensorSpec:
    """One crop of the given size for each box."""
    return _crops(call)


def _crops(call: OpCall) -> TensorSpec:
    x, boxes = tensor(argument(call, "image")), tensor(argument(call, "boxes"))
    count: Dim = boxes.shape.dims[0] if boxes.shape.dims else UNKNOWN
    depth: Dim = x.shape.dims[-1] if x.shape.dims else UNKNOWN
    return result(Shape.of(count, *_pair(argument(call, "crop_size")), depth), "float32", x, boxes)


@op("tf.image.psnr", "tf.image.ssim", operand="a")
def compared(call: OpCall) -> TensorSpec:
    """One number for each pair of images."""
    x = tensor(call.arguments.get("a", call.arguments.get("img1")))
    return result(Shape(None if x.shape.dims is None else x.shape.dims[:-3]), "float32", x)


@op("tf.image.total_variation", operand="images")
def total_variation(call: OpCall) -> TensorSpec:
    """One number for each image."""
    x = tensor(argument(call, "images"))
    return result(Shape(None if x.shape.dims is None else x.shape.dims[:-3]), x.dtype, x)


@op("tf.image.image_gradients", operand="image")
def image_gradients(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """The vertical and horizontal differences."""
    x = tensor(argument(call, "image"))
    return result(x.shape, x.dtype, x), result(x.shape, x.dtype, x)


@op("tf.image.sobel_edges", operand="image")
def sobel_edges(call: OpCall) -> TensorSpec:
    """Two edge maps, on a new last axis."""
    x = tensor(argument(call, "image"))
    return result(Shape(None if x.shape.dims is None else (*x.shape.dims, 2)), x.dtype, x)


@op("tf.image.non_max_suppression", operand="boxes")
def non_max_suppression(call: OpCall) -> TensorSpec:
    """The boxes kept: how many depends on the values."""
    return TensorSpec(Shape.of(UNKNOWN), "int32")


_JPEG = "adjust_jpeg_quality random_jpeg_quality stateless_random_jpeg_quality"
op(*(f"tf.image.{name}" for name in _JPEG.split()), operand="image")(_same("image"))
op("tf.image.draw_bounding_boxes", operand="images")(_same("images"))


@op("tf.image.combined_non_max_suppression", operand="boxes")
def combined_non_max_suppression(call: OpCall) -> tuple[TensorSpec, ...]:
    """Boxes, scores and classes of what is kept in each image, and how much that is."""
    boxes = tensor(argument(call, "boxes"))
    batch: Dim = boxes.shape.dims[0] if boxes.shape.dims else UNKNOWN
    count = dim_of(argument(call, "max_total_size"))
    if argument(call, "pad_per_class") is not False:
        count = UNKNOWN
    detail = TensorSpec(Shape.of(batch, count), "float32")
    return TensorSpec(Shape.of(batch, count, 4), "float32"), detail, detail, TensorSpec(Shape.of(batch), "int32")


@op("tf.image.non_max_suppression_with_scores", operand="boxes")
def non_max_suppression_with_scores(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """The boxes kept and their scores: how many depends on the values."""
    return TensorSpec(Shape.of(UNKNOWN), "int32"), TensorSpec(Shape.of(UNKNOWN))


@op("tf.image.ssim_multiscale", operand="img1")
def ssim_multiscale(call: OpCall) -> TensorSpec:
    """One number for each pair of images."""
    x, y = tensor(argument(call, "img1")), tensor(argument(call, "img2"))
    known = x.shape.dims is not None and len(x.shape.dims) >= 3 and x.shape.rank == y.shape.rank
    return result(Shape((x.shape.dims or ())[:-3] if known else None), "float32", x, y)


@op("tf.image.extract_glimpse", operand="input")
def extract_glimpse(call: OpCall) -> TensorSpec:
    """A window of the given size out of each image."""
    x = tensor(argument(call, "input"))
    return resized(x, *_pair(argument(call, "size")), "float32") if x.shape.rank == 4 else unknown_like(x)
