"""Shape functions of the preprocessing layers: images, categories and text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, Structure, layer
from kerascheck.semantics.layers.arguments import (
    cast_dtype,
    channels_first,
    choice,
    flag,
    invalid_value,
    is_size,
    short_name,
)
from kerascheck.semantics.layers.weights import derived, elementwise, size_value, unknown_output
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, compare, public_size


def _image(call: LayerCall) -> TensorSpec:
    return call.inputs if isinstance(call.inputs, TensorSpec) else TensorSpec()


def _check_image(call: LayerCall, spec: TensorSpec) -> None:
    """An image has 3 axes, a batch of images 4."""
    dims = spec.shape.dims
    if dims is not None and len(dims) not in {3, 4}:
        raise ShapeProblem(
            ProblemKind.RANK,
            f"{short_name(call)} takes images with 4 axes (batch, height, width, channels), or 3 without a batch, "
            f"and gets {spec.shape}",
            label=f"3 or 4 axes are expected, {len(dims)} given",
            operands=(0,),
        )


# Images


@layer("Rescaling")
def rescaling(call: LayerCall) -> LayerResult:
    """The shape of the input, in the layer's own dtype."""
    spec = _image(call)
    return LayerResult(derived(call, spec, spec.shape))


@layer("Resizing", "CenterCrop", "RandomCrop")
def resizing(call: LayerCall) -> LayerResult:
    """Images of ``height`` by ``width``; a crop too large for the image resizes it."""
    spec = _image(call)
    if isinstance(call.inputs, dict):
        return LayerResult(unknown_output(call))
    _check_image(call, spec)
    first = channels_first(call) if "data_format" in call.config else False
    dims = spec.shape.dims
    if dims is None:
        return LayerResult(unknown_output(call))
    size = (size_value(call.config.get("height")), size_value(call.config.get("width")))
    if short_name(call) == "RandomCrop" and call.generation == 3:
        # Keras declares the crop; at inference it leaves the images as large as they are.
        given = dims[-2:] if first else dims[-3:-1]
        height, width = (crop if compare(crop, found) else UNKNOWN for crop, found in zip(size, given, strict=True))
        size = (height, width)
    match first:
        case None:
            shape = Shape((*dims[:-3], UNKNOWN, UNKNOWN, UNKNOWN))
        case True:
            shape = Shape((*dims[:-2], *size))
        case False:
            shape = Shape((*dims[:-3], *size, dims[-1]))
    return LayerResult(derived(call, spec, shape))


@layer(
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomTranslation",
    "RandomBrightness",
    "RandomShear",
    "RandomPerspective",
    "RandomErasing",
    "RandomElasticTransform",
)
def random_geometry(call: LayerCall) -> LayerResult:
    """The shape of the images; tf_keras looks at their rank."""
    return _augmented(call, lambda spec: _check_image(call, spec) if call.generation == 2 else None)


@layer(
    "RandomContrast",
    "RandomColorJitter",
    "RandomGaussianBlur",
    "RandomHue",
    "RandomInvert",
    "RandomPosterization",
    "RandomSaturation",
    "RandomSharpness",
    "AutoContrast",
    "Solarization",
    "AugMix",
    "RandAugment",
    "ContrastLimitedAdaptiveHistogramEqualization",
)
def random_colour(call: LayerCall) -> LayerResult:
    """The shape of the images."""
    return _augmented(call, lambda spec: None)


@layer("RandomColorDegeneration")
def random_colour_degeneration(call: LayerCall) -> LayerResult:
    """The shape of the images, whose rank this layer looks at."""
    return _augmented(call, lambda spec: _check_image(call, spec))


@layer("CutMix", "MixUp")
def mixed_pairs(call: LayerCall) -> LayerResult:
    """The shape of the images, each mixed with another of the batch; what else is in a dict is mixed, too."""
    match call.inputs:
        case TensorSpec():
            return _augmented(call, lambda spec: None)
        case dict() as given:
            images = given.get("images")
            known = derived(call, images, images.shape) if isinstance(images, TensorSpec) else TensorSpec()
            return LayerResult({name: known if name == "images" else TensorSpec() for name in given})
        case _:
            return LayerResult(unknown_output(call))


