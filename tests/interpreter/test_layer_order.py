"""``model.layers`` of a functional model: in the order in which Keras lists them."""

from __future__ import annotations

import pytest

from tests.interpreter.support import run

PROGRAM = """
import {keras} as keras
from {keras} import layers

first, apart = keras.Input((28,)), keras.Input((3,))
x = layers.Dense(7, name="stem")(first)
ends = []
for n in range(3):
    y = layers.Dense(5, name=f"a{{n}}")(x)
    for k in range(n):
        y = layers.Dense(4, name=f"b{{n}}{{k}}")(y)
    ends.append(layers.Dense(2, name=f"o{{n}}")(y))
shared = layers.Dense(2, name="shared")
last = layers.Add(name="add")([ends[1], layers.Activation("relu", name="act")(ends[2])]) * 2.0
model = keras.Model([first, apart], [ends[0], shared(shared(ends[0])), last])
"""

LISTED = ["stem", "a2", "b20", "a1", "b21", "a0", "b10", "o2", "o0", "o1", "act", "shared", "add"]
"""What both generations list behind the input: ``[layer.name for layer in model.layers]``."""


@pytest.mark.parametrize("keras", ["keras", "tf_keras"])
def test_layers_are_listed_by_their_distance_from_the_outputs(keras: str) -> None:
    text = PROGRAM.format(keras=keras) + "for layer in model.layers:\n    keras.Input((1,), name=layer.name)\n"
    listed = [node.name for node in run(text).recorder.nodes.values() if node.kind == "input"][2:]
    # The input that nothing uses comes last; in tf_keras the product is a layer behind it.
    assert listed[1:14] == LISTED
    assert len(listed) == (15 if keras == "keras" else 16)


@pytest.mark.parametrize(("index", "size"), [(2, 5), (3, 4), (10, 2)])
def test_a_layer_may_be_asked_for_by_its_place(index: int, size: int) -> None:
    asked = f"layer = model.get_layer(index={index})\nkeras.Input((layer.units,), name='e')\n"
    nodes = run(PROGRAM.format(keras="keras") + asked).recorder.nodes.values()
    assert next(str(node.shape) for node in nodes if node.name == "e") == f"(None, {size})"
