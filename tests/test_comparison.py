"""Two graphs of one file are held against each other call by call."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kerascheck.api import build_graph
from kerascheck.comparison import Comparison, Verdict, compare
from kerascheck.diagnostic import Span
from kerascheck.report.comparison import render_comparison_json, render_comparison_text

MODEL = """
import keras
from keras import layers

inputs = keras.Input(shape=(8,))
hidden = layers.Dense({units})(inputs)
model = keras.Model(inputs, layers.Dense(2)(hidden))
"""
LOOP = """
import keras
from keras import layers

inputs = keras.Input(shape=(8,))
x = inputs
for units in {units}:
    x = layers.Dense(units)(x)
model = keras.Model(inputs, x)
"""
TWICE = """
import keras

dense = keras.layers.Dense(4)


def hidden(x):
    return dense(x)


first, second = keras.Input((8,)), keras.Input((8,), batch_size=2)
outputs = [hidden(x) for x in ({order})]
"""
NESTED = """
import tensorflow as tf
import {keras} as keras


class Inner(keras.Model):
    def __init__(self):
        super().__init__()
        self.net = keras.Sequential()
        self.net.add(keras.layers.Flatten())
        self.net.add(keras.layers.Dense(6))
        self.head = keras.layers.Dense(4)

    def call(self, inputs):
        return self.head(self.net(inputs))


{call}
"""


def compared(static: str, live: str) -> Comparison:
    """Both programs are read by the static front end: a comparison asks nothing else of the live one."""
    return compare(build_graph(static), build_graph(live))


def verdicts(found: Comparison) -> list[tuple[int, str, str]]:
    return [(fact.span.line, fact.op.rpartition(".")[2], str(fact.verdict)) for fact in found.facts]


def test_the_same_shapes_and_parameters_are_agreed() -> None:
    text = MODEL.format(units=4)
    assert verdicts(compared(text, text)) == [(5, "Input", "agreed"), (6, "Dense", "agreed"), (7, "Dense", "agreed")]


def test_another_size_disagrees_and_so_do_the_parameters_behind_it() -> None:
    found = compared(MODEL.format(units=4), MODEL.format(units=5))
    assert [(fact.span.line, fact.why) for fact in found.facts if fact.verdict is Verdict.DISAGREEING] == [
        (6, "the sizes of axis 1 differ"),
        (7, "the numbers of parameters differ"),
    ]


def test_a_size_that_only_the_live_side_knows_is_unknown() -> None:
    found = compared("import sys\n" + MODEL.format(units="len(sys.argv)")[1:], MODEL.format(units=4))
    assert verdicts(found)[1] == (6, "Dense", "unknown")


def test_a_call_that_the_static_side_lacks_is_unknown() -> None:
    found = compared(LOOP.format(units="[]"), LOOP.format(units="[3]"))
    assert [(fact.static, fact.why) for fact in found.facts if fact.op.endswith("Dense")] == [
        (None, "the call was not found")
    ]


def test_the_calls_of_one_line_are_taken_in_order() -> None:
    text = LOOP.format(units="[3, 4, 5]")
    assert [fact.live for fact in compared(text, text).facts][1:] == [
        "(None, 3), 27 parameters",
        "(None, 4), 16 parameters",
        "(None, 5), 25 parameters",
    ]


def test_only_a_disagreement_says_how_to_report_it() -> None:
    agreed = compared(MODEL.format(units=4), MODEL.format(units=4))
    differing = compared(MODEL.format(units=4), MODEL.format(units=5))
    assert "report it at https://tracker" not in render_comparison_text(agreed, "https://tracker")
    assert "report it at https://tracker" in render_comparison_text(differing, "https://tracker")


def test_the_json_counts_each_verdict() -> None:
    written = json.loads(render_comparison_json(compared(MODEL.format(units=4), MODEL.format(units=5))))
    assert (written["agreed"], written["unknown"], written["disagreeing"]) == (1, 0, 2)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kerascheck", "compare", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_is_no_script_is_refused() -> None:
    done = run("keras.applications:ResNet50")
    assert (done.returncode, done.stderr) == (
        2,
        "error: keras.applications:ResNet50: expected a .py file or a notebook\n",
    )


@pytest.mark.tensorflow
def test_a_real_model_agrees_with_what_was_read_of_it(tmp_path: Path) -> None:
    script = tmp_path / "model.py"
    script.write_text(LOOP.format(units="[3, 4]"), encoding="utf-8")
    done = run(str(script), "--only", "unknown")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{script}: 3 facts of the live model: 3 agreed, 0 statically unknown, 0 disagreeing\n"


@pytest.mark.tensorflow
def test_a_script_that_builds_nothing_cannot_be_compared(tmp_path: Path) -> None:
    script = tmp_path / "nothing.py"
    script.write_text("import keras\n", encoding="utf-8")
    done = run(str(script))
    assert done.returncode == 2
    assert done.stderr.endswith("built nothing to compare\n")


def test_what_an_imported_module_makes_is_told_by_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text(MODEL.format(units=4), encoding="utf-8")
    target = tmp_path / "main.py"
    target.write_text("import sys\n\nfrom made import model\n\nmodel.summary()\n", encoding="utf-8")
    static, live = build_graph(target), build_graph(target)
    for _, node in live.nodes():
        # The live side runs the module where it is imported.
        assert node.source is not None
        node.source = replace(node.source, stack=(Span(str(target), 3, 1, 3, 23),))
    assert verdicts(compare(static, live)) == [(3, name, "agreed") for name in ("Input", "Dense", "Dense")]


def test_layers_of_one_line_that_are_counted_from_another_number_are_told_by_their_order() -> None:
    first = "keras.layers.Dense(1)\n" * 2
    text = LOOP.format(units="(4, 5, 6)")
    found = compared(text, text.replace("x = inputs\n", f"x = inputs; {first.strip().replace(chr(10), '; ')}\n"))
    assert {verdict for _, op, verdict in verdicts(found) if op == "Dense"} == {"agreed"}


def test_which_call_of_a_layer_counts_its_parameters_is_no_disagreement() -> None:
    found = compared(TWICE.format(order="first, second"), TWICE.format(order="second, first"))
    assert [verdict for _, op, verdict in verdicts(found) if op == "Dense"] == ["agreed", "agreed"]
    other = TWICE.format(order="second, first").replace("Dense(4)", "Dense(4, use_bias=False)")
    found = compared(TWICE.format(order="first, second"), other)
    assert "disagreeing" in [verdict for _, op, verdict in verdicts(found) if op == "Dense"]


def test_a_call_that_one_side_shows_once_more_is_agreed_where_it_gave_the_same() -> None:
    static = TWICE.format(order="first, second")
    again = compared(static, TWICE.format(order="second, first, second"))
    assert [verdict for _, op, verdict in verdicts(again) if op == "Dense"] == ["agreed"] * 3
    other = compared(static, TWICE.format(order="second, first, keras.Input((8,), batch_size=5)"))
    assert [verdict for _, op, verdict in verdicts(other) if op == "Dense"] == ["agreed", "agreed", "unknown"]
    wrong = compared(static, TWICE.format(order="first, first"))
    assert "disagreeing" in [verdict for _, op, verdict in verdicts(wrong) if op == "Dense"]


NAMED_ALIKE = """
import keras


