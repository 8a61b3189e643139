"""An image with its channels first goes into a convolution that takes them last, or the reverse."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression, operand_trail
from kerascheck.checks.batch import once
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.shapes import Shape, as_int

CONVOLUTIONS = {
    "keras.layers.Conv2D": 2,
    "keras.layers.SeparableConv2D": 2,
    "keras.layers.Conv2DTranspose": 2,
    "keras.layers.Conv3D": 3,
}
"""The convolutions over images and volumes, each with the number of its spatial axes."""

CHANNELS = (1, 3)
"""How many channels a picture has: grey, or three colours."""

SMALLEST = 16
"""No picture is smaller than this, and no picture has so many channels."""

KEEPING = frozenset(
    {
        *("Activation", "ReLU", "Rescaling", "Normalization", "BatchNormalization", "Dropout", "GaussianNoise"),
        *("Permute", "Reshape", "Lambda", "RandomFlip", "RandomRotation", "RandomZoom"),
        *("cast", "transpose", "reshape", "expand_dims", "add", "subtract", "multiply", "divide", "truediv"),
    }
)
"""Layers and functions behind which a picture is still a picture."""

CHOOSING = ("set_image_data_format", "set_image_dim_ordering")
"""Functions that choose the layout of all layers that are not told."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such convolution that is the first to see the picture."""
    convolutions = program.nodes_of(CONVOLUTIONS)
    chosen = bool(convolutions) and any(use.name.rpartition(".")[2] in CHOOSING for use in program.symbols)
    return once(
        finding
        for model, node in convolutions
        if node.problem is None and node.source is not None
        if not (chosen and node.config.get("data_format") is None)
        for finding in _findings(model, node)
    )


def _findings(model: ModelGraph, node: Node) -> Iterator[Finding]:
    spatial = CONVOLUTIONS[node.op]
    operands = model.operand_specs(node)
    if not operands or not _is_picture(model, node):
        return
    shape = operands[0].shape
    layout = node.config.get("data_format") or "channels_last"
    if shape.rank != spatial + 2 or _channels(node, layout) != node.config.get("filters"):
        return
    kernel = _kernel(node, spatial)
    for given, axis in (("channels_first", 1), ("channels_last", -1)):
        # A kernel of 1 along what would be the channels is another convolution's, written with this layer.
        along = kernel[0] if axis == 1 else kernel[-1]
        if layout != given and _has_channels(shape, axis) and along is not None and along > 1:
            yield _finding(model, node, shape, layout, given, axis)


def _is_picture(model: ModelGraph, node: Node) -> bool:
    """Whether what the node is called on comes from an input by nothing but what keeps a picture one."""
    pending = list(model.predecessors(node.identifier))
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        before = model.node(name)
        if before.kind in ("input", "constant"):
            continue
        if before.kind == "variable" or before.op.rpartition(".")[2] not in KEEPING:
            return False
        pending += model.predecessors(name)
    return True


def _channels(node: Node, layout: str) -> int | None:
    """How many channels the output has by that layout."""
    dims = node.shape.dims
    return None if not dims or len(dims) < 3 else as_int(dims[-1 if layout == "channels_last" else 1])


def _kernel(node: Node, spatial: int) -> tuple[int | None, ...]:
    size = node.config.get("kernel_size")
    sizes = size if isinstance(size, (list, tuple)) and len(size) == spatial else (size,) * spatial
    return tuple(each if isinstance(each, int) else None for each in sizes)


def _has_channels(shape: Shape, axis: int) -> bool:
    """Whether a shape is certainly that of a square picture with its channels on ``axis``."""
    sizes = [as_int(dim) for dim in (shape.dims or ())[1:]]
    place = 0 if axis == 1 else -1
    channels = sizes.pop(place)
    return channels in CHANNELS and sizes[0] is not None and sizes[0] >= SMALLEST and len(set(sizes)) == 1


def _finding(model: ModelGraph, node: Node, shape: Shape, layout: str, given: str, axis: int) -> Finding:
    assert node.source is not None
    sizes = shape.dims or ()
    channels = sizes[-1 if layout == "channels_last" else 1]
    message = (
        f"`{expression(node)}` takes {shape} for a picture of {channels} channels: "
        f"the layer is {layout}, and the data are {given}"
    )
    place = "last" if layout == "channels_last" else "first"
    help = f'move the channels to the {place} axis of the data, or give the layers `data_format="{given}"`'
    label = f"axis {axis} looks like the channels"
    return Finding(node.source.span, message, label, operand_trail(model, node) + call_trail(node), help)