@layer("MaxNumBoundingBoxes")
def max_num_bounding_boxes(call: LayerCall) -> LayerResult:
    """The boxes and labels under ``bounding_boxes`` cut or filled to ``max_number`` an image."""
    given = call.inputs.get("bounding_boxes") if isinstance(call.inputs, dict) else None
    if not isinstance(call.inputs, dict) or not isinstance(given, dict):
        return LayerResult(unknown_output(call))
    size = size_value(call.config.get("max_number"))
    cut: dict[str, Structure] = {name: _cut(call, part, _BOX_RANKS.get(name), size) for name, part in given.items()}
    return LayerResult({name: cut if name == "bounding_boxes" else TensorSpec() for name in call.inputs})


_BOX_RANKS = {"boxes": 3, "labels": 2}
"""How many axes they have for a batch of images."""


def _cut(call: LayerCall, part: Structure, rank: int | None, size: Dim) -> TensorSpec:
    """``size`` boxes for each image of a batch; without a batch, nothing is known."""
    if rank is None or not isinstance(part, TensorSpec) or part.shape.rank != rank:
        return TensorSpec()
    return derived(call, part, part.shape.replace(1, size))


@layer("RandomGrayscale", "Equalization")
def random_grayscale(call: LayerCall) -> LayerResult:
    """The shape of the images; integers stay integers."""
    spec = _image(call)
    return LayerResult(replace(spec, dtype=cast_dtype(call, spec.dtype), content=None))


def _augmented(call: LayerCall, check: Callable[[TensorSpec], None]) -> LayerResult:
    if call.generation == 3 and not isinstance(call.inputs, TensorSpec):
        return elementwise(call)
    spec = _image(call)
    check(spec)
    return LayerResult(derived(call, spec, spec.shape))


@layer("RandomHeight", "RandomWidth")
def random_size(call: LayerCall) -> LayerResult:
    """tf_keras only: one of the two spatial axes gets a size that nobody knows before."""
    spec = _image(call)
    _check_image(call, spec)
    if spec.shape.dims is None:
        return LayerResult(unknown_output(call))
    axis = -3 if short_name(call) == "RandomHeight" else -2
    return LayerResult(derived(call, spec, spec.shape.replace(axis, UNKNOWN)))


# Categories


@layer("CategoryEncoding")
def category_encoding(call: LayerCall) -> LayerResult:
    """Indices to rows of ``num_tokens``: one row an index, or one for all of the last axis."""
    mode = _output_mode(call, {"one_hot", "multi_hot", "count", "binary"})
    tokens = call.config.get("num_tokens")
    if tokens is None or (isinstance(tokens, int) and tokens < 1):
        raise invalid_value(call, "num_tokens", "an integer greater than 0")
    return _encoded(call, mode, size_value(tokens), "float32")


@layer("Discretization")
def discretization(call: LayerCall) -> LayerResult:
    """Numbers to the indices of their bins, or an encoding of these."""
    mode = _output_mode(call, {"int", "one_hot", "multi_hot", "count"})
    boundaries, bins = call.config.get("bin_boundaries"), call.config.get("num_bins")
    if boundaries is None and bins is None and call.generation == 3:
        raise invalid_value(call, "num_bins", "an integer, unless bin_boundaries are given,")
    size: Dim = UNKNOWN
    if isinstance(boundaries, list | tuple):
        size = len(boundaries) + 1
    elif boundaries is None and call.generation == 3:
        size = size_value(bins)
    if boundaries is None and call.generation == 2 and mode != "int":
        return LayerResult(TensorSpec())
    spec = _image(call)
    if mode in {"multi_hot", "count"} and call.generation == 3 and spec.shape.rank not in {1, 2}:
        return LayerResult(TensorSpec(Shape(None), "float32"))
    return _encoded(call, mode, size, "int32" if call.generation == 3 else "int64")