def hidden(x, units):
    return keras.layers.Dense(units, name="dense")(x)


data = keras.Input((8,)), keras.Input((8,), batch_size=2)
outputs = [hidden(data[which], units) for which, units in ({calls})]
"""


def test_layers_that_two_models_name_alike_are_told_by_their_weights() -> None:
    static = NAMED_ALIKE.format(calls="(0, 4), (1, 4), (0, 6), (1, 6)")
    found = compared(static, NAMED_ALIKE.format(calls="(0, 4), (1, 6), (0, 6), (1, 6)"))
    assert [verdict for _, op, verdict in verdicts(found) if op == "Dense"] == ["agreed"] * 4
    wrong = compared(static, NAMED_ALIKE.format(calls="(0, 4), (1, 6), (0, 6), (1, 5)"))
    assert "disagreeing" in [verdict for _, op, verdict in verdicts(wrong) if op == "Dense"]


@pytest.mark.tensorflow
@pytest.mark.parametrize("keras", ["keras", "tf_keras"])
@pytest.mark.parametrize(
    "call",
    [
        pytest.param("Inner()(tf.ones((2, 8)))", id="on data"),
        pytest.param("inputs = keras.Input((8,), batch_size=2)\nkeras.Model(inputs, Inner()(inputs))", id="of a model"),
        pytest.param(
            "net = keras.Sequential()\nnet.add(Inner())\nnet.add(keras.layers.Dense(5))\n"
            "net.add(keras.layers.Lambda(lambda x: x if tf.norm(x) > 1 else -x))\nnet(tf.ones((2, 8)))",
            id="of a Sequential that cannot be called",
        ),
    ],
)
def test_a_model_within_another_is_called_on_the_batch_that_it_was_called_on(
    tmp_path: Path, keras: str, call: str
) -> None:
    script = tmp_path / "model.py"
    script.write_text(NESTED.format(keras=keras, call=call), encoding="utf-8")
    done = run(str(script), "--only", "disagreeing", "--only", "unknown")
    assert done.returncode == 0, done.stdout
    assert len(done.stdout.splitlines()) == 1, done.stdout
    assert "0 statically unknown" in done.stdout


@pytest.mark.tensorflow
@pytest.mark.parametrize("keras", ["keras", "tf_keras"])
def test_a_sequential_that_only_fit_would_build_is_built_by_its_data(tmp_path: Path, keras: str) -> None:
    script = tmp_path / "model.py"
    script.write_text(
        f"""import numpy as np
