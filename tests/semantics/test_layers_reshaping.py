"""Layers that rearrange, pad, crop and repeat, against real Keras, and what is said when they cannot work."""

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

FEW = settings(derandomize=True, deadline=None, max_examples=25)
MANY = settings(derandomize=True, deadline=None, max_examples=60)
H, W = symbol("H"), symbol("W")
SHAPES = st.tuples(
    st.sampled_from([None, None, 3]),
    st.lists(st.sampled_from([1, 2, 3, 4, 6, None]), max_size=4).map(tuple),
).map(lambda parts: (parts[0], *parts[1]))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(data=st.data())
@FEW
def test_flatten_agrees(generation: int, data: st.DataObject) -> None:
    config = data.draw(
        often_right(st.fixed_dictionaries({}, optional={"data_format": DATA_FORMATS}), [("data_format", "x")])
    )
    assert_agrees(generation, "Flatten", config, data.draw(SHAPES))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(shape=SHAPES, target=st.lists(st.sampled_from([-1, 1, 2, 3, 4, 6, 12]), max_size=4))
@MANY
def test_reshape_agrees(generation: int, shape: tuple[int | None, ...], target: list[int]) -> None:
    assert_agrees(generation, "Reshape", {"target_shape": tuple(target)}, shape, on_data=True)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4), order=st.randoms(use_true_random=False))
@FEW
def test_reshape_to_the_same_count_agrees(generation: int, sizes: list[int], order: Any) -> None:
    target = list(sizes)
    order.shuffle(target)
    assert_agrees(generation, "Reshape", {"target_shape": target}, (None, *sizes))
    assert_agrees(generation, "Reshape", {"target_shape": [-1, *target[1:]]}, (None, *sizes))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("target", [12, (-2,), (None, 4), (0, -1)])
def test_reshape_to_an_odd_target_agrees(generation: int, target: Any) -> None:
    assert_agrees(generation, "Reshape", {"target_shape": target}, (None, 3, 4), on_data=True)


