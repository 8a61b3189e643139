"""What the trace finds out of variables: who holds them, whether they are read, saved, and given a gradient."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracle.tracing import trace_all

from kerascheck.checks.kc301_untracked_variable import check as kc301
from kerascheck.checks.kc305_layer_inside_lambda import check as kc305
from kerascheck.checks.kc307_layer_in_untracked_container import check as kc307
from kerascheck.checks.kc701_non_differentiable_path import check as kc701
from kerascheck.program import Program, VariableFact
from kerascheck.tracer.request import Request, TargetKind

pytestmark = pytest.mark.tensorflow

SCRIPTS = {
    "plain": """
model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(3, name="first"), layers.BatchNormalization()])
""",
    "rounded": """
first = layers.Dense(3, name="first")
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, layers.Dense(1, name="last")(ops.round(first(inputs))))
model.compile("sgd", "mse")
""",
    "not trained": """
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, ops.round(layers.Dense(3)(inputs)))
""",
    "lambda": """
dense = layers.Dense(3)
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, layers.Lambda(lambda x: dense(x))(inputs))
""",
    "own saving": """
class Keeps(layers.Layer):
    def __init__(self):
        super().__init__()
        self.mean = tf.Variable(0.0, trainable=False)

    def save_own_variables(self, store):
        store["mean"] = self.mean.numpy()

    def call(self, inputs):
        self.mean.assign(tf.reduce_mean(inputs))
        return inputs - self.mean


inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, Keeps()(inputs))
""",
    "sparse targets": """
inputs = keras.Input(shape=(4,))
hidden = ops.sign(layers.Dense(3, name="first")(inputs))
model = keras.Model(inputs, layers.Dense(5, activation="softmax")(hidden))
model.compile("sgd", "sparse_categorical_crossentropy")
""",
    "own step": """
class Own(keras.Model):
    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self.layers[1](data[0]))
        weights = self.layers[1].trainable_weights
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        raise SystemExit


inputs = keras.Input(shape=(4,))
model = Own(inputs, ops.round(layers.Dense(3, name="first")(inputs)))
model.compile("sgd")
""",
}
HEAD = "import keras\nimport tensorflow as tf\nfrom keras import layers, ops\n"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Program]:
    folder: Path = tmp_path_factory.mktemp("facts")
    requests = []
    for name, text in SCRIPTS.items():
        path = folder / f"{name.replace(' ', '_')}.py"
        path.write_text(HEAD + text, encoding="utf-8")
        requests.append(Request(str(path), TargetKind.SCRIPT, keras="3"))
    found = {}
    for name, outcome in zip(SCRIPTS, trace_all(requests), strict=True):
        assert outcome.program is not None, f"{name}: {outcome.sentence}"
        found[name] = outcome.program
    return found


def _fact(program: Program, name: str) -> VariableFact:
    return next(fact for fact in program.variables if fact.name.endswith(name))


def test_a_weight_is_held_read_saved_and_reached_by_the_gradient(programs: dict[str, Program]) -> None:
    fact = _fact(programs["plain"], "first/kernel")
    assert (fact.in_trainable_weights, fact.read, fact.used, fact.saved, fact.gradient) == (
        True,
        True,
        True,
        True,
        "flows",
    )
    assert (fact.layer, str(fact.shape), fact.dtype, fact.owner) == ("first", "(4, 3)", "float32", None)


def test_moving_statistics_are_weights_that_training_writes(programs: dict[str, Program]) -> None:
    fact = _fact(programs["plain"], "batch_normalization/moving_mean")
    assert (fact.in_weights, fact.in_trainable_weights, fact.trainable, fact.gradient) == (True, False, False, None)


def test_the_op_that_stops_the_gradient_is_named(programs: dict[str, Program]) -> None:
    program = programs["rounded"]
    fact = _fact(program, "first/kernel")
    ((node, what),) = fact.stopped_by
    assert (fact.gradient, program.recorder.nodes[node].op, what) == ("none", "keras.ops.round", "has no gradient")
    assert _fact(program, "last/kernel").gradient == "flows"


def test_one_finding_tells_of_all_weights_before_the_op(programs: dict[str, Program]) -> None:
    (finding,) = kc701(programs["rounded"])
    assert finding.message == (
        "`ops.round(first(inputs))` lets no gradient through: the 2 weights before it are never trained in model "
        "`functional`"
    )
    step = finding.trail[0]
    assert (step.span.line, step.note) == (5, "`first/kernel`, `first/bias` made here")


def test_a_gradient_of_zero_is_told_apart_and_targets_may_be_class_numbers(programs: dict[str, Program]) -> None:
    assert _fact(programs["sparse targets"], "first/kernel").gradient == "zero"


def test_the_gradients_of_a_model_that_nothing_trains_are_not_judged(programs: dict[str, Program]) -> None:
    assert _fact(programs["not trained"], "dense/kernel").gradient is None


def test_nothing_is_said_where_the_users_own_step_cannot_be_traced(programs: dict[str, Program]) -> None:
    assert _fact(programs["own step"], "first/kernel").gradient is None


def test_a_layer_that_a_lambda_calls_is_told_once(programs: dict[str, Program]) -> None:
    program = programs["lambda"]
    assert [finding.span.line for finding in kc305(program)] == [5]
    assert list(kc301(program)) == list(kc307(program)) == []


def test_what_a_layer_saves_by_itself_is_not_known(programs: dict[str, Program]) -> None:
    assert _fact(programs["own saving"], "Variable").saved is None