import {keras} as keras

model = keras.Sequential()
model.add(keras.layers.Dense(4))
model.add(keras.layers.Dense(2))
model.compile("sgd", "mse")
model.fit(np.zeros((32, 6)), np.zeros((32, 2)))
""",
        encoding="utf-8",
    )
    done = run(str(script), "--format", "json")
    facts = [(fact["source"]["line"], fact["live"], fact["verdict"]) for fact in json.loads(done.stdout)["facts"]]
    assert facts == [
        (5, "(None, 4), 28 parameters", "agreed"),
        (6, "(None, 2), 10 parameters", "agreed"),
        (8, "(None, 6)", "agreed"),
    ], done.stderr


@pytest.mark.tensorflow
@pytest.mark.parametrize("keras", ["keras", "tf_keras"])
def test_what_is_made_for_the_batch_that_an_input_fixes_has_its_size(tmp_path: Path, keras: str) -> None:
    script = tmp_path / "model.py"
    script.write_text(
        f"""import tensorflow as tf
import {keras} as keras


class Added(keras.layers.Layer):
    def call(self, inputs):
        return inputs + tf.zeros((inputs.shape[0], 3))


inputs = keras.Input(batch_shape=(16, 3))
model = keras.Model(inputs, Added()(inputs))
Added()(tf.zeros((1, 3)))
""",
        encoding="utf-8",
    )
    done = run(str(script), "--format", "json")
    facts = [each for each in json.loads(done.stdout)["facts"] if each["source"]["line"] == 7]
    assert {(each["op"], each["live"], each["verdict"]) for each in facts} == {
        ("tf.zeros", "(16, 3)", "agreed"),
        ("tf.zeros", "(None, 3)", "agreed"),
        ("keras.ops.add", "(16, 3)", "agreed"),
        ("keras.ops.add", "(None, 3)", "agreed"),
    }


def test_a_round_of_a_loop_stands_for_those_that_only_the_live_side_ran() -> None:
    text = LOOP.format(units="given()")
    program = "from elsewhere import given\n" + text.replace("Dense(units)", "Dense(8)")
    found = compared(program, text.replace("Dense(units)", "Dense(8)").replace("given()", "range(5)"))
    assert {verdict for _, op, verdict in verdicts(found) if op == "Dense"} <= {"agreed", "unknown"}
    other = compared(LOOP.format(units="(4,)"), LOOP.format(units="(4, 5)"))
    assert [verdict for _, op, verdict in verdicts(other) if op == "Dense"] == ["agreed", "unknown"]


def test_a_layer_without_weights_that_each_call_makes_is_told_by_what_it_gave() -> None:
    text = """
import keras

for size in {sizes}:
    inputs = keras.Input((size,))
    keras.layers.{layer}
"""
    added = text.replace("{layer}", "add([inputs, inputs])")
    found = compared(added.format(sizes="(4, 8)"), added.format(sizes="(4, 8, 4, 8, 6)"))
    assert [verdict for _, op, verdict in verdicts(found) if op == "Add"].count("unknown") == 1
    dense = text.replace("{layer}", "Dense(2)(inputs)")
    other = compared(dense.format(sizes="(4, 8)"), dense.format(sizes="(4, 8, 4, 8, 6)"))
    assert [verdict for _, op, verdict in verdicts(other) if op == "Dense"].count("unknown") == 3
