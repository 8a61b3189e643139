"""Pooling layers against real Keras, their symbolic sizes, and what is said when they cannot work."""

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

FEW = settings(derandomize=True, deadline=None, max_examples=20)
H, W = symbol("H"), symbol("W")


def pools(axes: int, paddings: list[str]) -> Any:
    right = st.fixed_dictionaries(
        {},
        optional={
            "pool_size": sizes_for(axes, st.integers(1, 4)),
            "strides": st.one_of(st.none(), sizes_for(axes, st.integers(1, 3))),
            "padding": st.sampled_from(paddings),
            "data_format": DATA_FORMATS,
        },
    )
    return often_right(
        right,
        [
            ("pool_size", 0),
            ("pool_size", (2,) * (axes + 1)),
            ("pool_size", 13),
            ("strides", -1),
            ("strides", "2"),
            ("padding", "full"),
            ("padding", "causal"),
            ("data_format", "channels"),
        ],
    )


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize("generation", [2, 3])
@given(data=st.data())
@FEW
def test_pooling_agrees(generation: int, kind: str, axes: int, data: st.DataObject) -> None:
    # tf_keras 2.21 takes the upper case of "same" as well, Keras 3 raises.
    config = data.draw(pools(axes, ["valid", "same", "SAME"]))
    assert_agrees(generation, f"{kind}Pooling{axes}D", config, data.draw(input_shapes(axes + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize("generation", [2, 3])
@given(data=st.data())
@FEW
def test_global_pooling_agrees(generation: int, kind: str, axes: int, data: st.DataObject) -> None:
    right = st.fixed_dictionaries({}, optional={"keepdims": st.booleans(), "data_format": DATA_FORMATS})
    config = data.draw(often_right(right, [("data_format", "channels")]))
    assert_agrees(generation, f"Global{kind}Pooling{axes}D", config, data.draw(input_shapes(axes + 2)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Max", "Average"])
@given(data=st.data())
@FEW
def test_adaptive_pooling_agrees(kind: str, axes: int, data: st.DataObject) -> None:
    right = st.fixed_dictionaries(
        {"output_size": sizes_for(axes, st.integers(1, 4))},
        optional={"data_format": st.sampled_from([None, "channels_last", "channels_first"])},
    )
    wrong = [("data_format", "channels"), ("output_size", (1,) * (axes + 1)), ("output_size", None)]
    config = data.draw(often_right(right, wrong))
    assert_agrees(3, f"Adaptive{kind}Pooling{axes}D", config, data.draw(input_shapes(axes + 2)))


ALIASES = [
    *(f"{kind}Pool{axes}D" for kind in ("Max", "Avg") for axes in (1, 2, 3)),
    *(f"Global{kind}Pool{axes}D" for kind in ("Max", "Avg") for axes in (1, 2, 3)),
]


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("name", ALIASES)
def test_alias_is_the_same_layer(generation: int, name: str) -> None:
    assert_agrees(generation, name, {}, (None, *(7,) * int(name[-2]), 4))


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D"])
@pytest.mark.parametrize("dtype", ["float16", "float64", "int32", "bool"])
def test_dtype_in_keras_3_is_the_layers_own(name: str, dtype: str) -> None:
    assert_agrees(3, name, {}, (None, 8, 8, 4), dtype=dtype)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["MaxPooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D"])
@pytest.mark.parametrize("dtype", ["float16", "float64", "int32"])
def test_dtype_in_tf_keras_stays_integer(name: str, dtype: str) -> None:
    assert_agrees(2, name, {}, (None, 8, 8, 4), dtype=dtype)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_list_of_one_tensor_is_refused(generation: int) -> None:
    assert assert_agrees(generation, "MaxPooling2D", {}, [(None, 8, 8, 3)]).error is not None


# Without Keras

DEFAULTS: dict[str, Any] = {
    "pool_size": 2,
    "strides": None,
    "padding": "valid",
    "data_format": None,
    "keepdims": False,
}


def pool(layer: str, shape: Shape, **config: Any) -> LayerResult | Problem:
    return call(3, layer, {**DEFAULTS, **config}, TensorSpec(shape, "float32"))


def output(layer: str, shape: Shape, **config: Any) -> list[str | int] | None:
    result = pool(layer, shape, **config)
    assert isinstance(result, LayerResult), result
    assert isinstance(result.outputs, TensorSpec)
    return result.outputs.shape.texts()


IMAGE = Shape.of(batch(), H, W, 3)


def test_pooling_halves_rounding_down() -> None:
    assert output("MaxPooling2D", IMAGE) == ["B", "(H//2)", "(W//2)", 3]


def test_same_padding_rounds_up() -> None:
    assert output("MaxPooling2D", IMAGE, padding="same") == ["B", "((H + 1)//2)", "((W + 1)//2)", 3]


def test_global_pooling_keeps_batch_and_channels() -> None:
    assert output("GlobalAveragePooling2D", IMAGE) == ["B", 3]


def test_global_pooling_with_kept_axes() -> None:
    assert output("GlobalAveragePooling2D", IMAGE, keepdims=True) == ["B", 1, 1, 3]


def test_unknown_keepdims_leaves_the_rank_open() -> None:
    assert output("GlobalAveragePooling2D", IMAGE, keepdims=UNKNOWN) is None


def test_unknown_rank_gives_the_rank_the_layer_demands() -> None:
    assert output("MaxPooling2D", Shape(None)) == ["?", "?", "?", "?"]


def test_unknown_pool_size_leaves_batch_and_channels() -> None:
    assert output("MaxPooling2D", IMAGE, pool_size=UNKNOWN) == ["B", "?", "?", 3]


def test_pool_larger_than_its_input() -> None:
    found = pool("MaxPooling2D", Shape.of(batch(), 1, 1, 64))
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.NEGATIVE
    assert found.message == "pool size (2, 2) is larger than its input (None, 1, 1, 64)"


def test_global_pooling_after_flatten() -> None:
    found = pool("GlobalAveragePooling2D", Shape.of(batch(), 640))
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.RANK
    assert found.message == "GlobalAveragePooling2D takes 4 axes (batch, height, width, channels) and gets (None, 640)"