@layer("Hashing")
def hashing(call: LayerCall) -> LayerResult:
    """Values to hashes, or an encoding of these."""
    mode = _output_mode(call, {"int", "one_hot", "multi_hot", "count"})
    bins = call.config.get("num_bins")
    if bins is None or (isinstance(bins, int) and bins <= 0):
        raise invalid_value(call, "num_bins", "an integer greater than 0")
    spec = _image(call)
    # Keras 3 declares the shape of a multi-hot encoding for a one-hot one.
    if call.generation == 3 and mode == "one_hot" and not _last_is_one(spec):
        return LayerResult(TensorSpec(Shape(None), "float32"))
    return _encoded(call, mode, size_value(bins), "int64")


@layer("HashedCrossing")
def hashed_crossing(call: LayerCall) -> LayerResult:
    """Two features of one shape, ``(batch,)`` or ``(batch, 1)``, to the hash of both, or its one-hot encoding."""
    mode = _output_mode(call, {"int", "one_hot"})
    features = call.inputs if isinstance(call.inputs, list | tuple) else ()
    known = [each for each in features if isinstance(each, TensorSpec)]
    if isinstance(call.inputs, TensorSpec):
        raise ShapeProblem(
            ProblemKind.INPUTS,
            f"HashedCrossing takes a list of features and gets one tensor {call.inputs.shape}",
            label="a list is expected",
            operands=(0,),
        )
    if len(known) < 2 or len(known) < len(features):
        return LayerResult(TensorSpec())
    first = known[0]
    for other in known[1:]:
        if first.shape.rank is not None and other.shape.rank is not None and not _may_be_equal(first, other):
            raise ShapeProblem(
                ProblemKind.MERGE,
                f"HashedCrossing takes features of one shape and gets {first.shape} and {other.shape}",
                label="the shapes differ",
                operands=(0, 1),
            )
    if call.generation == 2 and first.shape.rank is not None:
        if first.shape.rank > 2 or (first.shape.rank == 2 and (as_int(tuple(first.shape)[-1]) or 1) != 1):
            raise ShapeProblem(
                ProblemKind.RANK,
                f"HashedCrossing takes (None,) or (None, 1) and gets {first.shape}",
                label="one value a sample is expected",
                operands=(0,),
            )
        if first.shape.dims and as_int(first.shape.dims[0]) is not None:
            # The size of the batch gets lost.
            first = first.with_shape(first.shape.replace(0, UNKNOWN))
    return _encoded(call, mode, size_value(call.config.get("num_bins")), "int64", first)


def _may_be_equal(one: TensorSpec, other: TensorSpec) -> bool:
    pairs = zip(one.shape, other.shape, strict=False)
    return one.shape.rank == other.shape.rank and all(
        as_int(a) is None or as_int(b) is None or as_int(a) == as_int(b) for a, b in pairs
    )


@layer("StringLookup", "IntegerLookup")
def lookup(call: LayerCall) -> LayerResult:
    """Tokens to their indices in a vocabulary, or an encoding of these."""
    mode = _output_mode(call, {"int", "one_hot", "multi_hot", "count", "tf_idf", "binary", "tf-idf"})
    if flag(call, "invert") is not False:
        kept = _image(call)
        return LayerResult(TensorSpec(kept.shape if mode == "int" else Shape(None)))
    return _encoded(call, mode, _vocabulary_size(call), "int64")


_FORMER_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def _output_mode(call: LayerCall, allowed: set[str]) -> str | None:
    mode = choice(call, "output_mode", allowed, any_case=False)
    return None if mode is None else _FORMER_MODES.get(mode, mode)


