"""The static size of an open batch, which Python knows as None, where a program takes it for a number."""

from __future__ import annotations

import pytest

from tests.interpreter.support import run

LAYER = """
import tensorflow as tf
from keras import Input, Model, layers, ops
class Taking(layers.Layer):
    def call(self, x):
        {body}
        return x
x = Input((4,){options})
Model(x, Taking()(x))
"""


def uses(body: str, options: str = "") -> list[str]:
    """What takes None for a number in a layer's ``call``."""
    return [use.use for use in run(LAYER.format(body=body, options=options)).none_uses]


@pytest.mark.parametrize(
    ("body", "use"),
    [
        ("x.shape[0] * 2", "*"),
        ("x / x.shape[0]", "/"),
        ("-x.shape[0]", "-"),
        ("x.shape[0] > 1", ">"),
        ("range(x.shape[0])", "range"),
        ("int(x.shape[0])", "int"),
        ("tf.zeros((x.shape[0], 3))", "tf.zeros"),
        ("tf.zeros(x.shape)", "tf.zeros"),
        ("ops.reshape(x, (x.shape[0], -1))", "keras.ops.reshape"),
        ("ops.transpose(x).shape[1] + 1", "+"),
    ],
)
def test_a_use_as_a_number_is_noted(body: str, use: str) -> None:
    assert uses(body) == [use]


@pytest.mark.parametrize(
    "body",
    [
        "x.shape[0] == 1",
        "x[: x.shape[0]]",
        "x.shape[0] or 1",
        "x.shape[0] * 2 if x.shape[0] is not None else 1",
        "ops.shape(x)[0] * 2",
        "tf.zeros((tf.shape(x)[0], 3))",
        "tf.range(0, x.shape[0])",
        "x.shape[1] * 2",
        "print(x.shape[0])",
    ],
)
def test_what_may_be_none_is_not(body: str) -> None:
    assert uses(body) == []


def test_a_batch_size_that_is_declared_is_a_number() -> None:
    assert uses("x.shape[0] * 2", ", batch_size=3") == []


def test_a_condition_that_is_not_decided_may_have_asked_for_it() -> None:
    assert uses("if tf.executing_eagerly():\n            x.shape[0] * 2") == []


def test_a_layer_on_data_knows_its_batch_size() -> None:
    program = """
    import numpy
    from keras import Model
    class Net(Model):
        def call(self, x):
            return x / x.shape[0]
    net = Net()
    net(numpy.zeros((3, 4)))
    """
    assert run(program).none_uses == []


def test_the_use_in_a_helper_function_has_its_calls() -> None:
    program = """
    import tensorflow as tf
    from keras import Input, Model, layers
    def rows(x):
        return tf.zeros((x.shape[0], 3))
    x = Input((4,))
    Model(x, layers.Lambda(lambda y: rows(y))(x))
    """
    (use,) = run(program).none_uses
    assert (use.span.line, [span.line for span in use.stack]) == (5, [7, 7])
