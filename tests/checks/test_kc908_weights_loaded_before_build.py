"""What KC908 does not say of a model that something else may have called or built."""

from __future__ import annotations

import pytest

import kerascheck

NET = """\
import keras
import numpy as np


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(4)

    def call(self, inputs):
        return self.dense(inputs)


data = np.ones((1, 4))
model = Net()
"""
LOAD = "model.load_weights(path)\n"


def lines(code: str) -> list[int]:
    settings = kerascheck.Settings(keras=3, select=("KC908",))
    return [found.span.line for found in kerascheck.check_source(NET + code, settings=settings)]


def test_it_is_told_once_a_line() -> None:
    assert lines(f"{LOAD}for model in [Net(), Net()]:\n    {LOAD}") == [16, 18]


@pytest.mark.parametrize(
    "before",
    [
        "model(data)",
        "model.predict(data)",
        "model.call(data)",
        "model.compute_output_shape((1, 4))",
        "model.some_method_of_a_later_keras(data)",
        "helper(model)",
        "tf.train.Checkpoint(model=model).restore(path)",
        "holder.model = model",
        "if flag:\n    model(data)",
        "model = keras.models.clone_model(model)",
    ],
)
def test_a_model_that_may_have_been_called_is_left_alone(before: str) -> None:
    assert not lines(f"import tensorflow as tf\nfrom elsewhere import flag, helper, holder, path\n{before}\n{LOAD}")


def test_what_another_method_does_first_is_not_known() -> None:
    code = """\
class Agent:
    def __init__(self):
        self.model = Net()

    def load(self, path):
        self.model.load_weights(path)
"""
    assert not lines(code)
