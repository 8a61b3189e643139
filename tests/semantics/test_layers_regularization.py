"""Dropout, noise and activity regularisation against real Keras."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.api import LayerResult
from kerascheck.shapes import Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol
from tests.semantics.differential import assert_agrees, call
from tests.semantics.strategies import input_shapes

FEW = settings(derandomize=True, deadline=None, max_examples=25)
SHAPES = st.sampled_from([2, 3, 4]).flatmap(input_shapes)
RATES = st.sampled_from([0, 0.0, 0.25, 0.5, 1, 1.5, -0.1])
DTYPES = st.sampled_from(["float32", "float64", "int32"])
B, T = batch(), symbol("T")


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", ["Dropout", "GaussianDropout", "AlphaDropout", "GaussianNoise"])
@given(rate=RATES, shape=SHAPES, dtype=DTYPES)
@FEW
def test_noise_agrees(generation: int, layer: str, rate: float, shape: Any, dtype: str) -> None:
    parameter = "stddev" if layer == "GaussianNoise" else "rate"
    assert_agrees(generation, layer, {parameter: rate}, shape, dtype=dtype, may_miss=generation == 2 and rate == 1)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data(), rate=RATES)
@FEW
def test_spatial_dropout_agrees(generation: int, axes: int, data: st.DataObject, rate: float) -> None:
    config: dict[str, Any] = {"rate": rate}
    if axes > 1:
        config["data_format"] = data.draw(st.sampled_from([None, "channels_first", "channels"]))
    assert_agrees(generation, f"SpatialDropout{axes}D", config, data.draw(input_shapes(axes + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("policy", ["float16", "mixed_float16", "float64"])
def test_activity_regularization_keeps_the_shape(generation: int, policy: str) -> None:
    assert_agrees(generation, "ActivityRegularization", {"l2": 0.1, "dtype": policy}, (None, 4, None))


@pytest.mark.tensorflow
def test_random_state_of_a_dropout_is_no_parameter() -> None:
    import keras

    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dropout(0.5)(inputs))
    assert model.count_params() == 0
    assert assert_agrees(3, "Dropout", {"rate": 0.5}, (None, 4)).weights == ()


@pytest.mark.tensorflow
def test_dropout_of_keras_3_maps_over_a_list() -> None:
    assert_agrees(3, "Dropout", {"rate": 0.5}, [(None, 4), (None, 4)])


def test_spatial_dropout_names_the_axes_it_takes() -> None:
    problem = call(3, "SpatialDropout1D", {"rate": 0.5}, TensorSpec(Shape.of(B, 64), "float32"))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.RANK
    assert problem.message == "SpatialDropout1D takes 3 axes (batch, steps, channels) and gets (None, 64)"


def test_rate_above_one_is_refused() -> None:
    problem = call(3, "Dropout", {"rate": 20}, TensorSpec(Shape.of(B, 64), "float32"))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.VALUE
    assert problem.message == "Dropout takes a number from 0 to 1 as rate and gets 20"


def test_dropout_keeps_symbolic_sizes() -> None:
    tensor = TensorSpec(Shape.of(B, T // 2, 3), "float32")
    result = call(2, "Dropout", {"rate": 0.5}, tensor)
    assert isinstance(result, LayerResult)
    assert result.outputs == tensor
