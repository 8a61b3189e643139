"""Attention layers against real Keras, and what is said when their inputs do not fit each other.

Keras 3 declares the output of an attention layer without comparing its inputs; what then fails on data is checked by
running it.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.api import LayerResult
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol
from tests.semantics.differential import Tensor, assert_agrees, call, keras_package, our_result
from tests.semantics.strategies import often_right

FEW = settings(derandomize=True, deadline=None, max_examples=15)
MANY = settings(derandomize=True, deadline=None, max_examples=30)
B, T, S, C = batch(), symbol("T"), symbol("S"), symbol("C")
SIZES = st.sampled_from([None, 4, 5, 7])
FEATURES = st.sampled_from([6, 6, 8, 8, 3, None])
SEQUENCE = st.tuples(st.none(), SIZES, FEATURES)
HEADS: dict[str, Any] = {"num_heads": 2, "key_dim": 3}


def spec(*dims: Any) -> TensorSpec:
    return TensorSpec(Shape(dims), "float32", keras_tensor=True)


def accepted(result: LayerResult | Problem) -> LayerResult:
    assert isinstance(result, LayerResult), result
    return result


def refused(result: LayerResult | Problem) -> Problem:
    assert isinstance(result, Problem), result
    return result


def fails_on_data(generation: int, layer: str, config: dict[str, Any], *shapes: Any, listed: bool = False) -> bool:
    """Whether Keras raises when it is called on arrays of these shapes."""
    import numpy

    built = getattr(keras_package(generation).layers, layer)(**config)
    arrays = [numpy.zeros(shape, "float32") for shape in shapes]
    try:
        built(arrays) if listed else built(*arrays)
    # Any error will do.
    except Exception:
        return True
    return False


def disagree(generation: int, layer: str, config: dict[str, Any], *shapes: Any, listed: bool = False) -> Problem:
    """The problem kerascheck sees in a call that raises in the real Keras when it runs."""
    assert fails_on_data(generation, layer, config, *shapes, listed=listed)
    if listed:
        return refused(our_result(generation, layer, config, list(shapes)))
    names = ("value", "key")
    more = {name: Tensor(shape) for name, shape in zip(names, shapes[1:], strict=False)}
    return refused(our_result(generation, layer, config, shapes[0], **more))


# Multi-head attention


def multi_head() -> st.SearchStrategy[dict[str, Any]]:
    right = st.fixed_dictionaries(
        {"num_heads": st.integers(1, 3), "key_dim": st.integers(1, 4)},
        optional={
            "value_dim": st.integers(1, 4),
            "use_bias": st.booleans(),
            "output_shape": st.sampled_from([None, 7, (7,), (7, 2)]),
            "dropout": st.sampled_from([0.0, 0.1]),
            "dtype": st.sampled_from(["float32", "mixed_float16"]),
        },
    )
    return often_right(
        right, [("num_heads", 0), ("num_heads", 2.0), ("key_dim", 0), ("key_dim", None), ("value_dim", -1)]
    )


def usual_value(query: Any, value: Any) -> Any:
    """A value of which nothing but the features and the steps differs from the query."""
    return (query[0], *value[1:])


@pytest.mark.tensorflow
@given(config=multi_head(), gate=st.booleans(), query=SEQUENCE, value=SEQUENCE)
@MANY
def test_multi_head_attention_agrees_with_keras_3(config: dict[str, Any], gate: bool, query: Any, value: Any) -> None:
    if not isinstance(config.get("output_shape"), tuple) or config["output_shape"] == (7,):
        config = {**config, "use_gate": gate}
    assert_agrees(3, "MultiHeadAttention", config, query, value=Tensor(usual_value(query, value)))


@pytest.mark.tensorflow
@given(query=SEQUENCE, value=SEQUENCE, config=multi_head())
@settings(FEW, max_examples=8)
def test_multi_head_attention_agrees_with_tf_keras(query: Any, value: Any, config: dict[str, Any]) -> None:
    assert_agrees(2, "MultiHeadAttention", config, query, value=Tensor(usual_value(query, value)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_key_of_its_own_agrees(generation: int) -> None:
    value, key = Tensor((None, 7, 6)), Tensor((None, 7, 4))
    assert_agrees(generation, "MultiHeadAttention", {**HEADS, "value_dim": 5}, (None, 5, 8), value=value, key=key)
    shorter = Tensor((None, 6, 4))
    assert assert_agrees(generation, "MultiHeadAttention", HEADS, (None, 5, 8), value=value, key=shorter).error


@pytest.mark.tensorflow
def test_key_of_unknown_steps_is_refused_by_keras_3_alone() -> None:
    value, key = Tensor((None, 7, 6)), Tensor((None, None, 4))
    assert assert_agrees(3, "MultiHeadAttention", HEADS, (None, 5, 8), value=value, key=key).error
    assert assert_agrees(2, "MultiHeadAttention", HEADS, (None, 5, 8), value=value, key=key).error is None


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_attention_scores_agree(generation: int) -> None:
    assert_agrees(
        generation,
        "MultiHeadAttention",
        HEADS,
        (None, 5, 8),
        value=Tensor((None, 5, 8)),
        return_attention_scores=True,
    )
    unknown = Tensor((None, None, 8))
    assert_agrees(generation, "MultiHeadAttention", HEADS, (None, None, 8), value=unknown, return_attention_scores=True)


@pytest.mark.tensorflow
def test_scores_over_a_value_of_other_length_are_what_they_are_in_tf_keras_and_unknown_in_keras_3() -> None:
    value = Tensor((None, 7, 8))
    real = assert_agrees(2, "MultiHeadAttention", HEADS, (None, 5, 8), value=value, return_attention_scores=True)
    assert real.outputs[1] == ((None, 2, 5, 7), "float32")
    ours = accepted(our_result(3, "MultiHeadAttention", HEADS, (None, 5, 8), value=value, return_attention_scores=True))
    assert isinstance(ours.outputs, tuple)
    assert ours.outputs[1] == spec(B, 2, 5, UNKNOWN)


@pytest.mark.tensorflow
def test_images_attend_over_both_axes() -> None:
    for generation in (2, 3):
        assert_agrees(generation, "MultiHeadAttention", HEADS, (None, 4, 5, 8), value=Tensor((None, 4, 5, 8)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_inputs_that_do_not_fit_fail_when_they_run(generation: int) -> None:
    layer = "MultiHeadAttention"
    assert disagree(generation, layer, HEADS, (2, 5, 8), (2, 7, 6, 4)).kind is ProblemKind.ATTENTION
    assert disagree(generation, layer, HEADS, (4, 5, 8), (3, 7, 8)).kind is ProblemKind.ATTENTION
    assert disagree(generation, layer, HEADS, (2, 5, 8), (2, 7, 8), (2, 6, 8)).kind is ProblemKind.ATTENTION


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_mask_of_other_steps_fails_when_it_runs(generation: int) -> None:
    import numpy

    arrays = [numpy.zeros(shape, "float32") for shape in ((2, 5, 8), (2, 7, 8))]
    layer = keras_package(generation).layers.MultiHeadAttention(2, 3)
    layer(*arrays, attention_mask=numpy.ones((2, 5, 7)))
    with pytest.raises(Exception, match=r"[Ii]ncompatible|must be equal"):
        layer(*arrays, attention_mask=numpy.ones((2, 5, 6)))
    value = Tensor((2, 7, 8))
    right, wrong = Tensor((2, 5, 7)), Tensor((2, 5, 6))
    accepted(our_result(generation, "MultiHeadAttention", HEADS, (2, 5, 8), value=value, attention_mask=right))
    problem = refused(our_result(generation, "MultiHeadAttention", HEADS, (2, 5, 8), value=value, attention_mask=wrong))
    assert problem.message == "MultiHeadAttention takes an attention_mask of (2, 5, 7) and gets (2, 5, 6)"


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_query_and_value_in_a_list_are_refused(generation: int) -> None:
    assert assert_agrees(generation, "MultiHeadAttention", HEADS, [(None, 5, 8), (None, 5, 8)]).error


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_frozen_attention_counts_no_trainable_parameters(generation: int) -> None:
    config = {**HEADS, "trainable": False}
    ours = accepted(our_result(generation, "MultiHeadAttention", config, (None, 5, 8), value=Tensor((None, 5, 8))))
    keras = keras_package(generation)
    real = keras.layers.MultiHeadAttention(**config)
    real(keras.Input((5, 8)), keras.Input((5, 8)))
    assert real.trainable_weights == []
    assert not any(one.trainable for one in ours.weights)
    assert sum(one.shape.size for one in ours.weights if isinstance(one.shape.size, int)) == real.count_params()


# Grouped queries

GROUPED: dict[str, Any] = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}


@pytest.mark.tensorflow
@given(
    heads=st.sampled_from([(4, 2), (4, 4), (3, 1), (4, 3)]),
    more=st.fixed_dictionaries({}, optional={"use_bias": st.booleans(), "use_gate": st.booleans()}),
    query=SEQUENCE,
    value=SEQUENCE,
    scores=st.booleans(),
)
@MANY
def test_group_query_attention_agrees(
    heads: tuple[int, int], more: dict[str, Any], query: Any, value: Any, scores: bool
) -> None:
    config = {"head_dim": 3, "num_query_heads": heads[0], "num_key_value_heads": heads[1], **more}
    value = (None, value[1], query[2] if value[2] in {3, 6} else value[2])
    assert_agrees(3, "GroupQueryAttention", config, query, value=Tensor(value), return_attention_scores=scores)


@pytest.mark.tensorflow
def test_group_query_attention_compares_its_inputs() -> None:
    layer = "GroupQueryAttention"
    assert assert_agrees(3, layer, GROUPED, (None, 5, 8), value=Tensor((None, 7, 6))).error
    assert assert_agrees(3, layer, GROUPED, (None, 8), value=Tensor((None, 8))).error
    key = Tensor((None, 6, 8))
    assert assert_agrees(3, layer, GROUPED, (None, 5, 8), value=Tensor((None, 7, 8)), key=key).error
    assert disagree(3, layer, GROUPED, (2, 3, 3, 8), (2, 3, 3, 8)).kind is ProblemKind.RANK
    assert disagree(3, layer, GROUPED, (2, 5, 8), (3, 7, 8)).kind is ProblemKind.ATTENTION


# Attention without projections

ATTENTIONS = ["Attention", "AdditiveAttention"]


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", ATTENTIONS)
@given(data=st.data())
@FEW
def test_attention_agrees(generation: int, layer: str, data: st.DataObject) -> None:
    features = data.draw(st.sampled_from([6, 8]))
    query, value = (None, data.draw(SIZES), features), (None, data.draw(SIZES), features)
    inputs = [query, value]
    if data.draw(st.booleans()):
        inputs.append((None, value[1], features))
    optional: dict[str, Any] = {"use_scale": st.booleans(), "dropout": st.sampled_from([0.0, 0.2])}
    if layer == "Attention":
        optional["score_mode"] = st.sampled_from(["dot", "concat", "cosine"])
    config = data.draw(st.fixed_dictionaries({}, optional=optional))
    assert_agrees(generation, layer, config, inputs, return_attention_scores=data.draw(st.booleans()))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", ATTENTIONS)
def test_attention_takes_a_list_of_two_or_three(generation: int, layer: str) -> None:
    one = (None, 5, 8)
    for wrong in (one, [one], [one] * 4, (one, one)):
        assert assert_agrees(generation, layer, {}, wrong).error


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", ATTENTIONS)
def test_attention_inputs_that_do_not_fit_fail_when_they_run(generation: int, layer: str) -> None:
    for shapes in (
        [(2, 5, 8), (2, 7, 6)],
        [(2, 5, 8), (2, 7, 8), (2, 6, 8)],
        [(2, 5, 8), (3, 7, 8)],
        [(2, 5, 8), (2, 7, 8), (2, 7, 6)],
    ):
        assert disagree(generation, layer, {}, *shapes, listed=True).kind is ProblemKind.ATTENTION


@pytest.mark.tensorflow
def test_value_of_other_features_than_the_key_is_fine_with_a_dot_product() -> None:
    for generation in (2, 3):
        assert_agrees(generation, "Attention", {}, [(None, 5, 8), (None, 7, 6), (None, 7, 8)])


@pytest.mark.tensorflow
def test_undefined_features_of_an_additive_attention() -> None:
    inputs = [(None, 5, None), (None, 7, 8)]
    assert assert_agrees(3, "AdditiveAttention", {}, inputs).error
    assert assert_agrees(2, "AdditiveAttention", {}, inputs).error is None


# Symbolic sizes, and what is said

CONFIG: dict[str, Any] = {
    **HEADS,
    "value_dim": None,
    "use_bias": True,
    "output_shape": None,
    "attention_axes": None,
    "use_gate": False,
}


def test_multi_head_attention_keeps_the_querys_symbolic_steps() -> None:
    result = accepted(
        call(3, "MultiHeadAttention", CONFIG, spec(B, T, 8), value=spec(B, S, 6), return_attention_scores=True)
    )
    assert result.outputs == (spec(B, T, 8), spec(B, 2, T, S))
    assert sum(one.shape.size for one in result.weights if isinstance(one.shape.size, int)) == 194


def test_multi_head_attention_on_undefined_features_is_refused() -> None:
    problem = refused(call(3, "MultiHeadAttention", CONFIG, spec(B, T, C), value=spec(B, T, C)))
    assert problem.kind is ProblemKind.UNDEFINED
    assert problem.message == "MultiHeadAttention needs to know the number of features and gets (None, None, None)"


def test_attention_of_other_features_names_both_shapes() -> None:
    config = {"use_scale": False, "score_mode": "dot"}
    problem = refused(call(3, "Attention", config, [spec(B, T, 8), spec(B, T, 6)]))
    assert problem.kind is ProblemKind.ATTENTION
    assert problem.message == (
        "Attention takes query and value with the same features and gets query (None, None, 8) "
        "and value (None, None, 6)"
    )


def test_unknown_value_says_nothing() -> None:
    result = accepted(call(3, "MultiHeadAttention", CONFIG, spec(B, T, 8), value=UNKNOWN))
    assert result.outputs == spec(B, T, 8)


def test_unknown_inputs_of_an_attention_say_nothing() -> None:
    config = {"use_scale": True, "score_mode": "dot"}
    for inputs in (TensorSpec(), UNKNOWN, None):
        assert accepted(call(3, "Attention", config, inputs)).outputs == TensorSpec(Shape(None), "float32")


def test_unknown_request_for_scores_leaves_the_output_unknown() -> None:
    result = accepted(
        call(3, "MultiHeadAttention", CONFIG, spec(B, T, 8), value=spec(B, T, 8), return_attention_scores=UNKNOWN)
    )
    assert result.outputs == TensorSpec(Shape(None), "float32")
