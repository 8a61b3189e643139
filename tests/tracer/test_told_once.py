"""One mistake is one finding, at the user's line; two mistakes are two, however alike they look."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracle.tracing import trace_all

import kerascheck
from kerascheck.config import Settings
from kerascheck.traced_source import check_traced
from kerascheck.tracer.request import Outcome, Request, TargetKind

HEADER = """
import collections
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""

ROWS_BY_NUMBER = """
class Rows(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, inputs):
        rows = []
        for number in range(inputs.shape[0]):  # KC210
            rows.append(self.dense(inputs[number : number + 1]))
        return tf.concat(rows, axis=0)


Rows()(keras.Input((3,)))
"""

ROWS_AND_FIRST = (
    """
class First(layers.Layer):
    def call(self, inputs):
        return inputs[0]  # KC207


keras.Model(given := keras.Input((3,)), First()(given))
"""
    + ROWS_BY_NUMBER
)

ATTENTION_IN_CALL = """
class Attend(layers.Layer):
    def call(self, inputs):
        attention = layers.MultiHeadAttention(2, 4)  # KC304
        return attention(inputs, inputs)


model = keras.Sequential([keras.Input((5, 8)), Attend()])
"""

ATTENTION_AND_VARIABLE = """
SHIFT = tf.Variable(tf.zeros((8,)))  # KC301


class Attend(layers.Layer):
    def call(self, inputs):
        attention = layers.MultiHeadAttention(2, 4)  # KC304
        return attention(inputs, inputs) + SHIFT


model = keras.Sequential([keras.Input((5, 8)), Attend()])
"""

ATTENTION_IN_CONTAINER = """
class Attend(layers.Layer):
    def __init__(self):
        super().__init__()
        self.parts = collections.deque([layers.MultiHeadAttention(2, 4)])  # KC307

    def call(self, inputs):
        return self.parts[0](inputs, inputs)


model = keras.Sequential([keras.Input((5, 8)), Attend()])
"""

SHARED_BY_CLASS = """
class Head(keras.Model):
    projection = layers.Dense(3)  # KC308

    def __init__(self):
        super().__init__()
        self.out = layers.Dense(1)

    def call(self, inputs):
        return self.out(self.projection(inputs))


first, second = Head(), Head()
first(tf.zeros((2, 3)))
second(tf.zeros((2, 3)))
"""

SHARED_AND_IN_CONTAINER = """
class Head(keras.Model):
    projection = layers.Dense(3)  # KC308

    def __init__(self):
        super().__init__()
        self.parts = collections.deque([layers.Dense(1)])  # KC307

    def call(self, inputs):
        return self.parts[0](self.projection(inputs))


first, second = Head(), Head()
first(tf.zeros((2, 3)))
second(tf.zeros((2, 3)))
"""

EDITED_LIST = """
class Scale(layers.Layer):
    def __init__(self):
        super().__init__()
        holder = collections.deque([tf.Variable(tf.ones((4,)))])
        self.trainable_weights.extend(holder)  # KC309
        self.multiply = lambda inputs: inputs * holder[0]

    def call(self, inputs):
        return self.multiply(inputs)


model = keras.Sequential([keras.Input((4,)), Scale()])
"""

EDITED_LIST_AND_GLOBAL = """
SHIFT = tf.Variable(tf.zeros((4,)))  # KC301


class Scale(layers.Layer):
    def __init__(self):
        super().__init__()
        holder = collections.deque([tf.Variable(tf.ones((4,)))])
        self.trainable_weights.append(holder[0])  # KC309
        self.multiply = lambda inputs: inputs * holder[0] + SHIFT

    def call(self, inputs):
        return self.multiply(inputs)


model = keras.Sequential([keras.Input((4,)), Scale()])
"""

FUNCTION_AS_LAMBDA = """
import functools
inputs = keras.Input((4,))
summed = layers.Lambda(tf.cumsum)(layers.Dense(8)(inputs))  # KC216
named = layers.Lambda(functools.partial(tf.cumsum, axis=0))(layers.Dense(8)(inputs))  # KC205
kept = layers.Lambda(functools.partial(tf.cumsum, axis=1))(layers.Dense(8)(inputs))
model = keras.Model(inputs, [summed, named, kept])
"""

