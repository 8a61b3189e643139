"""Normalisation layers against real Keras, and what is said when they cannot work."""

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
from tests.semantics.strategies import input_shapes, often_right

FEW = settings(derandomize=True, deadline=None, max_examples=20)
MANY = settings(derandomize=True, deadline=None, max_examples=50)
SHAPES = st.sampled_from([2, 3, 4, 4, 5]).flatmap(lambda rank: input_shapes(rank, largest=8))
POLICIES = st.sampled_from(["float32", "float32", "float16", "mixed_float16"])
ONE_AXIS = st.sampled_from([-1, -1, -1, 1, 1, 2, 3, -2, 0, 64, -5])
AXES = st.one_of(ONE_AXIS, st.sampled_from([[1, 2], [2, 1], [-1, 1], (1,), [1, 3], [-2, -1]]))
B, T, C = batch(), symbol("T"), symbol("C")
BATCH_NORM = {"axis": -1, "scale": True, "center": True, "renorm": False}


def spec(*dims: Any) -> TensorSpec:
    return TensorSpec(Shape(dims), "float32", keras_tensor=True)


def accepted(result: LayerResult | Problem) -> LayerResult:
    assert isinstance(result, LayerResult), result
    return result


def refused(result: LayerResult | Problem) -> Problem:
    assert isinstance(result, Problem), result
    return result