@pytest.mark.tensorflow
@pytest.mark.parametrize(("generation", "target"), [(2, (-1, -1)), (2, (0,)), (3, (0,)), (2, (3,)), (3, (3,))])
def test_reshape_of_unknown_sizes_that_fails_on_data(generation: int, target: tuple[int, ...]) -> None:
    assert (
        assert_agrees(generation, "Reshape", {"target_shape": target}, (None, None, 4), on_data=True).error is not None
    )


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(
    dims=st.one_of(
        st.integers(1, 4).flatmap(lambda rank: st.permutations(range(1, rank + 1))),
        st.lists(st.integers(-1, 4), min_size=1, max_size=3),
    ),
    shape=SHAPES,
)
@MANY
def test_permute_agrees(generation: int, dims: list[int], shape: tuple[int | None, ...]) -> None:
    assert_agrees(generation, "Permute", {"dims": tuple(dims)}, shape)
    assert_agrees(generation, "Permute", {"dims": tuple(dims)}, (None, *range(2, len(dims) + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("count", [1, 3, 2.0, None, 0])
@pytest.mark.parametrize("shape", [(None, 3), (None, None), (3, 4), (None, 3, 4), (None,)])
def test_repeat_vector_agrees(generation: int, count: Any, shape: tuple[int | None, ...]) -> None:
    assert_agrees(generation, "RepeatVector", {"n": count}, shape)


@pytest.mark.tensorflow
def test_negative_repeat_fails_on_data_in_tf_keras() -> None:
    assert assert_agrees(2, "RepeatVector", {"n": -1}, (None, 3), on_data=True).error is not None


def amounts(axes: int) -> Any:
    """What ZeroPadding and Cropping take: one size, one an axis, or a pair an axis."""
    size = st.integers(0, 3)
    pair = st.tuples(size, size)
    if axes == 1:
        return st.one_of(size, pair, pair.map(list))
    return st.one_of(size, st.tuples(*(size,) * axes), st.tuples(*(pair,) * axes), st.tuples(*(pair,) * axes).map(list))


def margins(axes: int, parameter: str, optional: dict[str, Any]) -> Any:
    wrong = [
        (parameter, value)
        for value in ((1,) * (axes + 2), None, "a", 1.5, ((1, 2, 3),) * max(axes, 2), (-1,) * max(axes, 2))
    ]
    return often_right(st.fixed_dictionaries({}, optional={parameter: amounts(axes), **optional}), wrong)


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("generation", [2, 3])
@given(data=st.data())
@FEW
def test_zero_padding_agrees(generation: int, axes: int, data: st.DataObject) -> None:
    optional = {} if axes == 1 and generation == 2 else {"data_format": DATA_FORMATS}
    config = data.draw(margins(axes, "padding", optional))
    assert_agrees(generation, f"ZeroPadding{axes}D", config, data.draw(input_shapes(axes + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("generation", [2, 3])
@given(data=st.data())
@FEW
def test_cropping_agrees(generation: int, axes: int, data: st.DataObject) -> None:
    config = data.draw(margins(axes, "cropping", {} if axes == 1 else {"data_format": DATA_FORMATS}))
    assert_agrees(generation, f"Cropping{axes}D", config, data.draw(input_shapes(axes + 2, largest=8)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_negative_padding_fails_on_data(generation: int) -> None:
    assert assert_agrees(generation, "ZeroPadding2D", {"padding": -1}, (None, 8, 8, 1), on_data=True).error is not None


@pytest.mark.tensorflow
def test_negative_cropping_is_refused_by_keras_3() -> None:
    assert assert_agrees(3, "Cropping2D", {"cropping": -1}, (None, 8, 8, 1)).error is not None


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("generation", [2, 3])
@given(data=st.data())
@FEW
def test_up_sampling_agrees(generation: int, axes: int, data: st.DataObject) -> None:
    factor = st.integers(1, 3) if axes == 1 else sizes_for(axes, st.integers(1, 3))
    right = st.fixed_dictionaries({}, optional={"size": factor, **({} if axes == 1 else {"data_format": DATA_FORMATS})})
    wrong = [("size", (2,) * (axes + 1)), ("size", None)]
    wrong += [("size", 0), ("size", 1.5)] if axes > 1 or generation == 3 else []
    config = data.draw(often_right(right, wrong))
    assert_agrees(generation, f"UpSampling{axes}D", config, data.draw(input_shapes(axes + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "Bicubic"])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int32"])
def test_interpolated_up_sampling_agrees(generation: int, interpolation: str, dtype: str) -> None:
    assert_agrees(generation, "UpSampling2D", {"interpolation": interpolation}, (None, 8, None, 4), dtype=dtype)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_unknown_interpolation_fails(generation: int) -> None:
    config = {"interpolation": "cubist"}
    assert assert_agrees(generation, "UpSampling2D", config, (None, 8, 8, 4), on_data=True).error is not None


@pytest.mark.tensorflow
def test_tf_keras_cuts_off_a_fraction_of_the_factor() -> None:
    assert_agrees(2, "UpSampling1D", {"size": 2.5}, (None, 8, 4))


LAYERS = [
    ("Flatten", {}),
    ("Reshape", {"target_shape": (-1,)}),
    ("Permute", {"dims": (3, 2, 1)}),
    ("ZeroPadding2D", {}),
    ("Cropping2D", {}),
    ("UpSampling2D", {}),
]


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize(("name", "config"), LAYERS)
@pytest.mark.parametrize("dtype", ["float16", "float64", "int32", "uint8"])
@pytest.mark.parametrize("policy", [None, "float64", "mixed_float16"])
def test_dtype_agrees(generation: int, name: str, config: dict[str, Any], dtype: str, policy: str | None) -> None:
    given_policy = {} if policy is None else {"dtype": policy}
    assert_agrees(generation, name, {**config, **given_policy}, (None, 8, 8, 4), dtype=dtype)


# Without Keras


def layer(name: str, shape: Shape, **config: Any) -> LayerResult | Problem:
    return call(3, name, config, TensorSpec(shape, "float32"))


def output(name: str, shape: Shape, **config: Any) -> list[str | int] | None:
    result = layer(name, shape, **config)
    assert isinstance(result, LayerResult), result
    assert isinstance(result.outputs, TensorSpec)
    return result.outputs.shape.texts()


def problem(name: str, shape: Shape, **config: Any) -> Problem:
    result = layer(name, shape, **config)
    assert isinstance(result, Problem), result
    return result


IMAGE = Shape.of(batch(), H, W, 3)


def test_flatten_multiplies_the_sizes() -> None:
    assert output("Flatten", IMAGE) == ["B", "3*H*W"]


def test_flatten_of_unknown_rank_has_two_axes() -> None:
    assert output("Flatten", Shape(None)) == ["?", "?"]


def test_reshape_solves_for_the_size_that_is_left() -> None:
    assert output("Reshape", IMAGE, target_shape=(-1, 3)) == ["B", "H*W", 3]


def test_reshape_to_symbolic_sizes() -> None:
    assert output("Reshape", IMAGE, target_shape=(H * W, 3)) == ["B", "H*W", 3]


def test_reshape_that_may_come_out_is_no_problem() -> None:
    assert output("Reshape", IMAGE, target_shape=(-1, 4)) == ["B", "(3*H*W/4)", 4]


def test_reshape_to_unknown_target() -> None:
    assert output("Reshape", IMAGE, target_shape=UNKNOWN) is None


def test_reshape_with_one_unknown_size() -> None:
    assert output("Reshape", Shape.of(batch(), 12), target_shape=(UNKNOWN, -1)) == ["B", "?", "?"]


def test_up_sampling_multiplies() -> None:
    assert output("UpSampling2D", IMAGE, size=(2, 3), interpolation="nearest") == ["B", "2*H", "3*W", 3]


def test_padding_then_cropping_gives_the_size_back() -> None:
    padded = layer("ZeroPadding2D", IMAGE, padding=((1, 2), 3))
    assert isinstance(padded, LayerResult)
    assert isinstance(padded.outputs, TensorSpec)
    assert padded.outputs.shape.texts() == ["B", "H + 3", "W + 6", 3]
    assert output("Cropping2D", padded.outputs.shape, cropping=((1, 2), (3, 3))) == ["B", "H", "W", 3]


def test_permute_moves_the_sizes() -> None:
    assert output("Permute", IMAGE, dims=(3, 1, 2)) == ["B", 3, "H", "W"]


def test_repeat_vector_inserts_the_count() -> None:
    assert output("RepeatVector", Shape.of(batch(), 8), n=5) == ["B", 5, 8]


def test_reshape_to_another_count() -> None:
    found = problem("Reshape", Shape.of(batch(), 28, 28), target_shape=(28, 29))
    assert found.kind is ProblemKind.RESHAPE
    assert found.message == "cannot reshape (None, 28, 28) to (28, 29): a sample has 784 elements"
    assert found.label == "it has room for 812"


def test_reshape_with_a_rest_that_does_not_come_out() -> None:
    found = problem("Reshape", Shape.of(batch(), 28, 28), target_shape=(-1, 30))
    assert found.message == "cannot reshape (None, 28, 28) to (-1, 30): a sample has 784 elements"
    assert found.label == "784 is not a multiple of 30"


def test_reshape_of_a_symbolic_count_that_is_never_reached() -> None:
    found = problem("Reshape", Shape.of(batch(), 8, H), target_shape=(12,))
    assert found.message == "cannot reshape (None, 8, None) to (12,): a sample has 8*H elements"


def test_reshape_to_a_number() -> None:
    found = problem("Reshape", Shape.of(batch(), 28, 28), target_shape=784)
    assert found.kind is ProblemKind.VALUE
    assert found.message == "Reshape takes a tuple of integers as target_shape and gets 784"


def test_permute_with_the_batch_axis() -> None:
    found = problem("Permute", Shape.of(batch(), 3, 4), dims=(0, 1))
    assert found.kind is ProblemKind.AXIS
    assert found.message == "Permute takes each axis from 1 to 2 once and gets (0, 1)"


def test_repeat_vector_of_a_sequence() -> None:
    found = problem("RepeatVector", Shape.of(batch(), 10, 8), n=5)
    assert found.kind is ProblemKind.RANK
    assert found.message == "RepeatVector takes 2 axes (batch, features) and gets (None, 10, 8)"


def test_cropping_everything() -> None:
    found = problem("Cropping2D", Shape.of(batch(), 4, 9, 3), cropping=2)
    assert found.kind is ProblemKind.CROP
    assert found.message == "Cropping2D crops 2 from (None, 4, 9, 3)"
