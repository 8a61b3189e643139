"""Dense, EinsumDense, Embedding and their kin against real Keras, and what is said when they cannot work."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.api import LayerResult, known_layers
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol
from tests.semantics.differential import assert_agrees, call
from tests.semantics.strategies import input_shapes, often_right

FEW = settings(derandomize=True, deadline=None, max_examples=30)
MANY = settings(derandomize=True, deadline=None, max_examples=50)
DTYPES = st.sampled_from([None, None, "float16", "mixed_float16", "bfloat16", "float64"])
ANY_SHAPE = st.integers(1, 5).flatmap(lambda rank: input_shapes(max(rank, 2)))
B, T, F = batch(), symbol("T"), symbol("F")
DENSE = {"units": 3, "use_bias": True}


def spec(*dims: Any, dtype: str = "float32") -> TensorSpec:
    return TensorSpec(Shape(dims), dtype, keras_tensor=True)


def accepted(result: LayerResult | Problem) -> LayerResult:
    assert isinstance(result, LayerResult), result
    return result


def refused(result: LayerResult | Problem) -> Problem:
    assert isinstance(result, Problem), result
    return result


def dense_configurations() -> st.SearchStrategy[dict[str, Any]]:
    right = st.fixed_dictionaries(
        {"units": st.integers(1, 9)},
        optional={"use_bias": st.booleans(), "dtype": DTYPES, "trainable": st.booleans()},
    )
    return often_right(right, [("units", 0), ("units", -3), ("units", "3"), ("units", None), ("units", (3,))])


@pytest.mark.tensorflow
@given(config=dense_configurations(), shape=ANY_SHAPE)
@MANY
def test_dense_agrees_with_keras_3(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(3, "Dense", config, shape)


@pytest.mark.tensorflow
@given(config=dense_configurations().filter(lambda config: config["units"] != "3"), shape=ANY_SHAPE)
@FEW
def test_dense_agrees_with_tf_keras(config: dict[str, Any], shape: Any) -> None:
    assert_agrees(2, "Dense", config, shape)


@pytest.mark.tensorflow
@pytest.mark.parametrize("dtype", ["int32", "bool", "float64", "float16"])
@pytest.mark.parametrize("generation", [2, 3])
def test_dense_computes_in_its_own_dtype(generation: int, dtype: str) -> None:
    if (generation, dtype) != (2, "bool"):
        assert_agrees(generation, "Dense", {"units": 3}, (None, 4), dtype=dtype)


@pytest.mark.tensorflow
def test_units_given_as_a_float_are_refused_by_keras_3_and_rounded_by_tf_keras() -> None:
    assert assert_agrees(3, "Dense", {"units": 3.0}, (None, 4)).error
    assert assert_agrees(2, "Dense", {"units": 3.0}, (None, 4)).outputs == (((None, 3), "float32"),)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_float_for_the_sizes_of_an_embedding_is_refused(generation: int) -> None:
    for config in ({"input_dim": 9.0, "output_dim": 4}, {"input_dim": 9, "output_dim": 4.0}):
        assert assert_agrees(generation, "Embedding", config, (None, 4)).error


@pytest.mark.tensorflow
def test_lora_freezes_the_kernel_and_adds_two_small_ones() -> None:
    assert_agrees(3, "Dense", {"units": 3, "lora_rank": 2}, (None, 4))
    assert_agrees(3, "Embedding", {"input_dim": 9, "output_dim": 4, "lora_rank": 2}, (None, 4), dtype="int32")
    assert_agrees(3, "EinsumDense", {"equation": "ab,bc->ac", "output_shape": 5, "lora_rank": 2}, (None, 4))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", ["Dense", "Embedding"])
def test_list_of_two_tensors_is_refused(generation: int, layer: str) -> None:
    config = {"units": 3} if layer == "Dense" else {"input_dim": 9, "output_dim": 3}
    assert assert_agrees(generation, layer, config, [(None, 4), (None, 4)]).error


EQUATIONS = [
    ("abc,cd->abd", (None, 7), 3),
    ("abc,cd->abd", (5, 7), 3),
    ("abc,cd->abd", (6, 7), 3),
    ("abc,cd->abd", 7, 3),
    ("abc,cd->adb", (7, None), 3),
    ("abc,cde->abde", (None, 2, 3), 3),
    ("abde,dec->abc", (None, 7), 4),
    ("abc,abd->acd", (8, 3), 3),
    ("abc,bd->acd", (8, 3), 3),
    ("ab,bc->ac", 7, 2),
    ("ab,bc->ac", (None,), 2),
    ("ab,cd->ad", 7, 2),
    ("ab,bc->ad", 7, 2),
    ("ab, bc -> ac", 7, 2),
    ("ab->ba", 7, 2),
    ("ab,bc->ac", None, 2),
    ("...x,xy->...y", 4, 2),
    ("...x,xy->...y", 4, 3),
    ("...x,xy->...y", (None, 4), 3),
    ("...xy,xyz->...z", 4, 4),
    ("ab...,bc->ac...", 4, 3),
    ("ab...,bc->ac...", 4, 4),
]


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize(("equation", "output_shape", "rank"), EQUATIONS)
def test_einsum_dense_agrees(generation: int, equation: str, output_shape: Any, rank: int) -> None:
    letters = equation.partition("->")[2].replace(".", "")
    for bias_axes in (None, letters[-1], letters[1:], "z"):
        config = {"equation": equation, "output_shape": output_shape, "bias_axes": bias_axes}
        assert_agrees(generation, "EinsumDense", config, (None, 5, 8, 6)[:rank])
    config = {"equation": equation, "output_shape": output_shape}
    for shape in ((None, None, 8, 6)[:rank], (None, 5, None, 6)[:rank], (2, 5, 8, 6)[: max(rank - 1, 2)]):
        assert_agrees(generation, "EinsumDense", config, shape)


@pytest.mark.tensorflow
@pytest.mark.parametrize("shape", [(None, 5, 8), (2, 5, 8)])
def test_einsum_dense_of_too_many_axes_fails_when_keras_3_runs_it(shape: Any) -> None:
    config = {"equation": "ab,bc->ac", "output_shape": 7}
    assert_agrees(3, "EinsumDense", config, shape, fails_when_run=True)
    assert assert_agrees(2, "EinsumDense", config, shape).error


def embeddings() -> st.SearchStrategy[dict[str, Any]]:
    right = st.fixed_dictionaries(
        {"input_dim": st.integers(1, 99), "output_dim": st.integers(1, 9)},
        optional={"mask_zero": st.booleans(), "dtype": DTYPES},
    )
    return often_right(right, [("input_dim", 0), ("output_dim", -1), ("input_dim", None), ("output_dim", "4")])


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@given(config=embeddings(), shape=ANY_SHAPE, dtype=st.sampled_from(["int32", "int64", "float32"]))
@FEW
def test_embedding_agrees(generation: int, config: dict[str, Any], shape: Any, dtype: str) -> None:
    assert_agrees(generation, "Embedding", config, shape, dtype=dtype)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", ["Activation", "Masking", "Identity"])
@given(shape=ANY_SHAPE, dtype=st.sampled_from(["float32", "float64", "int32"]), policy=DTYPES)
@FEW
def test_layer_that_keeps_the_shape_agrees(generation: int, layer: str, shape: Any, dtype: str, policy: Any) -> None:
    config = {"activation": "relu"} if layer == "Activation" else {}
    if policy is not None:
        config["dtype"] = policy
    if (generation, layer, dtype) != (2, "Masking", "int32"):
        assert_agrees(generation, layer, config, shape, dtype=dtype)


@pytest.mark.tensorflow
def test_identity_keeps_the_nesting() -> None:
    assert_agrees(3, "Identity", {}, [(None, 3), (None, 4)])
    assert_agrees(2, "Identity", {}, [(None, 3), (None, 4)])
    assert_agrees(3, "Activation", {"activation": "tanh"}, [(None, 3), (None, 3)])


class NothingKnown(dict[str, Any]):
    """A configuration with every parameter there is, none of them known."""

    def get(self, name: str, default: Any = None) -> Any:
        return UNKNOWN

    def __getitem__(self, name: str) -> Any:
        return UNKNOWN

    def __contains__(self, name: object) -> bool:
        return True


@pytest.mark.parametrize("name", known_layers())
@pytest.mark.parametrize("inputs", [UNKNOWN, None])
def test_layer_of_which_nothing_is_known_has_no_problem(name: str, inputs: Any) -> None:
    accepted(call(3, name.removeprefix("keras.layers."), NothingKnown(), inputs))


def test_dense_keeps_symbolic_sizes_in_front_of_its_features() -> None:
    result = accepted(call(3, "Dense", DENSE, spec(B, T, 8)))
    assert result.outputs == spec(B, T, 3)
    assert [(one.name, one.shape) for one in result.weights] == [
        ("kernel", Shape.of(8, 3)),
        ("bias", Shape.of(3)),
    ]


def test_dense_of_symbolic_units_has_symbolic_weights() -> None:
    result = accepted(call(3, "Dense", {**DENSE, "units": 2 * F}, spec(B, 8)))
    assert result.outputs == spec(B, 2 * F)
    assert result.weights[0].shape == Shape.of(8, 2 * F)


def test_dense_on_an_undefined_axis_needs_its_size() -> None:
    problem = refused(call(3, "Dense", DENSE, spec(B, T)))
    assert problem.kind is ProblemKind.UNDEFINED
    assert problem.message == "Dense needs to know the number of features and gets (None, None)"


def test_dense_on_an_axis_we_do_not_know_says_nothing() -> None:
    result = accepted(call(3, "Dense", DENSE, spec(B, UNKNOWN)))
    assert result.weights[0].shape == Shape.of(UNKNOWN, 3)


def test_dense_on_an_eager_batch_says_nothing() -> None:
    result = accepted(call(3, "Dense", DENSE, TensorSpec(Shape.of(T, B), "float32")))
    assert result.weights[0].shape == Shape.of(UNKNOWN, 3)


def test_dense_on_a_vector_is_refused() -> None:
    problem = refused(call(3, "Dense", DENSE, spec(B)))
    assert problem.kind is ProblemKind.RANK
    assert problem.message == "Dense takes at least 2 axes (batch, ..., features) and gets (None,)"


def test_dense_of_unknown_bias_has_a_weight_of_unknown_size() -> None:
    result = accepted(call(3, "Dense", {**DENSE, "use_bias": UNKNOWN}, spec(B, 8)))
    assert [(one.name, one.shape) for one in result.weights] == [("kernel", Shape.of(8, 3)), ("bias", Shape(None))]


def test_einsum_dense_names_the_letter_that_differs() -> None:
    config = {"equation": "abc,cd->abd", "output_shape": (6, 7), "bias_axes": None}
    problem = refused(call(3, "EinsumDense", config, spec(B, 5, 8)))
    assert problem.kind is ProblemKind.EINSUM
    assert problem.message == (
        'EinsumDense with the equation "abc,cd->abd" has 6 for b in its output_shape and gets 5 for it in (None, 5, 8)'
    )