INPUT_IN_LOSS = """
inputs, weights = keras.Input((4,)), keras.Input((4,))
outputs = layers.Dense(4)(inputs)


def weighted(factors):
    def loss(truth, prediction):
        return tf.reduce_mean(factors * (truth - prediction) ** 2, -1)  # KC610

    return loss


model = keras.Model([inputs, weights], outputs)
model.compile("adam", weighted(weights))
"""

INPUT_IN_LOSS_AND_IDLE_INPUT = INPUT_IN_LOSS.replace(
    "\n\ndef weighted", "\nidle = keras.Input((2,))  # KC118\n\n\ndef weighted"
).replace("[inputs, weights]", "[inputs, weights, idle]")

ONE_UNIT = """
model = keras.Sequential([keras.Input((4,)), layers.Dense(1, activation="sigmoid")])
model.compile("adam", "sparse_categorical_crossentropy")  # KC805
model.fit(np.ones((4, 4)), np.array([0, 1, 0, 1]), verbose=0)
"""

ONE_UNIT_AND_TOO_HIGH = """
inputs = keras.Input((4,))
one, three = layers.Dense(1, activation="sigmoid")(inputs), layers.Dense(3, activation="softmax")(inputs)
model = keras.Model(inputs, [one, three])
model.compile("adam", ["sparse_categorical_crossentropy", "sparse_categorical_crossentropy"])  # KC805
labels = np.array([0, 1, 0, 1])
model.fit(np.ones((4, 4)), [labels, labels + 2], verbose=0)  # KC808
"""

COMPILED_STEP = """
model = keras.Sequential([keras.Input((8,)), layers.Dense(1, kernel_regularizer="l2")])
optimizer, squares = keras.optimizers.SGD(), keras.losses.MeanSquaredError()


@tf.function
def step(features, targets):
    with tf.GradientTape() as tape:
        loss = squares(targets, model(features))  # KC411
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))


for _ in range(2):
    step(tf.zeros((4, 8)), tf.zeros((4, 1)))
"""

TWO_COMPILED_STEPS = COMPILED_STEP + COMPILED_STEP.replace("model", "other").replace("step(", "other_step(")

BATCH_IN_INPUT = """
series = np.random.rand(64, 10, 3)
inputs = keras.Input(shape=series.shape)  # KC113
hidden = layers.LSTM(8)(inputs)
model = keras.Model(inputs, layers.Dense(1)(hidden))
model.compile("adam", "mse")
model.fit(series, np.random.rand(64), verbose=0)
"""

BATCH_IN_ANOTHER_INPUT = """
series = np.random.rand(64, 10, 3)
layers.LSTM(8)(keras.Input((10,)))  # KC101
model = keras.Sequential([keras.Input(shape=series.shape), layers.Dense(1)])  # KC113
model.compile("adam", "mse")
model.fit(series, np.random.rand(64), verbose=0)
"""

VARIABLE_AS_DATA = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(2)

    def call(self, inputs):
        return self.head(inputs)


Net()(tf.Variable(tf.ones((1, 4))))
"""

VARIABLE_AS_DATA_AND_GLOBAL = VARIABLE_AS_DATA.replace(
    "class Net", "SHIFT = tf.Variable(tf.ones((2,)))  # KC301\n\n\nclass Net"
).replace("self.head(inputs)", "self.head(inputs) + SHIFT")

NORMALIZED_BATCH = """
model = keras.Sequential([keras.Input((4,)), layers.Dense(6)])
model.add(layers.LayerNormalization(axis=0))  # KC216
"""

LAYERS_IN_GLOBAL_LIST = """
SHARED = [layers.Dense(4), {"last": layers.Dense(4)}]  # KC307, KC307


class Net(keras.Model):
    def call(self, inputs):
        return SHARED[1]["last"](SHARED[0](inputs))