def _vocabulary_size(call: LayerCall) -> Dim:
    """How many columns an encoding has: the vocabulary and the slots for unknown tokens."""
    most = call.config.get("max_tokens")
    if flag(call, "pad_to_max_tokens") and is_size(most):
        return most
    words, strangers = call.config.get("vocabulary"), call.config.get("num_oov_indices")
    if not isinstance(words, list | tuple) or not isinstance(strangers, int):
        return UNKNOWN
    special = (call.config.get("mask_token"), call.config.get("oov_token"))
    if (
        flag(call, "pad_to_max_tokens") is not False
        or UNKNOWN in special
        or any(word in special or not isinstance(word, str | int) for word in words)
    ):
        return UNKNOWN
    return len(words) + strangers


def _last_is_one(spec: TensorSpec) -> bool:
    return bool(spec.shape.dims) and as_int(tuple(spec.shape)[-1]) == 1


def _encoded(
    call: LayerCall, mode: str | None, size: Dim, indices: str, given: TensorSpec | None = None
) -> LayerResult:
    """The encoding of a tensor of indices.

    ``int`` keeps the shape; ``one_hot`` adds an axis, unless the last is 1; the others count over the last axis.
    tf_keras refuses an encoding with more than 2 axes. ``given`` stands for the layer's input.
    """
    spec = given or _image(call)
    dtype = call.config.get("dtype")
    dims = spec.shape.dims
    if mode is None:
        return LayerResult(TensorSpec())
    if mode == "int":
        known = indices if dtype is None else None
        return LayerResult(TensorSpec(spec.shape, known, keras_tensor=spec.keras_tensor))
    output = derived(call, spec, Shape(None))
    if dims is None or not dims:
        return LayerResult(output)
    if mode == "one_hot":
        last = as_int(dims[-1])
        if last is None and len(dims) > 1 and not _prints_none(dims[-1]):
            return LayerResult(output)
        # A last axis of 1 becomes the encoding's.
        shape = Shape((*dims[:-1], size)) if last == 1 else Shape((*dims, size))
        if len(dims) == 1:
            shape = Shape((*dims, size))
    else:
        shape = Shape((*dims[:-1], size))
    if call.generation == 2 and shape.rank is not None and shape.rank > 2:
        raise ShapeProblem(
            ProblemKind.RANK,
            f'{short_name(call)} with output_mode="{mode}" gives at most 2 axes and gets {spec.shape}',
            label="too many axes to encode",
            operands=(0,),
        )
    return LayerResult(derived(call, spec, shape))


def _prints_none(dim: Dim) -> bool:
    return dim is not UNKNOWN and public_size(dim) is None


# Text


@layer("TextVectorization")
def text_vectorization(call: LayerCall) -> LayerResult:
    """Strings to rows of token indices, or to one encoding a string."""
    mode = call.config.get("output_mode")
    spec = _image(call)
    dims = spec.shape.dims
    if not dims or not isinstance(mode, str) or call.config.get("split") is None or flag(call, "ragged") is not False:
        return LayerResult(TensorSpec())
    if call.generation == 2 and len(dims) > 1 and (as_int(dims[-1]) or 1) != 1:
        raise ShapeProblem(
            ProblemKind.RANK,
            f"TextVectorization takes one string a sample, (None,) or (None, 1), and gets {spec.shape}",
            label=f"{public_size(dims[-1])} strings a sample",
            operands=(0,),
        )
    if mode == "int":
        length = call.config.get("output_sequence_length")
        steps: Dim = length if is_size(length) else UNKNOWN
        return LayerResult(TensorSpec(Shape.of(dims[0], steps), "int64", keras_tensor=spec.keras_tensor))
    if len(dims) > 1 and call.generation == 3:
        return LayerResult(TensorSpec())
    return LayerResult(derived(call, spec, Shape.of(dims[0], _text_size(call))))


def _text_size(call: LayerCall) -> Dim:
    most, words = call.config.get("max_tokens"), call.config.get("vocabulary")
    if flag(call, "pad_to_max_tokens") and is_size(most):
        return most
    if flag(call, "pad_to_max_tokens") is not False or not isinstance(words, list | tuple):
        return UNKNOWN
    return UNKNOWN if any(word in {"", "[UNK]"} for word in words if isinstance(word, str)) else len(words) + 1
