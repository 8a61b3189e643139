"""Layers that join tensors against real Keras, their symbolic sizes, and what is said when they cannot work."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.api import Family, LayerResult, OpCall, find_op
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol
from tests.semantics.differential import Tensor, assert_agrees, assert_function_agrees, call

MANY = settings(derandomize=True, deadline=None, max_examples=60)
H, W = symbol("H"), symbol("W")
ELEMENTWISE = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"]
SIZE = st.sampled_from([1, 2, 3, 3, None])


def related_shapes(count: st.SearchStrategy[int]) -> st.SearchStrategy[list[tuple[int | None, ...]]]:
    """Shapes that are one shape with a few sizes changed, now and then of another rank."""

    def vary(base: tuple[int | None, ...]) -> st.SearchStrategy[tuple[int | None, ...]]:
        changed = st.integers(1, len(base)).flatmap(
            lambda axis: SIZE.map(lambda size: (*base[: axis - 1], size, *base[axis:]))
        )
        shorter = st.just((base[0], *base[2:]))
        return st.one_of(st.just(base), st.just(base), changed, changed, shorter)

    base = st.tuples(st.sampled_from([None, None, 3]), st.lists(SIZE, min_size=1, max_size=3)).map(
        lambda parts: (parts[0], *parts[1])
    )
    return st.tuples(base, count).flatmap(lambda drawn: st.lists(vary(drawn[0]), min_size=drawn[1], max_size=drawn[1]))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(name=st.sampled_from(ELEMENTWISE), shapes=related_shapes(st.sampled_from([1, 2, 2, 2, 3])))
@MANY
def test_elementwise_merge_agrees(generation: int, name: str, shapes: list[tuple[int | None, ...]]) -> None:
    assert_agrees(generation, name, {}, shapes)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(axis=st.sampled_from([-1, -1, 1, 1, 2, 0, 3, -2, -5]), shapes=related_shapes(st.sampled_from([1, 2, 2, 2, 3])))
@MANY
def test_concatenate_agrees(generation: int, axis: int, shapes: list[tuple[int | None, ...]]) -> None:
    assert_agrees(generation, "Concatenate", {"axis": axis}, shapes, on_data=True)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(
    axes=st.one_of(st.sampled_from([1, 1, 2, -1, -1, -2, 3]), st.tuples(st.integers(-2, 3), st.integers(-2, 3))),
    shapes=related_shapes(st.sampled_from([2, 2, 2, 1, 3])),
)
@MANY
def test_dot_agrees(generation: int, axes: Any, shapes: list[tuple[int | None, ...]]) -> None:
    assert_agrees(generation, "Dot", {"axes": axes}, shapes, on_data=True)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("axes", ["a", None, 1.0, (1,), (1, 1, 1), (1, 1.5)])
def test_dot_over_odd_axes_is_refused(generation: int, axes: Any) -> None:
    assert assert_agrees(generation, "Dot", {"axes": axes}, [(None, 3), (None, 3)]).error is not None


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_dot_with_one_fixed_batch_agrees(generation: int) -> None:
    assert_agrees(generation, "Dot", {"axes": 1}, [(None, 3), (2, 3)])
    assert_agrees(generation, "Dot", {"axes": 1}, [(2, 3), (None, 3)])


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_dot_over_the_batch_fails_on_data(generation: int) -> None:
    assert assert_agrees(generation, "Dot", {"axes": 0}, [(None, 3), (None, 3)], on_data=True).error is not None


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("name", [*ELEMENTWISE, "Concatenate", "Dot"])
def test_single_tensor_is_refused(generation: int, name: str) -> None:
    config = {"axes": 1} if name == "Dot" else {}
    assert assert_agrees(generation, name, config, (None, 4)).error is not None


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("name", ["Add", "Concatenate"])
def test_empty_list_is_refused(generation: int, name: str) -> None:
    assert assert_agrees(generation, name, {}, []).error is not None


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("name", [*ELEMENTWISE, "Concatenate", "Dot"])
@pytest.mark.parametrize("dtype", ["float16", "float64", "int32"])
@pytest.mark.parametrize("policy", [None, "mixed_float16"])
def test_dtype_agrees(generation: int, name: str, dtype: str, policy: str | None) -> None:
    config: dict[str, Any] = {"axes": 1} if name == "Dot" else {}
    config |= {} if policy is None else {"dtype": policy}
    assert_agrees(generation, name, config, [(None, 4), (None, 4)], dtype=dtype)


@pytest.mark.tensorflow
def test_tf_keras_averages_integers_to_a_float() -> None:
    for dtype in ("uint8", "int8", "int16", "int32", "int64"):
        assert_agrees(2, "Average", {}, [(None, 4), (None, 4)], dtype=dtype)


@pytest.mark.tensorflow
def test_keras_3_merges_mixed_dtypes_to_its_own() -> None:
    assert_agrees(3, "Add", {}, [Tensor((None, 4), "int32"), Tensor((None, 4), "float16")])
    assert_agrees(3, "Concatenate", {}, [Tensor((None, 4), "int32"), Tensor((None, 4), "float16")])


SHAPES = [
    [(None, 3, 4), (None, 3, 4)],
    [(None, 3, 4), (None, 3, 5)],
    [(None, 3, 4), (None, None, 4)],
    [(None, 3, 4)],
    (None, 3, 4),
]


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("name", [*(name.lower() for name in ELEMENTWISE), "concatenate"])
def test_functional_form_agrees(generation: int, name: str, shapes: Any) -> None:
    assert_function_agrees(generation, f"keras.layers.{name}", shapes)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("shapes", SHAPES)
def test_functional_dot_agrees(generation: int, shapes: Any) -> None:
    assert_function_agrees(generation, "keras.layers.dot", shapes, axes=2)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("axis", [1, 0, 3])
def test_functional_concatenate_agrees_on_the_axis(generation: int, axis: int) -> None:
    assert_function_agrees(generation, "keras.layers.concatenate", [(None, 3, 4), (None, 5, 4)], axis=axis)


# Without Keras


def join(name: str, *shapes: Shape, generation: int = 3, **config: Any) -> LayerResult | Problem:
    return call(generation, name, config, [TensorSpec(shape, "float32") for shape in shapes])


def output(name: str, *shapes: Shape, generation: int = 3, **config: Any) -> list[str | int] | None:
    result = join(name, *shapes, generation=generation, **config)
    assert isinstance(result, LayerResult), result
    assert isinstance(result.outputs, TensorSpec)
    return result.outputs.shape.texts()


def problem(name: str, *shapes: Shape, **config: Any) -> Problem:
    result = join(name, *shapes, **config)
    assert isinstance(result, Problem), result
    return result


def image(height: Any, width: Any, channels: Any) -> Shape:
    return Shape.of(batch(), height, width, channels)


def test_concatenate_adds_symbolic_sizes() -> None:
    assert output("Concatenate", Shape.of(batch(), H, 3), Shape.of(batch(), W, 3), axis=1) == ["B", "H + W", 3]


def test_concatenate_along_the_batch_doubles_it() -> None:
    assert output("Concatenate", Shape.of(batch(), 3), Shape.of(batch(), 3), axis=0) == ["2*B", 3]


def test_concatenate_along_an_unknown_axis_keeps_the_rank() -> None:
    assert output("Concatenate", Shape.of(batch(), 3), Shape.of(batch(), 3), axis=UNKNOWN) == ["?", "?"]


def test_concatenate_with_an_unknown_shape() -> None:
    assert output("Concatenate", Shape.of(batch(), 8, 3), Shape(None), axis=-1) == ["B", 8, "?"]


def test_sizes_that_fit_for_even_inputs_are_no_problem() -> None:
    skip, up = image(H, W, 16), image(2 * (H // 2), 2 * (W // 2), 32)
    assert output("Concatenate", skip, up, axis=-1) == ["B", "H", "W", 48]


def test_add_of_equal_symbols_keeps_them() -> None:
    assert output("Add", image(H, W, 8), image(H, W, 8)) == ["B", "H", "W", 8]


def test_add_of_different_symbols_is_unknown() -> None:
    assert output("Add", image(H, W, 8), image(H, H, 8)) == ["B", "H", "?", 8]


def test_add_of_symbol_and_number_differs_between_generations() -> None:
    shapes = Shape.of(batch(), H), Shape.of(batch(), 5)
    assert output("Add", *shapes) == ["B", "?"]
    assert output("Add", *shapes, generation=2) == ["B", 5]


def test_add_broadcasts_a_size_of_one() -> None:
    assert output("Multiply", image(H, W, 8), image(1, 1, 8)) == ["B", "H", "W", 8]


def test_add_of_unknown_rank_is_unknown() -> None:
    assert output("Add", Shape.of(batch(), 8), Shape(None)) is None


def test_add_that_may_broadcast_is_no_problem() -> None:
    # For H = 3 the two are 3 and 1.
    assert output("Add", Shape.of(batch(), H), Shape.of(batch(), H - 2)) == ["B", "?"]


def test_dot_keeps_what_is_not_summed() -> None:
    assert output("Dot", Shape.of(batch(), H, 8), Shape.of(batch(), W, 8), axes=2) == ["B", "H", "W"]


def test_dot_over_unknown_axes_is_unknown() -> None:
    assert output("Dot", Shape.of(batch(), 8), Shape.of(batch(), 8), axes=UNKNOWN) is None


def test_concatenate_of_other_heights() -> None:
    found = problem("Concatenate", image(26, 26, 32), image(13, 13, 32), axis=-1)
    assert found.kind is ProblemKind.CONCATENATE
    assert found.message == "cannot concatenate (None, 26, 26, 32) with (None, 13, 13, 32) on axis -1"
    assert found.label == "all axes but -1 must match"
    crop, pad = (
        "crop (None, 26, 26, 32) by 13 on axes 1 and 2 (`Cropping2D`)",
        "pad (None, 13, 13, 32) (`ZeroPadding2D`)",
    )
    assert found.help == f"{crop}, or {pad}"
    assert found.operands == (0, 1)


def test_concatenate_of_the_third_input() -> None:
    found = problem("Concatenate", image(8, 8, 1), image(8, 8, 2), image(8, 7, 3), axis=-1)
    assert found.message == "cannot concatenate (None, 8, 8, 1) with (None, 8, 7, 3) on axis -1"
    assert found.operands == (0, 2)


def test_concatenate_of_symbols_that_never_meet() -> None:
    found = problem("Concatenate", image(H, W, 32), image(H - 2, W - 2, 32), axis=-1)
    assert found.message == (
        "cannot concatenate (None, None, None, 32) with (None, None, None, 32) on axis -1, where H meets H - 2"
    )


def test_concatenate_of_other_ranks() -> None:
    found = problem("Concatenate", Shape.of(batch(), 8), image(8, 8, 3), axis=-1)
    assert found.kind is ProblemKind.CONCATENATE
    assert found.label == "the number of axes must match"


def test_concatenate_on_an_axis_that_is_not_there() -> None:
    found = problem("Concatenate", Shape.of(batch(), 8), Shape.of(batch(), 8), axis=2)
    assert found.kind is ProblemKind.AXIS
    assert found.message == "cannot concatenate (None, 8) on axis 2"
    assert found.help == "use an axis from -2 to 1"


def test_add_of_other_channels() -> None:
    found = problem("Add", image(8, 8, 32), image(8, 8, 64))
    assert found.kind is ProblemKind.MERGE
    assert found.message == "Add cannot merge (None, 8, 8, 32) with (None, 8, 8, 64)"
    assert found.label == "32 and 64 do not broadcast"


def test_subtract_of_three() -> None:
    found = problem("Subtract", *(Shape.of(batch(), 8),) * 3)
    assert found.kind is ProblemKind.INPUTS
    assert found.message == "Subtract takes a list of 2 tensors and gets 3"


def test_add_of_one_tensor() -> None:
    found = call(3, "Add", {}, TensorSpec(Shape.of(batch(), 8), "float32"))
    assert isinstance(found, Problem)
    assert found.message == "Add takes a list of tensors and gets one, (None, 8)"
    assert found.help == "pass a list: `keras.layers.Add()([a, b])`"


def test_dot_of_other_sizes() -> None:
    found = problem("Dot", Shape.of(batch(), 8), Shape.of(batch(), 9), axes=1)
    assert found.kind is ProblemKind.MATMUL
    assert found.message == "Dot cannot multiply (None, 8) with (None, 9) over axes (1, 1)"
    assert found.label == "8 and 9 must be equal"


def test_functional_concatenate_tells_its_axis_to_the_batch_rules() -> None:
    info = find_op("keras.layers.concatenate")
    assert info is not None
    assert (info.family, info.operand, info.axis) == (Family.JOIN, "inputs", "axis")


def test_functional_add_is_the_layer() -> None:
    info = find_op("keras.layers.add")
    assert info is not None
    specs = [TensorSpec(Shape.of(batch(), 8), "float32")] * 2
    result = info.function(OpCall("keras.layers.add", 3, {"inputs": specs}))
    assert result == TensorSpec(Shape.of(batch(), 8), "float32")