Net()(tf.zeros((2, 4)))
"""

FIXED_ADDEND = """
inputs = keras.Input((10, 8))
positions = layers.Embedding(12, 8)(tf.range(12))
summed = inputs + positions  # KC105
"""

KEYS_OF_OTHER_STEPS = """
query, key, value = keras.Input((5, 8)), keras.Input((6, 8)), keras.Input((7, 8))
attended = layers.MultiHeadAttention(2, 4)(query, value, key)  # KC121
"""

PROGRAMS = {
    "normalized-batch": NORMALIZED_BATCH,
    "layers-in-global-list": LAYERS_IN_GLOBAL_LIST,
    "fixed-addend": FIXED_ADDEND,
    "keys-of-other-steps": KEYS_OF_OTHER_STEPS,
    "batch-in-input": BATCH_IN_INPUT,
    "batch-in-another-input": BATCH_IN_ANOTHER_INPUT,
    "variable-as-data": VARIABLE_AS_DATA,
    "variable-as-data-and-global": VARIABLE_AS_DATA_AND_GLOBAL,
    "rows-by-number": ROWS_BY_NUMBER,
    "rows-and-first": ROWS_AND_FIRST,
    "attention-in-call": ATTENTION_IN_CALL,
    "attention-and-variable": ATTENTION_AND_VARIABLE,
    "attention-in-container": ATTENTION_IN_CONTAINER,
    "shared-by-class": SHARED_BY_CLASS,
    "shared-and-in-container": SHARED_AND_IN_CONTAINER,
    "edited-list": EDITED_LIST,
    "edited-list-and-global": EDITED_LIST_AND_GLOBAL,
    "function-as-lambda": FUNCTION_AS_LAMBDA,
    "input-in-loss": INPUT_IN_LOSS,
    "input-in-loss-and-idle-input": INPUT_IN_LOSS_AND_IDLE_INPUT,
    "one-unit": ONE_UNIT,
    "one-unit-and-too-high": ONE_UNIT_AND_TOO_HIGH,
    "compiled-step": COMPILED_STEP,
    "two-compiled-steps": TWO_COMPILED_STEPS,
}
TRAINED = {"compiled-step", "two-compiled-steps"}
"""Those that are traced with ``--run-training``, where AutoGraph writes the steps anew."""

CASES = [(name, keras) for name in PROGRAMS for keras in ("2", "3")]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Outcome]:
    folder: Path = tmp_path_factory.mktemp("once")
    requests = {}
    for name, keras in CASES:
        path = folder / f"{name}-{keras}.py"
        path.write_text(HEADER + PROGRAMS[name], encoding="utf-8")
        requests[name, keras] = Request(str(path), TargetKind.SCRIPT, keras=keras, run_training=name in TRAINED)
    return dict(zip(requests, trace_all(requests.values()), strict=True))


def _marked(name: str) -> list[tuple[str, int]]:
    lines = (HEADER + PROGRAMS[name]).splitlines()
    marked = ((line.rpartition("  # ")[2], number) for number, line in enumerate(lines, 1) if "  # KC" in line)
    return sorted((code, number) for codes, number in marked for code in codes.split(", "))


@pytest.mark.tensorflow
@pytest.mark.parametrize(("name", "keras"), CASES)
def test_the_trace_tells_a_mistake_once(name: str, keras: str, outcomes: dict[tuple[str, str], Outcome]) -> None:
    outcome = outcomes[name, keras]
    assert outcome.program is not None, outcome.sentence
    found = check_traced(outcome.program, Settings(keras=int(keras))).diagnostics
    assert sorted((each.code, each.span.line) for each in found) == _marked(name)
    assert {Path(each.span.file).name for each in found} <= {f"{name}-{keras}.py"}


@pytest.mark.parametrize(("name", "keras"), CASES)
def test_the_source_tells_a_mistake_once(name: str, keras: str) -> None:
    found = kerascheck.check_source(HEADER + PROGRAMS[name], settings=Settings(keras=int(keras)))
    assert sorted((each.code, each.span.line) for each in found) == _marked(name)
