"""``kerascheck.trace(model)``: a live model, traced in the process it lives in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from .conftest import SCRIPTS

pytestmark = pytest.mark.tensorflow

SOURCE = (SCRIPTS / "live.py").read_text(encoding="utf-8").splitlines()


def _line(text: str) -> int:
    return next(number for number, line in enumerate(SOURCE, 1) if text in line)


@pytest.fixture(scope="module")
def told() -> Any:
    """What the script found."""
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}
    environment.pop("TF_USE_LEGACY_KERAS", None)
    done = subprocess.run(
        [sys.executable, "-B", "live.py"], check=False, capture_output=True, text=True, cwd=SCRIPTS, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_a_functional_model_has_the_nodes_it_would_have_as_a_target(told: Any) -> None:
    head, outer = told["functional"]
    assert [(model["name"], model["kind"], model["params"]) for model in (head, outer)] == [
        ("head", "sequential", 8),
        ("outer", "functional", 35),
    ]
    assert [node[:2] for node in outer["nodes"]] == [
        ["keras.Input", "(None, 8)"],
        ["keras.layers.Dense", "(None, 3)"],
        ["keras.ops.multiply", "(None, 3)"],
        ["keras.layers.Dropout", "(None, 3)"],
        ["keras.layers.Dense", "(None, 2)"],
        ["keras.Sequential", "(None, 2)"],
    ]


def test_what_was_made_nobody_knows_where_was_made_where_trace_was_called(told: Any) -> None:
    assert {node[2] for node in told["functional"][1]["nodes"]} == {_line("# functional")}


def test_a_model_of_keras_2_is_traced_too(told: Any) -> None:
    (old,) = told["old"]
    assert [node[:2] for node in old["nodes"]] == [
        ["keras.Input", "(None, 8)"],
        ["keras.layers.Dense", "(None, 3)"],
        ["tf.math.reduce_sum", "(None,)"],
    ]


def test_a_subclassed_model_that_was_called_knows_its_inputs(told: Any) -> None:
    (net,) = told["called"]
    assert (net["nodes"][0][1], net["nodes"][-1][1], net["params"]) == ("(None, 6)", "(None, 4)", 28)


def test_a_function_that_the_users_module_imported_by_name_is_seen_at_its_line(told: Any) -> None:
    assert ["keras.ops.mean", "(4,)", _line("return x - mean")] in told["called"][0]["nodes"]


def test_the_program_can_be_checked(told: Any) -> None:
    assert ["KC201", _line("return x - mean")] in told["findings"]


@pytest.mark.parametrize("name", ["given", "dict"])
def test_a_model_that_was_never_called_takes_an_input_shape(told: Any, name: str) -> None:
    (net,) = told[name]
    assert [node[:2] for node in net["nodes"]] == [
        ["keras.Input", "(None, 5)"],
        ["keras.layers.Dense", "(None, 4)"],
        ["keras.ops.mean", "(4,)"],
        ["keras.ops.subtract", "(None, 4)"],
        ["Center", "(None, 4)"],
        ["Net", "(None, 4)"],
    ]


def test_without_one_it_says_what_is_missing(told: Any) -> None:
    assert told["unknown"] == ["NeverCalledError: it is neither called nor built, so nothing is known of its inputs"]


def test_everything_that_was_watched_is_put_back(told: Any) -> None:
    assert (told["changed"], told["restored"]) == ([], True)


def test_the_model_trains_as_before(told: Any) -> None:
    assert told["trains"] == ["loss"]


def test_what_is_no_model_is_told_in_one_sentence(told: Any) -> None:
    assert told["errors"] == [
        f"trace takes a target's name or a Keras model, and this is a {name}" for name in ("int", "Dense", "type")
    ]
