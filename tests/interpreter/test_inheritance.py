"""Classes that reach into the layer of Keras they extend: its own source tells what is there."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.interpreter.support import model_of, named, run, sizes

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


def test_a_class_that_extends_a_layer_has_its_weights_and_settings() -> None:
    program = run(
        """
        import keras
        from keras import ops

        class Standardized(keras.layers.Conv2D):
            def call(self, x):
                kernel = self.kernel - ops.mean(self.kernel, axis=(0, 1, 2))
                return ops.conv(x, kernel, strides=self.strides, padding=self.padding) + self.bias

        inputs = keras.Input((8, 8, 3))
        outputs = keras.layers.Identity(name="end")(Standardized(4, 3, strides=2, name="conv")(inputs))
        model = keras.Model(inputs, outputs)
        """
    )
    assert (str(named(program, "end").shape), model_of(program).params) == ("(None, 3, 3, 4)", 112)


def test_what_a_class_adds_to_the_weights_of_the_layer_it_extends_is_counted_with_them() -> None:
    program = run(
        """
        import keras

        class Scaled(keras.layers.Dense):
            def build(self, shape):
                super().build(shape)
                self.scale = self.add_weight(shape=(self.units,), name="scale")

            def call(self, x):
                return super().call(x) * self.scale

        inputs = keras.Input((5,))
        model = keras.Model(inputs, Scaled(7)(inputs))
        """
    )
    assert model_of(program).params == 5 * 7 + 7 + 7


def test_a_mixin_that_extends_layer_comes_before_the_layer_it_is_mixed_into() -> None:
    program = run(
        """
        import keras

        class Counted(keras.layers.Layer):
            def __init__(self, *args, count=0, **kwargs):
                self.count = count
                super().__init__(*args, **kwargs)

        class Conv(Counted, keras.layers.Conv2D):
            pass

        inputs = keras.Input((8, 8, 3))
        model = keras.Model(inputs, Conv(4, 3, count=2, padding="same")(inputs))
        """
    )
    assert (model_of(program).params, program.arguments) == (112, [])


@pytest.mark.parametrize("keras", ["keras", "tf_keras"])
@pytest.mark.parametrize("call", ["", "def call(self, x):\n                return super().call(x) * self.scale"])
def test_what_a_class_adds_first_is_no_weight_of_the_layer_it_extends(keras: str, call: str) -> None:
    program = run(
        f"""
        import {keras} as keras

        class Scaled(keras.layers.Dense):
            def build(self, shape):
                self.scale = self.add_weight(shape=(self.units,))
                super().build(shape)

            {call}

        inputs = keras.Input((5,))
        outputs = keras.layers.Activation("relu", name="end")(Scaled(7)(Scaled(5)(inputs)))
        model = keras.Model(inputs, outputs)
        """
    )
    assert (str(named(program, "end").shape), model_of(program).params) == ("(None, 7)", (6 * 5 + 5) + (6 * 7 + 7))
    assert all(node.problem is None for _, node in program.nodes())


def test_weights_without_a_name_are_counted_once() -> None:
    program = run(
        """
        import keras

        class Scale(keras.layers.Layer):
            def build(self, shape):
                self.scale = self.add_weight(shape=(shape[-1],))

            def call(self, x):
                return x * self.scale

        inputs = keras.Input((5,))
        model = keras.Model(inputs, Scale(name="second")(Scale(name="first")(inputs)))
        """
    )
    assert [named(program, name).params for name in ("first", "second")] == [5, 5]
