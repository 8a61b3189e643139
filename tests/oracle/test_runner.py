"""The oracle tells the true from the false: each probe is shown a program that has the outcome and one that has not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.tensorflow

DENSE = """
import keras
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
"""
MIXING = """
import keras
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, inputs - keras.ops.mean(inputs, axis=0, keepdims=True))
"""
LOST_BATCH = """
import keras
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, keras.ops.sum(inputs))
"""
FLIPPING = """
import keras
inputs = keras.Input(shape=(4,))
model = keras.Model(inputs, keras.ops.flip(inputs, axis=0))
"""
NO_BATCH_OF_ITS_OWN = """
import numpy
import tensorflow as tf
sample = numpy.ones((6, 2), "float32")
def model(x):
    return tf.cumsum(x, axis=0, reverse=True)
"""
UNTRACKED = """
import keras
import tensorflow as tf

class Shift(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.shift = tf.Variable(tf.zeros(4))

    def call(self, inputs):
        return inputs + self.shift

inputs = keras.Input(shape=(4,))
shift = Shift()
model = keras.Model(inputs, keras.layers.Dense(1)(shift(inputs)))
"""
FROZEN = DENSE + "model.trainable = False\n"
COUNTER = """
import tensorflow as tf
counter = tf.Variable(0)
other = tf.Variable(0)
def train():
    counter.assign_add(1)
"""
STATIC = """
import tensorflow as tf
sample = tf.ones([3, 4])
def step(x):
    return tf.reduce_sum(x * 2.0)
"""
DYNAMIC = """
import tensorflow as tf
sample = tf.ones([3, 4])
def step(x):
    return tf.boolean_mask(x, x[:, 0] > 0)
"""
STRINGS = """
import tensorflow as tf
sample = tf.ones([3])
def step(x):
    return tf.strings.as_string(x)
"""

CASES = {
    "a plain program runs": ("x = 1", "runs", True),
    "a program that raises does not run": ("1 / 0", "runs", False),
    "an exception of that type and message": ("raise ValueError('three axes')", "raises ValueError: axes", True),
    "an exception of that type alone": ("raise ValueError('three axes')", "raises ValueError", True),
    "an exception of another type": ("raise TypeError('three axes')", "raises ValueError: axes", False),
    "an exception with another message": ("raise ValueError('three axes')", "raises ValueError: four", False),
    "no exception": ("x = 1", "raises ValueError: axes", False),
    "a word the oracle does not know": ("x = 1", "explodes", False),
    "dense keeps samples apart": (DENSE, "independent", True),
    "dense does not mix": (DENSE, "mixes-samples", False),
    "a batch mean mixes": (MIXING, "mixes-samples", True),
    "a batch mean is not independent": (MIXING, "independent", False),
    "a lost batch axis counts as mixing": (LOST_BATCH, "mixes-samples", True),
    "a lost batch axis is not independent": (LOST_BATCH, "independent", False),
    "samples in another order are mixed": (FLIPPING, "mixes-samples", True),
    "every sample is perturbed, not only the first": (NO_BATCH_OF_ITS_OWN, "mixes-samples", True),
    "keras 3 does not train an untracked variable": (UNTRACKED, "untrained: shift.shift", True),
    "an untracked variable is not trained": (UNTRACKED, "trained: shift.shift", False),
    "a kernel is trained": (DENSE, "trained: model.layers[1].kernel", True),
    "a kernel is not untrained": (DENSE, "untrained: model.layers[1].kernel", False),
    "a frozen kernel is not trained": (FROZEN, "trained: model.layers[1].kernel", False),
    "what train changes": (COUNTER, "changes: counter", True),
    "what train changes is not unchanged": (COUNTER, "unchanged: counter", False),
    "what train leaves alone": (COUNTER, "unchanged: other", True),
    "what train leaves alone does not change": (COUNTER, "changes: other", False),
    "a model refuses data of another size": (DENSE, "refuses: model(keras.ops.ones((2, 7)))", True),
    "a model does not refuse its own size": (DENSE, "refuses: model(keras.ops.ones((2, 4)))", False),
    "static arithmetic lowers": (STATIC, "lowers", True),
    "static arithmetic does not fail to lower": (STATIC, "does-not-lower", False),
    "a shape that depends on values does not lower": (DYNAMIC, "does-not-lower", True),
    "strings do not lower": (STRINGS, "does-not-lower", True),
    "strings are not said to lower": (STRINGS, "lowers", False),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    programs = [{"id": name, "code": code, "outcome": outcome} for name, (code, outcome, _) in CASES.items()]
    process = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("runner.py")), "3", str(tmp_path_factory.mktemp("programs"))],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        check=True,
    )
    results = map(json.loads, process.stdout.splitlines())
    return {result["id"]: result["agrees"] for result in results}


@pytest.mark.parametrize("name", CASES)
def test_the_oracle_agrees_only_with_what_is_so(name: str, verdicts: dict[str, bool]) -> None:
    assert verdicts[name] is CASES[name][2]
