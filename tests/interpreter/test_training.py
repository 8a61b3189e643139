"""Models called on data: with which ``training``, under which tape."""

from __future__ import annotations

import pytest

from tests.interpreter.support import run

MODEL = """\
import keras
import numpy as np
import tensorflow as tf
model = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization(name="bn")], name="net")
optimizer = keras.optimizers.Adam()
x = np.zeros((8, 4), dtype="float32")
"""
STEP = """\
with tf.GradientTape() as tape:
    y = model({call})
    loss = tf.reduce_mean(y)
gradients = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(gradients, model.trainable_variables))
"""


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("x", None),
        ("x, training=True", True),
        ("x, training=False", False),
        ("x, True", True),
        ("x, training=1", True),
        ("x, training=len(tf.config.list_physical_devices()) > 0", "unknown"),
    ],
)
def test_a_step_tells_which_training_it_gave(call: str, expected: object) -> None:
    (told,) = run(MODEL + STEP.format(call=call)).model_calls
    assert (told.model, told.training, told.in_tape, told.trained) == ("net", expected, True, True)


def test_a_call_names_the_layers_that_training_changes() -> None:
    (told,) = run(MODEL + STEP.format(call="x")).model_calls
    assert [(op, span.line) for op, span in told.layers] == [("keras.layers.BatchNormalization", 4)]


def test_a_call_outside_a_tape_trains_nothing() -> None:
    (told,) = run(MODEL + "model(x)\n").model_calls
    assert (told.in_tape, told.trained) == (False, False)


def test_a_tape_whose_gradient_is_not_of_variables_trains_nothing() -> None:
    program = (
        MODEL
        + "t = tf.constant(x)\nwith tf.GradientTape() as tape:\n    tape.watch(t)\n    y = model(t)\n"
        + "tape.gradient(y, t)\n"
    )
    (told,) = run(program).model_calls
    assert (told.in_tape, told.trained) == (True, False)


def test_a_step_in_a_function_tells_its_caller() -> None:
    body = "".join(f"    {line}\n" for line in STEP.format(call="x").splitlines())
    (told,) = run(MODEL + "def step(x):\n" + body + "step(x)\n").model_calls
    assert (told.span.line, [span.line for span in told.stack]) == (9, [13])


def test_a_frozen_layer_is_not_named() -> None:
    program = MODEL + "model.layers[0].trainable = False\n" + STEP.format(call="x")
    (told,) = run(program).model_calls
    assert told.layers == ()


def test_layers_within_layers_are_named() -> None:
    program = """\
import keras
import numpy as np
class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.drop = [keras.layers.Dropout(0.5)]
    def call(self, x):
        return self.drop[0](x)
keras.Sequential([keras.Input((4,)), Block()])(np.zeros((8, 4)))
"""
    (told,) = run(program).model_calls
    assert [(op, span.line) for op, span in told.layers] == [("keras.layers.Dropout", 6)]


def test_a_model_that_is_also_fitted_says_so() -> None:
    (told,) = run(MODEL + "model(x)\nmodel.compile()\nmodel.fit(x, x)\n").model_calls
    assert told.fitted is True


def test_a_call_on_a_keras_tensor_is_no_call_on_data() -> None:
    assert run(MODEL + "model(keras.Input((4,)))\n").model_calls == []


def test_the_layers_of_a_frozen_model_are_not_named() -> None:
    program = MODEL + "model.trainable = False\n" + STEP.format(call="x")
    (told,) = run(program).model_calls
    assert told.layers == ()


def test_a_loss_on_what_a_model_makes_of_data_nobody_knows_is_told_by_the_models_own_call() -> None:
    program = run(
        """
        import files
        import keras

        class Plain(keras.Model):
            def __init__(self):
                super().__init__()
                self.head = keras.layers.Dense(10)

            def call(self, features, training=None):
                return self.head(features)

        class Either(Plain):
            def call(self, features, logits=False):
                return self.head(features) if logits else keras.ops.softmax(self.head(features))

        plain, either = Plain(), Either()
        loss = keras.losses.SparseCategoricalCrossentropy()
        for features, labels in files.read():
            loss(labels, plain(features, training=True))
            loss(labels, either(features))
            loss(labels, keras.ops.softmax(plain(features)))
        """
    )
    told = [program.recorder.nodes[end.node].op for fact in program.losses for end in fact.outputs]
    assert sorted(told) == ["Plain", "keras.ops.softmax"]
