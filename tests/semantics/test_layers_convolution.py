"""Convolutions against real Keras, their symbolic sizes, and what is said when they cannot work."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.api import LayerResult
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol
from tests.semantics.differential import assert_agrees, call
from tests.semantics.strategies import DATA_FORMATS, input_shapes, often_right, sizes_for

# Channels that divide into 1, 2 and 3 groups, and some that do not.
CHANNELS = st.sampled_from([6, 6, 6, 12, 1, 4])
IMAGES = {axes: input_shapes(axes + 2, channels=CHANNELS) for axes in (1, 2, 3)}
FEW = settings(derandomize=True, deadline=None, max_examples=25)
MANY = settings(derandomize=True, deadline=None, max_examples=60)
H, W = symbol("H"), symbol("W")


def optional(axes: int, paddings: list[str], **more: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    """The arguments that all convolutions have."""
    return {
        "padding": st.sampled_from(paddings),
        "use_bias": st.booleans(),
        "data_format": DATA_FORMATS,
        **more,
    }


def moves(axes: int) -> st.SearchStrategy[dict[str, Any]]:
    """Strides or dilation: nothing allows both."""
    return st.one_of(
        st.just({}),
        st.fixed_dictionaries({"strides": sizes_for(axes, st.integers(1, 3))}),
        st.fixed_dictionaries({"dilation_rate": sizes_for(axes, st.integers(1, 2))}),
    )


def mistakes(axes: int) -> list[tuple[str, Any]]:
    return [
        ("filters", 0),
        ("filters", -1),
        ("kernel_size", 0),
        ("kernel_size", (2,) * (axes + 1)),
        ("kernel_size", None),
        ("kernel_size", 2.0),
        ("kernel_size", "3"),
        ("strides", 0),
        ("strides", (1,) * (axes + 1)),
        ("dilation_rate", 0),
        ("padding", "full"),
        ("padding", "causal"),
        ("data_format", "channels"),
    ]


def configurations(axes: int, wrong: list[tuple[str, Any]], **more: st.SearchStrategy[Any]) -> Any:
    kernel = sizes_for(axes, st.integers(1, 4))
    right = st.builds(
        lambda one, other: {**one, **other},
        st.fixed_dictionaries({"kernel_size": kernel}, optional=optional(axes, ["valid", "same", "SAME"], **more)),
        moves(axes),
    )
    return often_right(right, wrong)


def convolutions(axes: int) -> Any:
    usual = configurations(axes, [*mistakes(axes), ("groups", 4), ("groups", 0), ("strides", 2), ("dilation_rate", 2)])
    counts = st.sampled_from([{"filters": 4}, {"filters": 4}, {"filters": 6, "groups": 2}, {"filters": 6, "groups": 3}])
    return st.builds(lambda one, other: {**other, **one}, usual, counts)


def transposes(axes: int) -> Any:
    wrong = [*mistakes(axes), ("output_padding", 1), ("output_padding", -1), ("strides", 2), ("dilation_rate", 2)]
    plain = configurations(axes, wrong).map(lambda config: {"filters": 3, **config})
    padded = plain.map(lambda config: {**config, "strides": 3, "dilation_rate": 1, "output_padding": (2,) * axes})
    return st.one_of(plain, plain, padded)


def depthwise(axes: int) -> Any:
    wrong = [mistake for mistake in mistakes(axes) if mistake[0] != "filters"]
    return configurations(axes, wrong, depth_multiplier=st.integers(1, 3))


def separable(axes: int) -> Any:
    return configurations(axes, mistakes(axes), depth_multiplier=st.integers(1, 3)).map(
        lambda config: {"filters": 3, **config}
    )


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
@MANY
def test_convolution_agrees_with_keras_3(axes: int, data: st.DataObject) -> None:
    assert_agrees(3, f"Conv{axes}D", data.draw(convolutions(axes)), data.draw(IMAGES[axes]))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
@FEW
def test_convolution_agrees_with_tf_keras(axes: int, data: st.DataObject) -> None:
    assert_agrees(2, f"Conv{axes}D", data.draw(convolutions(axes)), data.draw(IMAGES[axes]))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
@MANY
def test_transposed_convolution_agrees_with_keras_3(axes: int, data: st.DataObject) -> None:
    assert_agrees(3, f"Conv{axes}DTranspose", data.draw(transposes(axes)), data.draw(input_shapes(axes + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
@FEW
def test_transposed_convolution_agrees_with_tf_keras(axes: int, data: st.DataObject) -> None:
    assert_agrees(2, f"Conv{axes}DTranspose", data.draw(transposes(axes)), data.draw(input_shapes(axes + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("generation", [2, 3])
@given(data=st.data())
@FEW
def test_depthwise_convolution_agrees(generation: int, axes: int, data: st.DataObject) -> None:
    assert_agrees(generation, f"DepthwiseConv{axes}D", data.draw(depthwise(axes)), data.draw(input_shapes(axes + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("generation", [2, 3])
@given(data=st.data())
@FEW
def test_separable_convolution_agrees(generation: int, axes: int, data: st.DataObject) -> None:
    assert_agrees(generation, f"SeparableConv{axes}D", data.draw(separable(axes)), data.draw(input_shapes(axes + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize(
    "name",
    [
        *(f"Convolution{axes}D" for axes in (1, 2, 3)),
        *(f"Convolution{axes}DTranspose" for axes in (1, 2, 3)),
        *(f"SeparableConvolution{axes}D" for axes in (1, 2)),
    ],
)
def test_alias_is_the_same_layer(generation: int, name: str) -> None:
    axes = int(name.split("Convolution")[1][0])
    assert_agrees(generation, name, {"filters": 3, "kernel_size": 2}, (None, *(7,) * axes, 4))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("policy", ["float16", "float64", "mixed_float16", "mixed_bfloat16"])
def test_policy_decides_the_dtypes(generation: int, policy: str) -> None:
    assert_agrees(generation, "Conv2D", {"filters": 3, "kernel_size": 2, "dtype": policy}, (None, 8, 8, 4))


@pytest.mark.tensorflow
@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool", "float16", "float64"])
def test_keras_3_convolves_any_dtype(dtype: str) -> None:
    assert_agrees(3, "Conv2D", {"filters": 3, "kernel_size": 2}, (None, 8, 8, 4), dtype=dtype)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_weights_of_a_frozen_layer_are_not_trainable(generation: int) -> None:
    assert_agrees(generation, "Conv2D", {"filters": 3, "kernel_size": 2, "trainable": False}, (None, 8, 8, 4))


@pytest.mark.tensorflow
def test_tf_keras_convolves_over_further_batch_axes() -> None:
    assert_agrees(2, "Conv2D", {"filters": 3, "kernel_size": 2}, (None, 5, 8, 8, 4))
    assert_agrees(2, "Conv1D", {"filters": 3, "kernel_size": 2, "padding": "causal"}, (None, 5, 8, 4))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_list_of_tensors_is_refused(generation: int) -> None:
    for shapes in ([(None, 8, 8, 3)], [(None, 8, 8, 3), (None, 8, 8, 3)]):
        real = assert_agrees(generation, "Conv2D", {"filters": 3, "kernel_size": 2}, shapes)
        assert real.error is not None


# Without Keras

DEFAULTS: dict[str, Any] = {
    "strides": 1,
    "padding": "valid",
    "output_padding": None,
    "data_format": None,
    "dilation_rate": 1,
    "groups": 1,
    "depth_multiplier": 1,
    "use_bias": True,
}


def convolve(layer: str, shape: Shape, **config: Any) -> LayerResult:
    result = call(3, layer, {**DEFAULTS, **config}, TensorSpec(shape, "float32"))
    assert isinstance(result, LayerResult), result
    return result


def problem(layer: str, shape: Shape, **config: Any) -> Problem:
    result = call(3, layer, {**DEFAULTS, **config}, TensorSpec(shape, "float32"))
    assert isinstance(result, Problem), result
    return result


def output(result: LayerResult) -> list[str | int] | None:
    assert isinstance(result.outputs, TensorSpec)
    return result.outputs.shape.texts()


IMAGE = Shape.of(batch(), H, W, 3)


def test_strided_same_padding_rounds_up() -> None:
    result = convolve("Conv2D", IMAGE, filters=16, kernel_size=3, strides=2, padding="same")
    assert output(result) == ["B", "((H + 1)//2)", "((W + 1)//2)", 16]


def test_valid_padding_takes_the_kernel_off() -> None:
    result = convolve("Conv2D", IMAGE, filters=16, kernel_size=(3, 5))
    assert output(result) == ["B", "H - 2", "W - 4", 16]


def test_transposed_convolution_multiplies_by_the_stride() -> None:
    result = convolve("Conv2DTranspose", IMAGE, filters=16, kernel_size=2, strides=2, padding="same")
    assert output(result) == ["B", "2*H", "2*W", 16]


def test_channels_first_keeps_the_channels_on_axis_1() -> None:
    shape = Shape.of(batch(), 3, H, W)
    result = convolve("Conv2D", shape, filters=16, kernel_size=3, data_format="channels_first")
    assert output(result) == ["B", 16, "H - 2", "W - 2"]


def test_unknown_filters_make_unknown_channels() -> None:
    result = convolve("Conv2D", IMAGE, filters=UNKNOWN, kernel_size=3)
    assert output(result) == ["B", "H - 2", "W - 2", "?"]
    assert [weight.shape.texts() for weight in result.weights] == [[3, 3, 3, "?"], ["?"]]


def test_symbolic_filters_stay_symbolic() -> None:
    result = convolve("Conv2D", IMAGE, filters=2 * symbol("width"), kernel_size=1)
    assert output(result) == ["B", "H", "W", "2*width"]


def test_unknown_input_channels_are_no_problem() -> None:
    result = convolve("Conv2D", Shape.of(batch(), 8, 8, UNKNOWN), filters=4, kernel_size=3)
    assert [weight.shape.texts() for weight in result.weights] == [[3, 3, "?", 4], [4]]


def test_unknown_rank_gives_the_rank_the_layer_demands() -> None:
    assert output(convolve("Conv2D", Shape(None), filters=4, kernel_size=3)) == ["?", "?", "?", 4]


def test_unknown_use_bias_leaves_the_count_unknown() -> None:
    result = convolve("Conv2D", IMAGE, filters=4, kernel_size=3, use_bias=UNKNOWN)
    assert result.weights[-1].shape.texts() == ["?"]


def test_missing_channel_axis() -> None:
    found = problem("Conv2D", Shape.of(batch(), 28, 28), filters=32, kernel_size=3)
    assert found.kind is ProblemKind.RANK
    assert found.message == "Conv2D takes 4 axes (batch, height, width, channels) and gets (None, 28, 28)"
    assert found.help == "add the missing axis: `keras.layers.Reshape((28, 28, 1))`"


def test_missing_channel_axis_with_channels_first() -> None:
    found = problem("Conv2D", Shape.of(batch(), 28, 28), filters=32, kernel_size=3, data_format="channels_first")
    assert found.message == "Conv2D takes 4 axes (batch, channels, height, width) and gets (None, 28, 28)"
    assert found.help == "add the missing axis: `keras.layers.Reshape((1, 28, 28))`"


def test_image_given_to_a_sequence_layer() -> None:
    found = problem("Conv1D", IMAGE, filters=32, kernel_size=3)
    assert found.message == "Conv1D takes 3 axes (batch, steps, channels) and gets (None, None, None, 3)"
    assert found.help == "use `keras.layers.Conv2D`"


def test_video_given_to_an_image_layer() -> None:
    found = problem("Conv2D", Shape.of(batch(), 16, H, W, 3), filters=32, kernel_size=3)
    assert found.help == "apply it to each step: `keras.layers.TimeDistributed(keras.layers.Conv2D(...))`"


def test_kernel_larger_than_its_input() -> None:
    found = problem("Conv2D", Shape.of(batch(), 2, 2, 64), filters=32, kernel_size=3)
    assert found.kind is ProblemKind.NEGATIVE
    assert found.message == "kernel size (3, 3) is larger than its input (None, 2, 2, 64)"
    assert found.help == 'use `padding="same"` or a smaller kernel'


def test_dilated_kernel_larger_than_its_input() -> None:
    found = problem("Conv1D", Shape.of(batch(), 4, 64), filters=32, kernel_size=3, dilation_rate=2)
    assert found.message == "kernel size 3 with dilation rate 2 is larger than its input (None, 4, 64)"
    assert found.label == "it spans 5, and nothing is left"


def test_channels_that_do_not_divide_into_groups() -> None:
    found = problem("Conv2D", Shape.of(batch(), 8, 8, 3), filters=32, kernel_size=3, groups=2)
    assert found.kind is ProblemKind.SIZE
    assert found.message == "Conv2D divides its channels into 2 groups and gets 3 in (None, 8, 8, 3)"


def test_undefined_channels() -> None:
    found = problem("Conv2D", Shape.of(batch(), 8, 8, symbol("C")), filters=32, kernel_size=3)
    assert found.kind is ProblemKind.UNDEFINED
    assert found.message == "Conv2D needs to know the number of channels and gets (None, 8, 8, None)"


def test_strides_and_dilation_together() -> None:
    found = problem("Conv2D", IMAGE, filters=32, kernel_size=3, strides=2, dilation_rate=2)
    assert found.kind is ProblemKind.VALUE
    assert found.help == "leave one of the two at 1"


def test_unknown_padding() -> None:
    found = problem("Conv2D", IMAGE, filters=32, kernel_size=3, padding="full")
    assert found.message == 'Conv2D takes "same" or "valid" as padding and gets \'full\''


def test_output_padding_not_below_the_stride() -> None:
    found = problem("Conv2DTranspose", IMAGE, filters=32, kernel_size=3, strides=2, output_padding=2)
    assert found.message == "Conv2DTranspose takes integers less than its strides (2, 2) as output_padding and gets 2"
