from __future__ import annotations

from typing import Any

import pytest
from hand_made import Graph, line

from kerascheck.checks.kc401_batchnorm_never_updated import check
from kerascheck.program import ModelCall, Program, SymbolUse

NORMALIZATION = ("keras.layers.BatchNormalization", line(2))


def call(at: int = 9, **changes: Any) -> ModelCall:
    facts: dict[str, Any] = {
        "model": "model",
        "layers": (NORMALIZATION,),
        "training": None,
        "in_tape": True,
        "trained": True,
        "span": line(at),
        "generation": 3,
    }
    return ModelCall(**(facts | changes))


def lines(*calls: ModelCall) -> list[int]:
    return [finding.span.line for finding in check(Program("model.py", model_calls=list(calls)))]


@pytest.mark.parametrize("training", [None, False])
@pytest.mark.parametrize("generation", [2, 3])
def test_a_training_loop_without_the_flag_is_found_at_the_call(training: bool | None, generation: int) -> None:
    assert lines(call(training=training, generation=generation)) == [9]


def test_the_trail_shows_the_layer() -> None:
    (finding,) = check(Program("model.py", model_calls=[call()]))
    assert finding.trail[0].span == line(2)
    assert finding.help == "pass `training=True`"


@pytest.mark.parametrize(
    "changes",
    [
        {"training": True},
        {"training": "unknown"},
        {"in_tape": False},
        {"trained": False},
        {"fitted": True},
        {"layers": (("keras.layers.Dropout", line(2)),)},
        {"layers": ()},
    ],
    ids=str,
)
def test_a_call_that_is_no_such_loop_is_silent(changes: dict[str, Any]) -> None:
    assert lines(call(**changes)) == []


def test_a_discriminator_that_is_trained_in_a_step_of_its_own_is_silent() -> None:
    assert lines(call(8, training=True), call(9, training=False)) == []


def test_another_model_in_training_mode_does_not_help() -> None:
    assert lines(call(8, model="other", training=True), call(9)) == [9]


def test_a_program_that_sets_the_learning_phase_is_silent() -> None:
    use = SymbolUse("keras.backend.set_learning_phase", "tf.keras", 2, line(3), called=True)
    assert list(check(Program("model.py", model_calls=[call()], symbols=[use]))) == []


def test_a_frozen_layer_is_silent() -> None:
    graph = Graph()
    frozen = graph.input(4)
    graph.layer("BatchNormalization", frozen, (4,), config={"trainable": False})
    graph.program.model_calls.append(call())
    assert list(check(graph.program)) == []
