"""Classes that reach into the layer of Keras they extend: its own source tells what is there."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.interpreter.support import named, run, sizes

pytestmark = pytest.mark.skipif(find_spec("keras") is None, reason="reads the source of the installed Keras")

CACHED = """
from keras import Input, Model, layers, ops
class Cached(layers.MultiHeadAttention):
    def call(self, query, value):
        query = self._query_dense(query)
        scores = ops.einsum(self._dot_product_equation, self._key_dense(value), query)
        return self._output_dense(ops.einsum(self._combine_equation, scores, self._value_dense(value)))
x = Input((6, 8))
cached = Cached(2, 4, name="cached")
"""


def test_a_private_member_is_what_keras_puts_there() -> None:
    done = run(CACHED + "Model(x, cached(x, value=x))\n")
    assert str(named(done, "cached").shape) == "(None, 6, 8)"
    assert {
        node.name: node.params for _, node in done.nodes() if node.scope == ("cached",) and node.kind == "layer"
    } == {
        "query": 72,
        "key": 72,
        "value": 72,
        "attention_output": 72,
    }


def test_it_is_still_one_of_keras() -> None:
    done = run(CACHED + "y = cached(x, value=x)\nInput((1 if isinstance(cached, layers.MultiHeadAttention) else 2,))\n")
    assert sizes(done) == [1]


def test_a_class_that_keeps_to_the_public_ones_is_not_read() -> None:
    program = """
    from keras import Input, Model, layers
    class Mine(layers.Dense):
        def call(self, x):
            self._calls = 1
            return super().call(x)
    x = Input((3,))
    Model(x, Mine(4, name="mine")(x))
    """
    done = run(program)
    assert [node.params for _, node in done.nodes() if node.name == "mine" and not node.scope] == [16]
    assert done.library_files == set()