def configurations(axes: st.SearchStrategy[Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={"axis": axes, "dtype": POLICIES, **more})


SWITCHES = {"scale": st.booleans(), "center": st.booleans(), "trainable": st.booleans()}


@pytest.mark.tensorflow
@given(config=configurations(AXES, renorm=st.booleans(), **SWITCHES), shape=SHAPES)
@MANY
def test_batch_normalization_agrees_with_keras_3(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(3, "BatchNormalization", config, shape)


@pytest.mark.tensorflow
@given(config=configurations(AXES, **SWITCHES), shape=SHAPES)
@FEW
def test_batch_normalization_agrees_with_tf_keras(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(2, "BatchNormalization", config, shape)


@pytest.mark.tensorflow
@given(config=configurations(AXES, **SWITCHES), shape=SHAPES)
@MANY
def test_layer_normalization_agrees_with_keras_3(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(3, "LayerNormalization", config, shape)


@pytest.mark.tensorflow
@given(config=configurations(AXES, **SWITCHES), shape=SHAPES)
@FEW
def test_layer_normalization_agrees_with_tf_keras(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(2, "LayerNormalization", config, shape)


@pytest.mark.tensorflow
@given(config=configurations(AXES), shape=SHAPES)
@FEW
def test_rms_normalization_agrees(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(3, "RMSNormalization", config, shape)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(config=configurations(AXES), shape=SHAPES)
@FEW
def test_unit_normalization_agrees(generation: int, config: dict[str, Any], shape: Any) -> None:
    assert_agrees(generation, "UnitNormalization", config, shape)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", ["LayerNormalization", "UnitNormalization"])
@pytest.mark.parametrize("axis", ["a", 1.5, None, [1, 1], []])
def test_odd_axis_agrees(generation: int, layer: str, axis: Any) -> None:
    assert_agrees(generation, layer, {"axis": axis}, (None, 4, 6))


def group_normalizations() -> st.SearchStrategy[dict[str, Any]]:
    right = configurations(ONE_AXIS, scale=st.booleans(), center=st.booleans()).map(
        lambda config: {"groups": 2, **config}
    )
    return often_right(
        right, [("groups", 32), ("groups", 3), ("groups", -1), ("groups", 1), ("groups", 0), ("axis", [1, 2])]
    )


EVEN = st.sampled_from([2, 3, 4, 5]).flatmap(
    lambda rank: input_shapes(rank, largest=8, channels=st.sampled_from([2, 4, 6]))
)


@pytest.mark.tensorflow
@given(config=group_normalizations(), shape=EVEN)
@MANY
def test_group_normalization_agrees_with_keras_3(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(3, "GroupNormalization", config, shape)


@pytest.mark.tensorflow
@given(config=group_normalizations(), shape=EVEN)
@FEW
def test_group_normalization_agrees_with_tf_keras(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(2, "GroupNormalization", config, shape, may_miss=len(shape) < 3)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(
    config=configurations(st.one_of(st.none(), AXES)),
    shape=SHAPES,
    dtype=st.sampled_from(["float32", "int32"]),
)
@FEW
def test_normalization_agrees(generation: int, config: dict[str, Any], shape: Any, dtype: str) -> None:
    assert_agrees(generation, "Normalization", config, shape, dtype=dtype)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_normalization_of_given_statistics_has_no_weights(generation: int) -> None:
    for mean in (0.5, [0.5], [1.0, 2.0, 3.0, 4.0]):
        assert_agrees(generation, "Normalization", {"mean": mean, "variance": mean}, (None, 4))
    assert assert_agrees(generation, "Normalization", {"mean": [1.0, 2.0], "variance": [1.0, 2.0]}, (None, 4)).error
    assert assert_agrees(generation, "Normalization", {"mean": 0.5}, (None, 4)).error
    assert assert_agrees(generation, "Normalization", {"mean": 0.5, "variance": 1.0}, (None, None)).error


SPECTRAL = [
    (Inner("Dense", {"units": 3}), (None, 4)),
    (Inner("Dense", {"units": 3, "use_bias": False}), (None, 4)),
    (Inner("Dense", {"units": 3, "trainable": False}), (None, 4)),
    (Inner("Conv2D", {"filters": 3, "kernel_size": 2}), (None, 5, 5, 2)),
    (Inner("DepthwiseConv2D", {"kernel_size": 2}), (None, 5, 5, 2)),
    (Inner("Embedding", {"input_dim": 9, "output_dim": 4}), (None, 5)),
    (Inner("ReLU"), (None, 4)),
    (Inner("LSTM", {"units": 3}), (None, 5, 2)),
]


@pytest.mark.tensorflow
@pytest.mark.parametrize(("layer", "shape"), SPECTRAL)
def test_spectral_normalization_agrees(layer: Inner, shape: Any) -> None:
    assert_agrees(3, "SpectralNormalization", {"layer": layer}, shape)
    assert assert_agrees(3, "SpectralNormalization", {"layer": layer, "power_iterations": 0}, shape).error


@pytest.mark.tensorflow
def test_batch_normalization_updates_two_averages_unless_frozen() -> None:
    assert accepted(our_result(3, "BatchNormalization", {}, (None, 4))).updates == 2
    assert accepted(our_result(3, "BatchNormalization", {"trainable": False}, (None, 4))).updates == 0


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_moving_averages_are_not_trainable(generation: int) -> None:
    real = real_outcome(generation, "BatchNormalization", {}, (None, 4))
    assert [(name, trainable) for name, *_, trainable in real.weights] == [
        ("gamma", True),
        ("beta", True),
        ("moving_mean", False),
        ("moving_variance", False),
    ]
    assert_agrees(generation, "BatchNormalization", {}, (None, 4))


def test_normalization_keeps_symbolic_sizes() -> None:
    result = accepted(call(3, "BatchNormalization", BATCH_NORM, spec(B, 2 * T, 8)))
    assert result.outputs == spec(B, 2 * T, 8)
    assert [one.shape for one in result.weights] == [Shape.of(8)] * 4


def test_batch_normalization_of_an_undefined_axis_is_refused() -> None:
    problem = refused(call(3, "BatchNormalization", BATCH_NORM, spec(B, 4, C)))
    assert problem.kind is ProblemKind.UNDEFINED
    assert problem.message == "BatchNormalization needs to know the number of features and gets (None, 4, None)"


def test_normalization_over_an_eager_batch_says_nothing() -> None:
    result = accepted(call(3, "BatchNormalization", {**BATCH_NORM, "axis": 0}, TensorSpec(Shape.of(B, 4), "float32")))
    assert result.weights[0].shape == Shape.of(UNKNOWN)


def test_units_given_as_the_axis_are_refused() -> None:
    config = {"axis": 64, "scale": True, "center": True}
    problem = refused(call(3, "LayerNormalization", config, spec(B, 8, 8, 8, 16)))
    assert problem.kind is ProblemKind.AXIS
    assert problem.message == "LayerNormalization has axis=64 and gets (None, 8, 8, 8, 16), which has 5 axes"
    assert problem.help == "axis=-1 is the last axis"


def test_groups_that_do_not_divide_the_channels_are_refused() -> None:
    config = {"groups": 32, "axis": -1, "scale": True, "center": True}
    problem = refused(call(3, "GroupNormalization", config, spec(B, T, T, 48)))
    assert problem.kind is ProblemKind.SIZE
    assert (
        problem.message == "GroupNormalization cannot divide the 48 channels of (None, None, None, 48) into 32 groups"
    )
    assert problem.help == "groups=24 divides 48"


def test_unknown_scale_has_a_weight_of_unknown_size() -> None:
    result = accepted(call(3, "LayerNormalization", {"axis": -1, "scale": UNKNOWN, "center": True}, spec(B, 8)))
    assert [one.shape for one in result.weights] == [Shape(None), Shape.of(8)]
