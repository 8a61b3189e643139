"""``tf.io``: what is in a file, images and rows of text decoded, tensors as strings."""

from __future__ import annotations

from kerascheck.semantics.api import Family, OpCall, Structure, op
from kerascheck.semantics.ops.arguments import SCALAR, argument, dim_of, dtype_name, result, sizes, tensor
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec


@op("tf.io.read_file", "tf.io.serialize_tensor", "tf.io.encode_jpeg", family=Family.CREATION, operand="contents")
def one_string(call: OpCall) -> TensorSpec:
    """One string."""
    return TensorSpec(SCALAR, "string")


@op("tf.io.encode_png", operand="image")
def encode_png(call: OpCall) -> TensorSpec:
    """A string for each image: the axes before height, width and channels."""
    image = tensor(argument(call, "image"))
    dims = image.shape.dims
    return TensorSpec(Shape(dims[:-3]) if dims is not None and len(dims) >= 3 else Shape(None), "string")


@op("tf.io.encode_base64", "tf.io.decode_base64", family=Family.ELEMENTWISE, operand="input")
def base64(call: OpCall) -> TensorSpec:
    """Each string by itself."""
    x = tensor(argument(call, "input"))
    return result(x.shape, "string", x)


def _channels(call: OpCall) -> Dim:
    """How many channels are asked for; 0 leaves it to the file."""
    channels = dim_of(argument(call, "channels"))
    return channels if isinstance(channels, int) and channels > 0 else UNKNOWN


@op("tf.io.decode_jpeg", "tf.io.decode_png", "tf.io.decode_bmp", operand="contents")
def decode_picture(call: OpCall) -> TensorSpec:
    """``(height, width, channels)``; the file has the sizes."""
    dtype = dtype_name(argument(call, "dtype"), "uint8") if "dtype" in call.arguments else "uint8"
    return TensorSpec(Shape.of(UNKNOWN, UNKNOWN, _channels(call)), dtype)


@op("tf.io.decode_and_crop_jpeg", operand="contents")
def decode_and_crop(call: OpCall) -> TensorSpec:
    """The part of a picture that ``crop_window``, ``[top, left, height, width]``, says."""
    window = sizes(argument(call, "crop_window"))
    height, width = window[2:] if window is not None and len(window) == 4 else (UNKNOWN, UNKNOWN)
    return TensorSpec(Shape.of(height, width, _channels(call)), "uint8")


@op("tf.io.decode_gif", operand="contents")
def decode_gif(call: OpCall) -> TensorSpec:
    """``(frames, height, width, 3)``."""
    return TensorSpec(Shape.of(UNKNOWN, UNKNOWN, UNKNOWN, 3), "uint8")


@op("tf.io.decode_image", operand="contents")
def decode_image(call: OpCall) -> TensorSpec:
    """A picture of any kind: of a rank that nobody knows, unless animations are left out."""
    dtype = dtype_name(argument(call, "dtype"), "uint8")
    if argument(call, "expand_animations") is False:
        return TensorSpec(Shape.of(UNKNOWN, UNKNOWN, _channels(call)), dtype)
    return TensorSpec(Shape(None), dtype)


@op("tf.io.decode_raw", operand="input_bytes")
def decode_raw(call: OpCall) -> TensorSpec:
    """The bytes of each string as numbers: one more axis, as long as the strings are."""
    x = tensor(argument(call, "input_bytes"))
    shape = Shape(None) if x.shape.dims is None else Shape((*x.shape.dims, UNKNOWN))
    return result(shape, dtype_name(argument(call, "out_type"), None), x)


@op("tf.io.decode_csv", operand="records")
def decode_csv(call: OpCall) -> Structure:
    """A tensor for each column, of the records' shape."""
    records = tensor(argument(call, "records"))
    defaults = argument(call, "record_defaults")
    if not isinstance(defaults, list | tuple) or argument(call, "select_cols") is not None:
        return None
    return [result(records.shape, None, records) for _ in defaults]
