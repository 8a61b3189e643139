from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from kerascheck.checks import kc101_incompatible_input_rank as kc101
from kerascheck.checks import kc112_missing_return_sequences as kc112
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Edge
from kerascheck.problems import Problem, ProblemKind
from kerascheck.shapes import UNKNOWN

WRONG_RANK = Problem(ProblemKind.RANK, "LSTM takes 3 axes and gets (None, 8), which has 2")


@dataclass(frozen=True)
class Wrapped:
    name: str
    config: dict[str, Any] = field(default_factory=dict)


def codes(program) -> list[str]:
    return ["KC101"] * len(list(kc101.check(program))) + ["KC112"] * len(list(kc112.check(program)))


def test_two_recurrent_layers_in_a_row_miss_the_sequence(build, span):
    first = build.node("keras.layers.LSTM", (8,), build.input(10, 4), text="layers.LSTM(8)(words)")
    build.failing("keras.layers.LSTM", WRONG_RANK, first)
    program = build.finish()
    (finding,) = kc112.check(program)
    assert finding.span == span(3)
    assert finding.message == WRONG_RANK.message
    assert finding.trail == (TrailStep(span(2), "(None, 8), the last step only"),)
    assert finding.help == "add `return_sequences=True` to `layers.LSTM(8)(words)` on line 2"
    assert codes(program) == ["KC112"]


def test_dropout_in_between_does_not_hide_the_recurrent_layer(build):
    first = build.node("keras.layers.GRU", (8,), build.input(10, 4))
    dropped = build.node("keras.layers.Dropout", (8,), first)
    build.failing("keras.layers.Conv1D", WRONG_RANK, dropped)
    assert codes(build.finish()) == ["KC112"]


def test_a_bidirectional_layer_is_as_its_wrapped_layer(build):
    config = {"layer": Wrapped("keras.layers.LSTM", {"return_sequences": False})}
    first = build.node("keras.layers.Bidirectional", (16,), build.input(10, 4), config=config)
    build.failing("keras.layers.Bidirectional", WRONG_RANK, first, config=config)
    assert codes(build.finish()) == ["KC112"]


def test_a_convolutional_lstm_gives_images_to_a_layer_that_wants_films(build):
    first = build.node("keras.layers.ConvLSTM2D", (30, 30, 8), build.input(10, 32, 32, 1))
    build.failing("keras.layers.ConvLSTM2D", WRONG_RANK, first)
    assert codes(build.finish()) == ["KC112"]


@pytest.mark.parametrize("given", [True, UNKNOWN])
def test_a_layer_that_gives_sequences_or_may_do_so_is_not_blamed(given, build):
    first = build.node("keras.layers.LSTM", (8,), build.input(10, 4), config={"return_sequences": given})
    build.failing("keras.layers.LSTM", WRONG_RANK, first)
    assert codes(build.finish()) == ["KC101"]


def test_a_sequence_would_not_fit_an_image_layer_either(build):
    first = build.node("keras.layers.LSTM", (8,), build.input(10, 4))
    build.failing("keras.layers.Conv2D", WRONG_RANK, first)
    assert codes(build.finish()) == ["KC101"]


def test_a_flatten_in_between_would_lose_the_sequence_again(build):
    first = build.node("keras.layers.LSTM", (8,), build.input(10, 4))
    flat = build.node("keras.layers.Flatten", (8,), first)
    build.failing("keras.layers.LSTM", WRONG_RANK, flat)
    assert codes(build.finish()) == ["KC101"]


def test_a_state_is_no_sequence_whatever_the_layer_returns(build):
    first = build.node("keras.layers.LSTM", (8,), build.input(10, 4), config={"return_state": True})
    last = build.failing("keras.layers.LSTM", WRONG_RANK)
    build.program.recorder.connect(Edge(first.identifier, last.identifier, output=1))
    assert codes(build.finish()) == ["KC101"]


def test_the_last_step_of_a_recurrent_layer_may_feed_what_takes_a_vector(build):
    first = build.node("keras.layers.LSTM", (8,), build.input(10, 4))
    build.node("keras.layers.RepeatVector", (5, 8), first)
    assert codes(build.finish()) == []
