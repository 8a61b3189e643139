"""Which layers and ops end in an activation."""

from __future__ import annotations

from kerascheck.catalog import names
from kerascheck.semantics.activations import ACTIVATING, OLD_LAYERS, activation_of


def test_whatever_may_end_in_an_activation_is_among_the_activating() -> None:
    ops = {*names("keras"), *names("tf"), *(OLD_LAYERS + name.rpartition(".")[2] for name in names("keras"))}
    found = {op for op in ops if activation_of(op, {"activation": "relu"}) is not None}
    assert "keras.layers.Dense" in found
    assert f"{OLD_LAYERS}Dense" in found
    assert "tf.nn.softmax" in found
    assert found <= ACTIVATING
