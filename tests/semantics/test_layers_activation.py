"""Activation layers against real Keras, and what is said when they cannot work."""

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
from tests.semantics.strategies import input_shapes

FEW = settings(derandomize=True, deadline=None, max_examples=20)
MANY = settings(derandomize=True, deadline=None, max_examples=40)
SHAPES = st.sampled_from([2, 3, 4]).flatmap(input_shapes)
POLICIES = st.sampled_from(["float32", "float16", "mixed_float16", "float64"])
B, T, C = batch(), symbol("T"), symbol("C")


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", ["ReLU", "LeakyReLU", "ELU", "Softmax", "PReLU"])
@given(shape=SHAPES, policy=POLICIES, dtype=st.sampled_from(["float32", "int32"]))
@FEW
def test_activation_agrees_with_keras_3(layer: str, shape: Any, policy: str, dtype: str) -> None:
    assert_agrees(3, layer, {"dtype": policy}, shape, dtype=dtype)


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", ["ReLU", "LeakyReLU", "ELU", "Softmax", "PReLU", "ThresholdedReLU"])
@given(shape=SHAPES, policy=POLICIES)
@FEW
def test_activation_agrees_with_tf_keras(layer: str, shape: Any, policy: str) -> None:
    assert_agrees(2, layer, {"dtype": policy}, shape)


@pytest.mark.tensorflow
@pytest.mark.parametrize("layer", ["ReLU", "LeakyReLU"])
def test_integers_into_tf_keras(layer: str) -> None:
    assert_agrees(2, layer, {}, (None, 4), dtype="int32")


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize(
    ("layer", "parameter"),
    [("ReLU", "max_value"), ("ReLU", "negative_slope"), ("ReLU", "threshold")],
)
@pytest.mark.parametrize("value", [-1, -0.5, 0, 1.5, None])
def test_parameters_of_relu_agree(generation: int, layer: str, parameter: str, value: Any) -> None:
    assert_agrees(generation, layer, {parameter: value}, (None, 4))


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("generation", "layer", "parameter"),
    [
        (3, "LeakyReLU", "negative_slope"),
        (2, "LeakyReLU", "alpha"),
        (3, "ELU", "alpha"),
        (2, "ELU", "alpha"),
        (2, "ThresholdedReLU", "theta"),
    ],
)
@pytest.mark.parametrize("value", [-1.0, 0.0, 0.5, None])
def test_slope_agrees(generation: int, layer: str, parameter: str, value: Any) -> None:
    assert_agrees(generation, layer, {parameter: value}, (None, 4))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axis", [-1, 0, 2, -3, (1, 2), [1]])
def test_axis_of_softmax_agrees(axis: Any) -> None:
    for generation in (2, 3):
        assert_agrees(generation, "Softmax", {"axis": axis}, (None, 3, 4))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axis", [3, -4, (1, 5)])
def test_axis_that_softmax_does_not_have_fails_when_keras_3_runs_it(axis: Any) -> None:
    assert_agrees(3, "Softmax", {"axis": axis}, (None, 3, 4), fails_when_run=True)
    assert assert_agrees(2, "Softmax", {"axis": axis}, (None, 3, 4)).error


SHARED = st.one_of(
    st.none(),
    st.integers(-2, 4),
    st.lists(st.integers(1, 3), max_size=3),
    st.sampled_from([[0], [-1], [-2], [5], [1, -1]]),
)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(shared=SHARED, shape=SHAPES)
@MANY
def test_shared_axes_of_prelu_agree(generation: int, shared: Any, shape: Any) -> None:
    assert_agrees(generation, "PReLU", {"shared_axes": shared}, shape)


def test_prelu_of_an_undefined_axis_is_refused() -> None:
    problem = call(3, "PReLU", {"shared_axes": None}, TensorSpec(Shape.of(B, T, 3), "float32"))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.UNDEFINED
    assert problem.message == "PReLU needs to know the number of positions and gets (None, None, 3)"


def test_prelu_of_unknown_shared_axes_has_a_weight_of_unknown_sizes() -> None:
    result = call(3, "PReLU", {"shared_axes": UNKNOWN}, TensorSpec(Shape.of(B, T, 3), "float32"))
    assert isinstance(result, LayerResult)
    assert result.weights[0].shape == Shape.of(UNKNOWN, UNKNOWN)


def test_softmax_names_the_axes_there_are() -> None:
    problem = call(3, "Softmax", {"axis": 3}, TensorSpec(Shape.of(B, T, 3), "float32"))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.AXIS
    assert problem.message == "Softmax has axis=3 and gets (None, None, 3), which has 3 axes"
    assert problem.label == "axes go from -3 to 2"


def test_activation_keeps_symbolic_sizes() -> None:
    tensor = TensorSpec(Shape.of(B, 2 * T, C), "float32")
    result = call(2, "ReLU", {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}, tensor)
    assert isinstance(result, LayerResult)
    assert result.outputs == tensor
