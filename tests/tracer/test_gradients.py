"""Which functions of TensorFlow let a gradient through, as its own gradient functions say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.tensorflow

LETS_BY: dict[str, Callable[[Any, Any], Any]] = {
    "a straight-through estimator": lambda tf, x: x + tf.stop_gradient(tf.round(x) - x),
    "the remainder of a division": lambda tf, x: x % 0.3,
    "the largest values": lambda tf, x: tf.math.top_k(x, 2)[0],
    "a sort": lambda tf, x: tf.sort(x, -1),
    "rows at positions": lambda tf, x: tf.gather(x, [0]),
    "a py_function": lambda tf, x: tf.py_function(tf.square, [x], tf.float32),
    "another type of float": lambda tf, x: tf.cast(tf.cast(x, tf.float16), tf.float32),
    "a loop": lambda tf, x: tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2.0), [0, x])[1],
}

STOPS: dict[str, tuple[Callable[[Any, Any], Any], str, str]] = {
    "argmax": (lambda tf, x: tf.cast(tf.argmax(x, -1), tf.float32), "ArgMax", "none"),
    "rounding": (lambda tf, x: tf.round(x), "Round", "none"),
    "whole numbers and back": (lambda tf, x: tf.cast(tf.cast(x, tf.int32), tf.float32), "Cast", "none"),
    "a comparison": (lambda tf, x: tf.where(x > 0.5, 1.0, 0.0), "Greater", "none"),
    "stop_gradient": (lambda tf, x: tf.stop_gradient(x), "StopGradient", "none"),
    "sign": (lambda tf, x: tf.sign(x), "Sign", "zero"),
    "floor division": (lambda tf, x: x // 0.3, "FloorDiv", "none"),
    "the positions of the largest values": (
        lambda tf, x: tf.cast(tf.math.top_k(x, 2)[1], tf.float32),
        "TopKV2",
        "none",
    ),
    "a numpy_function": (lambda tf, x: tf.numpy_function(abs, [x], tf.float32), "PyFunc", "none"),
}


@pytest.mark.parametrize("name", LETS_BY)
def test_a_gradient_gets_through(name: str) -> None:
    assert _ends(LETS_BY[name]) == {}


@pytest.mark.parametrize("name", STOPS)
def test_a_gradient_ends(name: str) -> None:
    function, operation, why = STOPS[name]
    assert _ends(function) == {operation: why}


def _ends(function: Callable[[Any, Any], Any]) -> dict[str, str]:
    """The types of the ops at which the gradient of a function ends, with why; empty where it gets through."""
    import tensorflow as tf

    from kerascheck.tracer.gradients import Flow, ancestors

    flow = Flow(tf)
    with tf.__internal__.FuncGraph("test").as_default():
        x = tf.compat.v1.placeholder(tf.float32, (2, 4))
        y = function(tf, x)
    if id(x) in flow.reached([y]):
        return {}
    return {operation.type: str(stop) for operation, stop in flow.stops(x, ancestors([y])).items()}
