"""A probe runs the models on made-up samples and sees which samples depend on which."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from oracle.tracing import trace_all

from kerascheck.program import Program
from kerascheck.tracer.request import Request, TargetKind

pytestmark = pytest.mark.tensorflow

HEAD = "import keras\nfrom keras import layers, ops\n"
SCRIPTS = {
    "normal": """
inputs = keras.Input(shape=(4,))
x = layers.BatchNormalization()(layers.Dense(3)(inputs))
model = keras.Model(inputs, x)
before = model.get_weights()
""",
    "largest": """
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, inputs - ops.max(inputs, axis=0))
""",
    "scalar": """
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, ops.mean(inputs))
""",
    "ids": """
inputs = keras.Input(shape=(10,), dtype="int32")
model = keras.Model(inputs, layers.LSTM(4)(layers.Embedding(3, 5)(inputs)))
""",
    "several": """
left, right = keras.Input(shape=(4,), name="left"), keras.Input(shape=(2,), name="right")
model = keras.Model({"right": right, "left": left}, layers.Concatenate()([left, right]))
""",
    "noise": """
import tensorflow as tf
counter = []
def noisy(x):
    counter.append(1)
    return x + float(len(counter))
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, layers.Lambda(noisy)(inputs))
""",
    "fails": """
import tensorflow as tf
def check(x):
    tf.debugging.assert_greater(x, 1e9)
    return x
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, layers.Lambda(check)(inputs))
""",
    "state": """
class Counting(layers.Layer):
    def build(self, input_shape):
        self.total = self.add_weight(shape=(), initializer="zeros", trainable=False)
    def call(self, inputs):
        self.total.assign_add(1.0)
        return inputs + self.total
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, Counting()(inputs))
""",
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Program]:
    folder: Path = tmp_path_factory.mktemp("probe")
    requests = []
    for name, code in SCRIPTS.items():
        path = folder / f"{name}.py"
        path.write_text(HEAD + code, encoding="utf-8")
        requests.append(Request(str(path), TargetKind.SCRIPT, keras="3", probe=True))
    found = {}
    for name, outcome in zip(SCRIPTS, trace_all(requests), strict=True):
        assert outcome.program is not None, outcome.sentence
        found[name] = outcome.program
    return found


def modes(program: Program) -> list[str]:
    return [found.mode for found in program.dependences]


def test_batch_normalization_mixes_samples_in_training_alone(programs: dict[str, Program]) -> None:
    assert modes(programs["normal"]) == ["training"]


def test_a_maximum_over_the_batch_is_seen_though_small_changes_may_not_move_it(programs: dict[str, Program]) -> None:
    assert modes(programs["largest"]) == ["inference", "training"]


def test_the_evidence_says_what_was_changed_and_what_moved(programs: dict[str, Program]) -> None:
    (found, _) = programs["scalar"].dependences
    assert found.evidence.startswith(
        "of 3 made-up samples, sample 2 was changed by 1, and the one output of them all moved by "
    )


def test_ids_stay_within_the_smallest_table(programs: dict[str, Program]) -> None:
    assert (programs["ids"].probed, modes(programs["ids"]), programs["ids"].unknown) == ((0,), [], [])


def test_inputs_are_given_in_the_nesting_that_the_model_takes(programs: dict[str, Program]) -> None:
    assert (programs["several"].probed, modes(programs["several"])) == ((0,), [])


def test_a_model_that_never_gives_the_same_twice_proves_nothing(programs: dict[str, Program]) -> None:
    assert modes(programs["noise"]) == []


def test_state_is_put_back_before_each_run(programs: dict[str, Program]) -> None:
    assert (programs["state"].probed, modes(programs["state"])) == ((0,), [])


def test_a_model_that_fails_on_made_up_samples_is_told_as_unknown(programs: dict[str, Program]) -> None:
    program = programs["fails"]
    assert (program.probed, [found.what for found in program.unknown]) == ((), ["a run of functional"])


def test_a_live_model_is_probed_in_its_own_process_and_keeps_its_weights(tmp_path: Path) -> None:
    script = tmp_path / "own.py"
    script.write_text(
        HEAD
        + """
import kerascheck
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, layers.BatchNormalization()(inputs) - ops.max(inputs, axis=0))
before = model.get_weights()
program = kerascheck.trace(model, probe=True)
print([found.mode for found in program.dependences])
print(all((old == new).all() for old, new in zip(before, model.get_weights())))
""",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.stdout == "['inference', 'training']\nTrue\n", done.stderr


def test_the_command_line_probes_on_request_alone(tmp_path: Path) -> None:
    script = tmp_path / "mixed.py"
    script.write_text(HEAD + SCRIPTS["scalar"], encoding="utf-8")
    codes = []
    for options in ([], ["--probe"]):
        command = [sys.executable, "-m", "kerascheck", "trace", str(script), "--output-format", "json", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        codes.append(sorted(found["code"] for found in json.loads(done.stdout)))
    assert codes == [["KC202"], ["KC202", "KC217"]]
