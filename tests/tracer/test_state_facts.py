"""What training updates and what it leaves alone: measured on graphs that nobody executes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from oracle.tracing import trace_all

from kerascheck.checks.kc402_update_ops_not_run import check as kc402
from kerascheck.program import Program
from kerascheck.tracer.request import Request, TargetKind

pytestmark = pytest.mark.tensorflow

HEADER = """
import numpy
import tensorflow as tf
import keras
features = numpy.random.rand(8, 4).astype("float32")
targets = features.sum(axis=1, keepdims=True)
"""

BRANCH = """
class Thin(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, x, training=None):
        if training:
            x = tf.nn.dropout(x, 0.5)
        return self.dense(x)


inputs = keras.Input((4,))
model = keras.Model(inputs, Thin()(inputs))
"""

ONLY_IN_TRAINING = """
class Head(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(5)

    def call(self, x):
        return self.dense(x)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)
        self.head = Head()

    def call(self, x, training=False):
        x = self.dense(x)
        return (x, self.head(x)) if training else x


model = Net()
model(features, training=True)
"""

FITTED = """
model = keras.Sequential(
    [keras.Input((4,)), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
)
model.layers[0].trainable = FROZEN
model.compile("adam", "mse", metrics=["mae"])
model.fit(features, targets, verbose=0)
"""

SUBCLASSED = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.normalization = keras.layers.BatchNormalization()
        self.dense = keras.layers.Dense(1)

    def call(self, x):
        return self.dense(self.normalization(x))


model = Net()
model.compile("sgd", "mse")
model.fit(features, targets, verbose=0)
"""

OWN_STEP = """
class Trainer(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self(x) - y) ** 2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}


inputs = keras.Input((4,))
model = Trainer(inputs, keras.layers.Dense(1)(keras.layers.BatchNormalization()(inputs)))
model.compile("adam")
model.fit(features, targets, verbose=0)
"""

RECURRENT = """
model = keras.Sequential([keras.Input(batch_shape=(2, 3, 4)), keras.layers.LSTM(2, stateful=True)])
model.compile("sgd", "mse")
"""

PLAIN = """
inputs = keras.Input((4,))
model = keras.Model(inputs, keras.layers.BatchNormalization()(inputs))
"""


GRAPH = """
import tensorflow.compat.v1 as tf
tf.disable_eager_execution()
x = tf.placeholder(tf.float32, (None, 4))
batch = tf.reduce_mean(x, axis=0)
mean = tf.get_variable("mean", (4,), initializer=tf.zeros_initializer(), trainable=False, use_resource=True)
update = tf.assign(mean, 0.9 * mean + 0.1 * batch)
tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
weight = tf.get_variable("weight", (4, 1))
loss = tf.reduce_mean(tf.matmul(x - batch, weight) ** 2)
optimizer = tf.train.GradientDescentOptimizer(0.1)
step = optimizer.apply_gradients(optimizer.compute_gradients(loss))
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(FETCHES, {x: features})
"""

LAYERS = """
import tensorflow.compat.v1 as tf
tf.disable_eager_execution()
x = tf.placeholder(tf.float32, (None, 4))
loss = tf.reduce_mean(tf.layers.dense(tf.layers.batch_normalization(x, training=True), 1) ** 2)
with tf.control_dependencies(DEPENDENCIES):
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(step, {x: features})
"""

COLLECTED = "tf.get_collection(tf.GraphKeys.UPDATE_OPS)"

SCRIPTS = {
    "branch": ("3", BRANCH),
    "only_in_training": ("3", ONLY_IN_TRAINING),
    "fitted": ("3", FITTED.replace("FROZEN", "True")),
    "fitted2": ("2", FITTED.replace("FROZEN", "True").replace("keras.", "tf.keras.")),
    "frozen": ("3", FITTED.replace("FROZEN", "False")),
    "subclassed": ("3", SUBCLASSED),
    "subclassed2": ("2", SUBCLASSED.replace("keras.", "tf.keras.")),
    "own_step": ("3", OWN_STEP),
    "recurrent": ("3", RECURRENT),
    "plain": ("3", PLAIN),
    "graph_bad": ("2", GRAPH.replace("FETCHES", "step")),
    "graph_good": ("2", GRAPH.replace("FETCHES", "[step, update]")),
    "layers_bad": ("2", LAYERS.replace("DEPENDENCIES", "[]")),
    "layers_good": ("2", LAYERS.replace("DEPENDENCIES", COLLECTED)),
}

Look = Callable[[str], Program]


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Look:
    """What tracing each script found; all of one Keras are traced from one process."""
    folder: Path = tmp_path_factory.mktemp("states")
    found: dict[str, Program] = {}
    for keras in ("3", "2"):
        names = [name for name, (generation, _) in SCRIPTS.items() if generation == keras]
        requests = []
        for name in names:
            path = folder / f"{name}.py"
            path.write_text(HEADER + SCRIPTS[name][1], encoding="utf-8")
            requests.append(Request(str(path), TargetKind.SCRIPT, keras=keras))
        for name, outcome in zip(names, trace_all(requests), strict=True):
            assert outcome.program is not None, outcome.sentence
            found[name] = outcome.program
    return found.__getitem__


def _states(program: Program) -> list[tuple[str, str, bool, bool | None, bool | None]]:
    return [(fact.variable, fact.what, fact.expected, fact.in_training, fact.at_inference) for fact in program.states]


def test_a_node_that_only_training_makes_is_guarded_and_feeds_what_comes_behind(look: Look) -> None:
    (model,) = look("branch").models
    nodes = {node.op: node for node in model.nodes()}
    assert {op: node.guards for op, node in nodes.items()} == {
        "keras.Input": (),
        "keras.layers.Dense": (),
        "Thin": (),
        "tf.nn.dropout": ("training",),
    }
    assert str(nodes["tf.nn.dropout"].shape) == "(None, 4)"
    feeds = [source.op for source, _ in model.operands(nodes["keras.layers.Dense"])]
    assert feeds == ["keras.Input", "tf.nn.dropout"]
    assert "RandomUniform" in {operation.type for operation in model.operations[nodes["tf.nn.dropout"].identifier]}


def test_a_layer_that_only_training_calls_is_counted_in_the_first_model_that_calls_it(look: Look) -> None:
    counts = {
        model.name: [node.params for node in model.nodes() if node.op == "keras.layers.Dense"]
        for model in look("only_in_training").models
    }
    assert counts == {"net": [20, 25], "head": [0]}


def test_fit_updates_the_statistics_and_the_seed(look: Look) -> None:
    assert _states(look("fitted")) == [
        ("moving_mean", "moving statistics", True, True, False),
        ("moving_variance", "moving statistics", True, True, False),
        ("seed_generator_state", "random seed", True, True, False),
    ]


def test_keras_2_draws_without_a_seed_variable(look: Look) -> None:
    assert _states(look("fitted2"))[:2] == [
        ("moving_mean", "moving statistics", True, True, False),
        ("moving_variance", "moving statistics", True, True, False),
    ]


def test_frozen_statistics_are_not_to_be_updated(look: Look) -> None:
    assert _states(look("frozen")) == [("seed_generator_state", "random seed", True, True, False)]


def test_keras_3_leaves_a_model_without_the_argument_at_inference(look: Look) -> None:
    program = look("subclassed")
    assert _states(program) == [
        ("moving_mean", "moving statistics", True, False, False),
        ("moving_variance", "moving statistics", True, False, False),
    ]
    (mode,) = program.fit_modes
    assert (mode.takes_training, mode.own_step, mode.call and mode.call.line) == (False, False, 14)
    assert [(name, span.line) for name, span in mode.idle] == [("keras.layers.BatchNormalization", 11)]


def test_keras_2_passes_the_flag_all_the_same(look: Look) -> None:
    program = look("subclassed2")
    assert [fact.in_training for fact in program.states] == [True, True]
    assert [mode.idle for mode in program.fit_modes] == [()]


def test_the_users_own_train_step_is_what_fit_does(look: Look) -> None:
    program = look("own_step")
    assert [fact.in_training for fact in program.states] == [False, False]
    (call,) = program.model_calls
    assert (call.span.line, call.training, call.in_tape, call.trained, call.fitted) == (12, None, True, True, False)


def test_the_state_of_a_recurrent_layer_is_updated_at_inference_too(look: Look) -> None:
    assert _states(look("recurrent")) == [("rnn_state", "recurrent state", True, True, True)] * 2


def test_a_model_that_is_never_trained_is_not_looked_at(look: Look) -> None:
    assert look("plain").states == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("graph_bad", [(18, "the train op is run without the 1 update op of the collection")]),
        ("graph_good", []),
        ("layers_bad", [(13, "the train op is run without the 2 update ops of the layers its loss depends on")]),
        ("layers_good", []),
    ],
)
def test_updates_of_the_collection_are_held_against_what_sessions_run(
    name: str, found: list[tuple[int, str]], look: Look
) -> None:
    assert [(finding.span.line, finding.message) for finding in kc402(look(name))] == found
