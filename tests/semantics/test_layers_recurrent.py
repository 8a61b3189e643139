"""Recurrent layers, their cells and wrappers against real Keras, and what is said when they cannot work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.api import LayerCall, LayerResult, find_layer
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec
from kerascheck.shapes.dim import batch, symbol
from tests.semantics.differential import Inner, Tensor, assert_agrees, call, keras_package, our_result, real_outcome
from tests.semantics.strategies import DATA_FORMATS, input_shapes, often_right, sizes_for

FEW = settings(derandomize=True, deadline=None, max_examples=15)
MANY = settings(derandomize=True, deadline=None, max_examples=25)
KINDS = ("LSTM", "GRU", "SimpleRNN")
SWITCHES = {name: st.booleans() for name in ("return_sequences", "return_state", "go_backwards", "use_bias")}
B, T, H, W = batch(), symbol("T"), symbol("H"), symbol("W")


def spec(*dims: Any) -> TensorSpec:
    return TensorSpec(Shape(dims), "float32", keras_tensor=True)


def accepted(result: LayerResult | Problem) -> LayerResult:
    assert isinstance(result, LayerResult), result
    return result


def refused(result: LayerResult | Problem) -> Problem:
    assert isinstance(result, Problem), result
    return result


@dataclass(frozen=True)
class Own:
    """A layer or cell of the user's own."""

    name: str
    config: dict[str, Any] = field(default_factory=dict)


