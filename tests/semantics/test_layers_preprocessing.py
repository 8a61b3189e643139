"""Preprocessing layers against real Keras, and what is said when they cannot work."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.api import LayerResult
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol
from tests.semantics.differential import Inner, assert_agrees, call, our_result, real_outcome

FEW = settings(derandomize=True, deadline=None, max_examples=10)
B, H, W = batch(), symbol("H"), symbol("W")
SIDES = st.sampled_from([None, 4, 8, 9])
IMAGES = st.one_of(
    st.tuples(st.none(), SIDES, SIDES, st.sampled_from([1, 3])),
    st.tuples(st.none(), SIDES, SIDES, st.sampled_from([1, 3])),
    st.tuples(st.integers(4, 9), st.integers(4, 9), st.just(3)),
)
POLICIES = st.sampled_from(["float32", "float16"])
PIXELS = st.sampled_from(["float32", "uint8"])


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", ["Resizing", "CenterCrop"])
@given(
    config=st.fixed_dictionaries({"height": st.integers(1, 12), "width": st.integers(1, 12), "dtype": POLICIES}),
    shape=IMAGES,
    dtype=PIXELS,
)
@FEW
def test_resizing_agrees(generation: int, layer: str, config: dict[str, Any], shape: Any, dtype: str) -> None:
    assert_agrees(generation, layer, config, shape, dtype=dtype)


@pytest.mark.tensorflow
@given(
    config=st.fixed_dictionaries({"height": st.integers(1, 12), "width": st.integers(1, 12), "dtype": POLICIES}),
    shape=IMAGES,
    dtype=PIXELS,
)
@FEW
def test_a_random_crop_of_keras_2_agrees(config: dict[str, Any], shape: Any, dtype: str) -> None:
    assert_agrees(2, "RandomCrop", config, shape, dtype=dtype)


@pytest.mark.tensorflow
def test_a_random_crop_of_keras_3_only_crops_in_training_whatever_it_declares() -> None:
    import keras

    images = keras.ops.ones((2, 9, 7, 3))
    layer = keras.layers.RandomCrop(4, 7)
    assert tuple(layer(images, training=True).shape) == (2, 4, 7, 3)
    assert tuple(layer(images, training=False).shape) == (2, 9, 7, 3)
    ours = our_result(3, "RandomCrop", {"height": 4, "width": 7}, (None, 9, 7, 3))
    assert isinstance(ours, LayerResult) and isinstance(ours.outputs, TensorSpec)
    assert ours.outputs.shape == Shape((batch(), UNKNOWN, 7, 3))


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", ["Resizing", "CenterCrop"])
def test_resizing_of_channels_first_agrees(layer: str) -> None:
    for data_format in ("channels_first", "channels_last", "channels"):
        config = {"height": 4, "width": 5, "data_format": data_format}
        assert_agrees(3, layer, config, (None, 3, 8, 9))
        assert_agrees(3, layer, config, (3, 8, 9))


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", ["Resizing", "CenterCrop", "RandomCrop"])
@pytest.mark.parametrize("shape", [(2, 8), (2, 4, 8, 9, 3)])
def test_images_of_another_rank_are_refused(layer: str, shape: Any) -> None:
    config = {"height": 4, "width": 5}
    assert assert_agrees(2, layer, config, shape).error
    assert assert_agrees(3, layer, config, shape, fails_when_run=True).error


AUGMENTATIONS: dict[str, dict[str, Any]] = {
    "Rescaling": {"scale": 0.5},
    "RandomFlip": {},
    "RandomRotation": {"factor": 0.2},
    "RandomZoom": {"height_factor": 0.2},
    "RandomTranslation": {"height_factor": 0.2, "width_factor": 0.2},
    "RandomContrast": {"factor": 0.2},
    "RandomBrightness": {"factor": 0.2},
}
NEW_AUGMENTATIONS: dict[str, dict[str, Any]] = {
    "AugMix": {},
    "AutoContrast": {},
    "ContrastLimitedAdaptiveHistogramEqualization": {},
    "CutMix": {},
    "Equalization": {},
    "MixUp": {},
    "RandAugment": {},
    "RandomColorDegeneration": {"factor": 0.3},
    "RandomColorJitter": {},
    "RandomElasticTransform": {},
    "RandomErasing": {},
    "RandomGaussianBlur": {},
    "RandomGrayscale": {},
    "RandomHue": {"factor": 0.3},
    "RandomInvert": {},
    "RandomPerspective": {},
    "RandomPosterization": {"factor": 4},
    "RandomSaturation": {"factor": 0.3},
    "RandomSharpness": {"factor": 0.3},
    "RandomShear": {},
    "Solarization": {},
}


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", AUGMENTATIONS)
@pytest.mark.parametrize("generation", [2, 3])
def test_augmentation_keeps_the_shape(generation: int, layer: str) -> None:
    for shape in ((None, 8, 9, 3), (None, None, None, 3), (8, 9, 3)):
        assert_agrees(generation, layer, AUGMENTATIONS[layer], shape)
    assert_agrees(generation, layer, AUGMENTATIONS[layer], (None, 8, 9, 3), dtype="uint8")
    assert_agrees(generation, layer, AUGMENTATIONS[layer], (None, 8), may_miss=True)


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", NEW_AUGMENTATIONS)
def test_augmentation_of_keras_3_keeps_the_shape(layer: str) -> None:
    for shape in ((None, 8, 9, 3), (None, None, None, 3)):
        assert_agrees(3, layer, NEW_AUGMENTATIONS[layer], shape)
    assert_agrees(3, layer, NEW_AUGMENTATIONS[layer], (None, 8, 9, 3), dtype="uint8")
    assert_agrees(3, layer, NEW_AUGMENTATIONS[layer], (None, 8))


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", ["RandomHeight", "RandomWidth"])
def test_random_size_of_tf_keras_is_unknown(layer: str) -> None:
    for shape in ((None, 8, 9, 3), (8, 9, 3), (None, 8)):
        assert_agrees(2, layer, {"factor": 0.2}, shape)


INDEXED = [(None,), (None, 1), (None, 3), (None, 2, 3), (None, None)]


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count", "int", "binary", "hot"])
@pytest.mark.parametrize("shape", INDEXED)
def test_category_encoding_agrees(generation: int, mode: str, shape: Any) -> None:
    config = {"num_tokens": 7, "output_mode": mode}
    assert_agrees(generation, "CategoryEncoding", config, shape, dtype="int32")


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("tokens", [None, 0, -1])
def test_category_encoding_needs_a_number_of_tokens(generation: int, tokens: Any) -> None:
    assert assert_agrees(generation, "CategoryEncoding", {"num_tokens": tokens}, (None, 3), dtype="int32").error


LOOKUPS: dict[str, tuple[dict[str, Any], str]] = {
    "Discretization": ({"bin_boundaries": [0.0, 1.0, 2.0]}, "float32"),
    "Hashing": ({"num_bins": 7}, "int64"),
    "IntegerLookup": ({"vocabulary": [1, 2, 3]}, "int64"),
    "StringLookup": ({"vocabulary": ["a", "b"], "num_oov_indices": 2, "mask_token": "[MASK]"}, "string"),
}


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", LOOKUPS)
@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count", "binary", "hot"])
def test_lookup_agrees(generation: int, layer: str, mode: str) -> None:
    config, dtype = LOOKUPS[layer]
    for shape in INDEXED[:4]:
        if generation == 3 and says_nothing(layer, mode, shape):
            ours = our_result(3, layer, {**config, "output_mode": mode}, shape, dtype)
            assert isinstance(ours, LayerResult)
            assert ours.outputs == TensorSpec(Shape(None), "float32")
        else:
            assert_agrees(generation, layer, {**config, "output_mode": mode}, shape, dtype=dtype)


def says_nothing(layer: str, mode: str, shape: Any) -> bool:
    """Where Keras 3 declares another shape than it computes."""
    if layer == "Hashing":
        return mode == "one_hot" and shape[-1] != 1
    return layer == "Discretization" and mode in {"multi_hot", "count"} and len(shape) > 2


CROSSED = [[(None,), (None,)], [(None, 1), (None, 1)], [(None, 3), (None, 3)], [(None, 1), (None, 2)], [(4,), (4,)]]


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot"])
@pytest.mark.parametrize("shapes", [*CROSSED, (None, 1)])
def test_hashed_crossing_agrees(generation: int, mode: str, shapes: Any) -> None:
    assert_agrees(generation, "HashedCrossing", {"num_bins": 5, "output_mode": mode}, shapes, dtype="string")


@pytest.mark.tensorflow
def test_bounding_boxes_are_cut_to_a_number() -> None:
    boxes = {"bounding_boxes": {"boxes": (None, 5, 4), "labels": (None, 5)}}
    real = assert_agrees(3, "MaxNumBoundingBoxes", {"max_number": 7}, boxes)
    assert [shape for shape, _ in real.outputs] == [(None, 7, 4), (None, 7)]


@pytest.mark.tensorflow
def test_a_pipeline_calls_its_layers_in_turn() -> None:
    layers = [Inner("Rescaling", {"scale": 0.5}), Inner("Resizing", {"height": 4, "width": 5})]
    assert_agrees(3, "Pipeline", {"layers": layers}, (None, 8, 9, 3))
    assert_agrees(3, "Pipeline", {"layers": [*layers, Inner("Dense", {"units": 2})]}, (None, 8, 9, 3))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_padded_vocabulary_decides_the_width(generation: int) -> None:
    config = {"vocabulary": ["a"], "max_tokens": 9, "pad_to_max_tokens": True, "output_mode": "multi_hot"}
    assert_agrees(generation, "StringLookup", config, (None, 3), dtype="string")


@pytest.mark.tensorflow
def test_vocabulary_that_is_not_given_has_an_unknown_width() -> None:
    assert_agrees(3, "StringLookup", {"output_mode": "multi_hot"}, (None, 3), dtype="string")
    assert_agrees(3, "IntegerLookup", {"output_mode": "count"}, (None, 3), dtype="int64")


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_hashing_needs_bins(generation: int) -> None:
    assert assert_agrees(generation, "Hashing", {"num_bins": 0}, (None, 3), dtype="int64").error
    assert assert_agrees(3, "Discretization", {}, (None, 1)).error
    assert_agrees(3, "Discretization", {"num_bins": 4, "output_mode": "one_hot"}, (None, 1))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("mode", ["int", "multi_hot", "count"])
def test_text_vectorization_agrees(generation: int, mode: str) -> None:
    config = {"vocabulary": ["a", "b"], "output_mode": mode}
    assert_agrees(generation, "TextVectorization", config, (None,), dtype="string")
    if mode == "int":
        longer = {**config, "output_sequence_length": 11}
        for shape in ((None,), (None, 1)):
            assert_agrees(generation, "TextVectorization", longer, shape, dtype="string")
    if generation == 2:
        assert_agrees(2, "TextVectorization", config, (None, 1), dtype="string")
        assert assert_agrees(2, "TextVectorization", config, (None, 3), dtype="string").error


@pytest.mark.tensorflow
def test_text_of_one_column_is_encoded_into_a_shape_that_keras_3_does_not_compute() -> None:
    config = {"vocabulary": ["a", "b"], "output_mode": "multi_hot"}
    assert real_outcome(3, "TextVectorization", config, (None, 1), "string").outputs[0][0] == (None, 1, 3)
    ours = our_result(3, "TextVectorization", config, (None, 1), "string")
    assert isinstance(ours, LayerResult)
    assert ours.outputs == TensorSpec()


def test_resizing_of_symbolic_sizes_is_fixed() -> None:
    tensor = TensorSpec(Shape.of(B, 2 * H, W, 3), "float32")
    result = call(3, "Resizing", {"height": 32, "width": W // 2, "data_format": None}, tensor)
    assert isinstance(result, LayerResult)
    assert result.outputs == TensorSpec(Shape.of(B, 32, W // 2, 3), "float32")


def test_resizing_without_a_batch_or_an_image_names_the_axes() -> None:
    problem = call(3, "Resizing", {"height": 32, "width": 32}, TensorSpec(Shape.of(B, 784), "float32"))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.RANK
    assert problem.message == (
        "Resizing takes images with 4 axes (batch, height, width, channels), or 3 without a batch, and gets (None, 784)"
    )


def test_lookup_with_a_vocabulary_in_a_file_has_an_unknown_width() -> None:
    config = {
        "vocabulary": "words.txt",
        "output_mode": "multi_hot",
        "invert": False,
        "max_tokens": None,
        "num_oov_indices": 1,
        "pad_to_max_tokens": False,
    }
    result = call(3, "StringLookup", config, TensorSpec(Shape.of(B, 3), "string"))
    assert isinstance(result, LayerResult)
    assert result.outputs == TensorSpec(Shape.of(B, UNKNOWN), "float32")