def recurrent(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    own = {"reset_after": st.booleans()} if kind == "GRU" else {}
    right = st.fixed_dictionaries(
        {"units": st.integers(1, 5)},
        optional={**SWITCHES, **own, "stateful": st.booleans(), "trainable": st.booleans()},
    )
    return often_right(right, [("units", 0), ("units", -2), ("units", None)])


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@MANY
def test_recurrent_layer_agrees_with_keras_3(kind: str, data: st.DataObject) -> None:
    assert_agrees(3, kind, data.draw(recurrent(kind)), data.draw(input_shapes(3)))


@pytest.mark.tensorflow
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(FEW, max_examples=6)
def test_recurrent_layer_agrees_with_tf_keras(kind: str, data: st.DataObject) -> None:
    assert_agrees(2, kind, data.draw(recurrent(kind)), data.draw(input_shapes(3, largest=6)))


@pytest.mark.tensorflow
def test_rank_and_units_are_checked_in_tf_keras_too() -> None:
    assert assert_agrees(2, "LSTM", {"units": 3}, (None, 4)).error
    assert assert_agrees(2, "GRU", {"units": 3}, (None, 4, 4, 4)).error
    assert assert_agrees(2, "LSTM", {"units": 0}, (None, 4, 2)).error
    assert assert_agrees(2, "LSTM", {"units": 3}, (None, 4, None)).error
    assert assert_agrees(2, "LSTM", {"units": 3, "stateful": True}, (None, 4, 2)).error
    assert assert_agrees(2, "LSTM", {"units": 3, "unroll": True}, (None, None, 2)).error


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("policy", ["float16", "mixed_float16", "float64"])
def test_states_have_the_dtype_of_the_output(generation: int, policy: str) -> None:
    assert_agrees(generation, "LSTM", {"units": 3, "dtype": policy, "return_state": True}, (None, 4, 2))


@pytest.mark.tensorflow
def test_unrolling_an_unknown_number_of_steps_builds_in_keras_3() -> None:
    assert assert_agrees(3, "LSTM", {"units": 3, "unroll": True}, (None, None, 2)).error is None


@pytest.mark.tensorflow
@pytest.mark.parametrize("sequences", [True, False])
def test_time_major_of_tf_keras_swaps_batch_and_time(sequences: bool) -> None:
    config = {"units": 3, "time_major": True, "return_sequences": sequences, "return_state": True}
    assert_agrees(2, "LSTM", config, (4, 5, 2))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_initial_states_are_compared_with_the_cell(generation: int) -> None:
    right = [Tensor((None, 3)), Tensor((None, 3))]
    assert assert_agrees(generation, "LSTM", {"units": 3}, (None, 4, 2), initial_state=right).error is None
    assert assert_agrees(generation, "GRU", {"units": 3}, (None, 4, 2), initial_state=right[0]).error is None
    for wrong in ([right[0]], [Tensor((None, 5)), Tensor((None, 5))]):
        problem = refused(call_with_states(generation, wrong))
        assert problem.kind in {ProblemKind.SIZE, ProblemKind.INPUTS}
        assert fails_on_data(generation, wrong)


def call_with_states(generation: int, states: list[Tensor]) -> LayerResult | Problem:
    config = {"units": 3, "use_bias": True, "return_sequences": False, "return_state": False, "stateful": False}
    return call(generation, "LSTM", config, spec(B, 4, 2), initial_state=[spec(B, one.shape[1]) for one in states])


def fails_on_data(generation: int, states: list[Tensor]) -> bool:
    """Whether a call on zeros raises: Keras 3 does not look at the states of symbolic tensors."""
    zeros = [numpy.zeros((2, one.shape[1] or 1), "float32") for one in states]
    return fails(keras_package(generation).layers.LSTM(3), (2, 4, 2), initial_state=zeros)


def fails(layer: Any, shape: tuple[int, ...], **arguments: Any) -> bool:
    """Whether a layer called on zeros of that shape raises."""
    try:
        layer(numpy.zeros(shape, "float32"), **arguments)
    # Any error will do.
    except Exception:
        return True
    return False


@pytest.mark.tensorflow
def test_tf_keras_takes_the_states_in_one_list_with_the_sequence() -> None:
    assert_agrees(2, "LSTM", {"units": 3}, [(None, 4, 2), (None, 3), (None, 3)], withhold=False)
    assert assert_agrees(3, "LSTM", {"units": 3}, [(None, 4, 2), (None, 3), (None, 3)]).error


# Cells


def inner(kind: str, units: int, **config: Any) -> Inner:
    return Inner(kind, {"units": units, **config})


CELLS = [
    inner("LSTMCell", 3),
    inner("GRUCell", 3, reset_after=False),
    inner("SimpleRNNCell", 3, use_bias=False),
    [inner("LSTMCell", 3), inner("LSTMCell", 5)],
    [inner("GRUCell", 3), inner("LSTMCell", 5), inner("SimpleRNNCell", 2)],
    Inner("StackedRNNCells", {"cells": [inner("GRUCell", 4), inner("GRUCell", 2)]}),
]


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("number", range(len(CELLS)))
def test_rnn_over_cells_agrees(generation: int, number: int) -> None:
    for sequences, state in [(False, False), (True, False), (False, True), (True, True)]:
        config = {"cell": CELLS[number], "return_sequences": sequences, "return_state": state}
        assert_agrees(generation, "RNN", config, (None, None, 2))
    assert_agrees(generation, "RNN", {"cell": CELLS[number], "stateful": True}, (4, 5, 2))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_rnn_is_refused_what_it_cannot_run(generation: int) -> None:
    cell = inner("GRUCell", 3)
    assert assert_agrees(generation, "RNN", {"cell": cell}, (None, 4)).error
    assert assert_agrees(generation, "RNN", {"cell": cell}, (None, 4, None)).error
    assert assert_agrees(generation, "RNN", {"cell": cell, "stateful": True}, (None, 4, 2)).error
    assert assert_agrees(generation, "RNN", {"cell": inner("Dense", 3)}, (None, 4, 2)).error
    assert assert_agrees(generation, "RNN", {"cell": inner("LSTM", 3)}, (None, 4, 2)).error


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_cell_called_by_hand_agrees(generation: int, kind: str) -> None:
    states = [Tensor((None, 3))] * (2 if kind == "LSTM" else 1)
    assert_agrees(generation, f"{kind}Cell", {"units": 3}, (None, 2), states=states)
    if kind != "LSTM":
        assert_agrees(generation, f"{kind}Cell", {"units": 3}, (None, 2), states=states[0])
    assert assert_agrees(generation, f"{kind}Cell", {"units": 3}, (None, None), states=states).error


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_stacked_cells_called_by_hand_agree(generation: int) -> None:
    config = {"cells": [inner("SimpleRNNCell", 3), inner("GRUCell", 4)]}
    assert_agrees(generation, "StackedRNNCells", config, (None, 2), states=[Tensor((None, 3)), Tensor((None, 4))])


def test_cell_of_the_users_own_is_unknown() -> None:
    config = {"cell": Own("MinimalCell"), "return_sequences": False, "return_state": False, "stateful": False}
    result = accepted(call(3, "RNN", config, spec(B, 4, 2)))
    assert result.outputs == TensorSpec(Shape(None), "float32")
    assert [one.shape for one in result.weights] == [Shape(None)]


# Wrappers


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("mode", ["concat", "sum", "ave", "mul", None, "max"])
def test_bidirectional_agrees(generation: int, mode: Any) -> None:
    every = [(False, False), (True, False), (False, True), (True, True)]
    for sequences, state in every if generation == 3 else every[::3]:
        layer = inner("SimpleRNN" if sequences else "LSTM", 3, return_sequences=sequences, return_state=state)
        assert_agrees(generation, "Bidirectional", {"layer": layer, "merge_mode": mode}, (None, None, 2))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_bidirectional_wraps_every_recurrent_layer(generation: int) -> None:
    for layer in (
        inner("SimpleRNN", 3, use_bias=False),
        Inner("RNN", {"cell": inner("LSTMCell", 3)}),
        Inner("RNN", {"cell": [inner("LSTMCell", 3), inner("GRUCell", 4)], "return_state": True}),
    ):
        assert_agrees(generation, "Bidirectional", {"layer": layer}, (None, 5, 2), withhold=False)
    convolutional = Inner("ConvLSTM2D", {"filters": 3, "kernel_size": 2, "return_sequences": True})
    assert_agrees(generation, "Bidirectional", {"layer": convolutional}, (None, 5, 6, 6, 2))
    assert_agrees(generation, "Bidirectional", {"layer": inner("LSTM", 3, stateful=True)}, (4, 5, 2))
    assert_agrees(generation, "Bidirectional", {"layer": inner("LSTM", 3), "dtype": "float16"}, (None, 5, 2))
    assert_agrees(generation, "Bidirectional", {"layer": inner("LSTM", 3, dtype="float16")}, (None, 5, 2))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_bidirectional_with_a_backward_layer_agrees(generation: int) -> None:
    forward = inner("LSTM", 3, return_sequences=True)
    for backward in (
        inner("GRU", 3, return_sequences=True, go_backwards=True),
        inner("GRU", 3, return_sequences=True),
        inner("GRU", 3, go_backwards=True),
        inner("GRU", 3, go_backwards=True, return_sequences=True, return_state=True),
    ):
        assert_agrees(generation, "Bidirectional", {"layer": forward, "backward_layer": backward}, (None, 5, 2))


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_bidirectional_refuses_what_does_not_recur(generation: int) -> None:
    assert assert_agrees(generation, "Bidirectional", {"layer": inner("Dense", 3)}, (None, 5, 2)).error
    layer = Inner("TimeDistributed", {"layer": inner("Dense", 3)})
    assert assert_agrees(generation, "Bidirectional", {"layer": layer}, (None, 5, 2)).error
    assert assert_agrees(generation, "Bidirectional", {"layer": inner("LSTM", 3)}, (None, 5)).error
    backwards = inner("LSTM", 3, go_backwards=True)
    assert (assert_agrees(generation, "Bidirectional", {"layer": backwards}, (None, 5, 2)).error is None) is (
        generation == 2
    )


UNEQUAL = {
    "layer": inner("LSTM", 3),
    "backward_layer": inner("GRU", 4, go_backwards=True),
}


@pytest.mark.tensorflow
def test_directions_of_unequal_width_cannot_be_summed() -> None:
    assert assert_agrees(2, "Bidirectional", {**UNEQUAL, "merge_mode": "sum"}, (None, 5, 2)).error
    layers = keras_package(3).layers
    backward = layers.GRU(4, go_backwards=True)
    assert fails(layers.Bidirectional(layers.LSTM(3), merge_mode="sum", backward_layer=backward), (2, 5, 2))
    problem = refused(our_result(3, "Bidirectional", {**UNEQUAL, "merge_mode": "sum"}, (None, 5, 2)))
    assert problem.message == 'Bidirectional with merge_mode="sum" cannot merge (None, 3) with (None, 4)'


@pytest.mark.tensorflow
def test_directions_of_unequal_width_concatenate_to_their_sum_in_tf_keras_alone() -> None:
    assert_agrees(2, "Bidirectional", UNEQUAL, (None, 5, 2))
    assert real_outcome(3, "Bidirectional", UNEQUAL, (None, 5, 2)).outputs == (((None, 6), "float32"),)
    inner_of = {name: Inner(one.layer, one.arguments, 3) for name, one in UNEQUAL.items()}
    result = accepted(call(3, "Bidirectional", {**inner_of, "merge_mode": "concat"}, spec(B, 5, 2)))
    assert result.outputs == spec(B, UNKNOWN)


TIME_DISTRIBUTED = [
    (inner("Dense", 3), 3),
    (Inner("Flatten"), 4),
    (inner("LSTM", 3), 4),
    (Inner("Conv2D", {"filters": 3, "kernel_size": 2}), 5),
    (Inner("Conv2D", {"filters": 3, "kernel_size": 9}), 5),
    (Inner("Conv2D", {"filters": 3, "kernel_size": 2}), 4),
    (Inner("BatchNormalization"), 4),
    (Inner("Dropout", {"rate": 0.2}), 3),
    (Inner("Embedding", {"input_dim": 9, "output_dim": 4}), 3),
    (inner("Dense", 3, trainable=False), 3),
    (inner("Dense", 3, dtype="float16"), 3),
    (inner("Dense", 3), 2),
]


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize(("layer", "rank"), TIME_DISTRIBUTED)
def test_time_distributed_agrees(generation: int, layer: Inner, rank: int) -> None:
    for shape in ((None, 5, 6, 6, 2)[:rank], (3, None, 6, 6, 2)[:rank]):
        assert_agrees(generation, "TimeDistributed", {"layer": layer}, shape)


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
def test_time_distributed_recurrent_layer_needs_a_second_time_axis(generation: int) -> None:
    assert assert_agrees(generation, "TimeDistributed", {"layer": inner("LSTM", 3)}, (None, 5, 3)).error
    layers = keras_package(generation).layers
    assert fails(layers.TimeDistributed(layers.LSTM(3)), (2, 5, 3))
    assert not fails(layers.TimeDistributed(layers.LSTM(3)), (2, 5, 3, 4))
    refused(our_result(generation, "TimeDistributed", {"layer": inner("LSTM", 3)}, (2, 5, 3)))


@pytest.mark.tensorflow
def test_time_distributed_of_keras_3_goes_past_the_rank_check_of_its_layer() -> None:
    config = {"layer": Inner("SpatialDropout1D", {"rate": 0.2})}
    assert real_outcome(3, "TimeDistributed", config, (None, 5, 3)).error is None
    inner_of = {"layer": Inner("SpatialDropout1D", {"rate": 0.2}, 3)}
    assert accepted(call(3, "TimeDistributed", inner_of, spec(B, 5, 3))).outputs == TensorSpec(Shape(None), "float32")


# Convolutional


def conv_lstms(axes: int) -> st.SearchStrategy[dict[str, Any]]:
    right = st.fixed_dictionaries(
        {"filters": st.integers(1, 3), "kernel_size": sizes_for(axes, st.integers(1, 3))},
        optional={
            "strides": sizes_for(axes, st.integers(1, 2)),
            "padding": st.sampled_from(["valid", "same"]),
            "data_format": DATA_FORMATS,
            "return_sequences": st.booleans(),
            "return_state": st.booleans(),
            "use_bias": st.booleans(),
            "stateful": st.booleans(),
        },
    )
    wrong = [
        ("kernel_size", 0),
        ("kernel_size", (2,) * (axes + 1)),
        ("padding", "causal"),
        ("data_format", "channels"),
        ("dilation_rate", 2),
        ("strides", (1,) * (axes + 1)),
    ]
    return often_right(right, wrong)


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
@given(data=st.data())
@FEW
def test_conv_lstm_agrees_with_keras_3(axes: int, data: st.DataObject) -> None:
    shapes = input_shapes(axes + 3, smallest=2, largest=7)
    assert_agrees(3, f"ConvLSTM{axes}D", data.draw(conv_lstms(axes)), data.draw(shapes), withhold=False)


CONV_LSTM = {"filters": 3, "kernel_size": 2}


@pytest.mark.tensorflow
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_conv_lstm_agrees_with_tf_keras(axes: int) -> None:
    name, shape = f"ConvLSTM{axes}D", (None, 4, *(5, 6, 7)[:axes], 2)
    for more in ({}, {"strides": 2, "padding": "same"}, {"dilation_rate": 2}, {"return_sequences": True}):
        assert_agrees(2, name, {**CONV_LSTM, **more, "return_state": True}, shape)
    assert_agrees(2, name, CONV_LSTM, (None, None, None, *shape[3:]))
    for wrong in (shape[1:], (*shape[:-1], None)):
        assert assert_agrees(2, name, CONV_LSTM, wrong).error
    assert assert_agrees(2, name, {**CONV_LSTM, "kernel_size": 9}, shape).error


@pytest.mark.tensorflow
@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("layer", ["LSTM", "ConvLSTM1D", "Bidirectional", "TimeDistributed"])
def test_frozen_layer_counts_no_trainable_parameters(generation: int, layer: str) -> None:
    config: dict[str, Any] = {
        "LSTM": {"units": 3},
        "ConvLSTM1D": CONV_LSTM,
        "Bidirectional": {"layer": inner("LSTM", 3)},
        "TimeDistributed": {"layer": inner("Dense", 3)},
    }[layer]
    shape = (None, 5, 6, 2) if layer == "ConvLSTM1D" else (None, 5, 2)
    ours = accepted(our_result(generation, layer, {**config, "trainable": False}, shape))
    assert ours.weights
    assert not any(one.trainable for one in ours.weights)
    keras = keras_package(generation)
    arguments = {
        name: getattr(keras.layers, value.layer)(**value.arguments) if isinstance(value, Inner) else value
        for name, value in config.items()
    }
    real = getattr(keras.layers, layer)(**arguments, trainable=False)
    real(keras.Input(batch_shape=shape))
    assert real.trainable_weights == []


# Symbolic sizes, and what is said

RECURRENT = {"units": 8, "use_bias": True, "return_sequences": False, "return_state": False, "stateful": False}


def test_sequences_keep_a_symbolic_number_of_steps() -> None:
    result = accepted(call(3, "LSTM", {**RECURRENT, "return_sequences": True}, spec(B, 2 * T, 4)))
    assert result.outputs == spec(B, 2 * T, 8)


def test_gru_of_unknown_reset_after_has_a_bias_of_unknown_size() -> None:
    result = accepted(call(3, "GRU", {**RECURRENT, "reset_after": UNKNOWN}, spec(B, T, 4)))
    assert [one.shape for one in result.weights] == [Shape.of(4, 24), Shape.of(8, 24), Shape(None)]


def test_unknown_return_state_leaves_the_output_unknown() -> None:
    result = accepted(call(3, "LSTM", {**RECURRENT, "return_state": UNKNOWN}, spec(B, T, 4)))
    assert result.outputs == TensorSpec(Shape(None), "float32")


def test_lstm_on_two_axes_is_refused() -> None:
    problem = refused(call(3, "LSTM", RECURRENT, spec(B, 64)))
    assert problem.kind is ProblemKind.RANK
    assert problem.message == "LSTM takes 3 axes (batch, time, features) and gets (None, 64)"
    assert problem.help == "add a time axis: `keras.layers.Reshape((1, 64))`"


def test_lstm_on_an_undefined_axis_of_features_is_refused() -> None:
    problem = refused(call(3, "LSTM", RECURRENT, spec(B, 5, W)))
    assert problem.kind is ProblemKind.UNDEFINED
    assert problem.message == "LSTM needs to know the number of features and gets (None, 5, None)"


def test_stateful_layer_needs_a_batch_size_on_a_keras_tensor_only() -> None:
    problem = refused(call(3, "LSTM", {**RECURRENT, "stateful": True}, spec(B, 5, 4)))
    assert problem.kind is ProblemKind.UNDEFINED
    assert problem.message == "LSTM with stateful=True needs a fixed batch size and gets (None, 5, 4)"
    eager = TensorSpec(Shape.of(B, 5, 4), "float32")
    assert accepted(call(3, "LSTM", {**RECURRENT, "stateful": True}, eager)).updates == 2


def test_conv_lstm_halves_symbolic_sizes_in_tf_keras() -> None:
    config = {**RECURRENT, "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "dilation_rate": 1}
    result = accepted(call(2, "ConvLSTM2D", {**config, "data_format": None}, spec(B, T, 2 * H, 2 * W, 3)))
    assert result.outputs == spec(B, H, W, 4)


def test_bidirectional_around_an_unknown_layer_is_unknown() -> None:
    function = find_layer("keras.layers.Bidirectional")
    assert function is not None
    config = {"layer": Own("MyRecurrent"), "merge_mode": "concat", "backward_layer": None}
    layer_call = LayerCall(
        "keras.layers.Bidirectional",
        3,
        config,
        spec(B, T, 4),
        call_layer=lambda layer, inputs: LayerResult(TensorSpec()),
    )
    assert function(layer_call).outputs == TensorSpec(Shape(None), "float32")
