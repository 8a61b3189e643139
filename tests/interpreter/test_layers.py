"""Layers of the user's own: what ``build`` makes and ``call`` does."""

from __future__ import annotations

import pytest

from kerascheck.graph import Weight
from tests.interpreter.support import model_of, named, run

SCALE = """
from keras import Input, Model, layers, ops
class Scale(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), trainable=False)
    def call(self, x):
        return ops.matmul(x, self.kernel) + self.bias
"""


def test_build_is_given_the_shape_of_the_first_input() -> None:
    done = run(SCALE + "x = Input((4,))\nModel(x, Scale(3, name='scale')(x))\n")
    scale = named(done, "scale")
    assert (str(scale.shape), scale.params, scale.trainable) == ("(None, 3)", 15, 12)
    assert [(weight.name, str(weight.shape), weight.trainable) for weight in scale.weights] == [
        ("kernel", "(4, 3)", True),
        ("bias", "(3,)", False),
    ]


def test_build_runs_once() -> None:
    model = model_of(run(SCALE + "x = Input((4,))\nscale = Scale(4)\nModel(x, scale(scale(x)))\n"))
    assert model.params == 20


def test_what_call_does_nests_in_the_layer() -> None:
    model = model_of(run(SCALE + "x = Input((4,))\nModel(x, Scale(3, name='scale')(x))\n"))
    assert {node.op: node.scope for node in model.nodes() if node.kind == "op"} == {
        "keras.ops.matmul": ("scale",),
        "keras.ops.add": ("scale",),
    }


def test_layers_made_in_the_constructor_belong_to_the_layer() -> None:
    program = """
    from keras import Input, Model, layers
    class Block(layers.Layer):
        def __init__(self, sizes, **kwargs):
            super().__init__(**kwargs)
            self.dense = [layers.Dense(size, name=f"d{size}") for size in sizes]
        def call(self, x):
            for layer in self.dense:
                x = layer(x)
            return x
    x = Input((2,))
    Model(x, Block([3, 4], name="block")(x))
    """
    done = run(program)
    assert model_of(done).params == 9 + 16
    assert (named(done, "d3").scope, named(done, "block").params, str(named(done, "block").shape)) == (
        ("block",), 0, "(None, 4)",
    )  # fmt: skip


def test_scopes_nest() -> None:
    program = """
    from keras import Input, Model, layers
    class Inner(layers.Layer):
        def __init__(self):
            super().__init__(name="inner")
            self.dense = layers.Dense(3, name="dense")
        def call(self, x):
            return self.dense(x)
    class Outer(layers.Layer):
        def __init__(self):
            super().__init__(name="outer")
            self.inner = Inner()
        def call(self, x):
            return self.inner(x)
    x = Input((2,))
    Model(x, Outer()(x))
    """
    assert named(run(program), "dense").scope == ("outer", "inner")


def test_a_layer_that_extends_one_of_keras_inherits_its_call() -> None:
    program = """
    from keras import Input, Model, layers
    class Wide(layers.Dense):
        def __init__(self, units, **kwargs):
            super().__init__(2 * units, **kwargs)
    x = Input((4,))
    Model(x, Wide(3, name="wide")(x))
    """
    wide = named(run(program), "wide")
    assert (wide.op, str(wide.shape), wide.params) == ("Wide", "(None, 6)", 30)


def test_a_layer_that_extends_one_of_keras_may_call_it_through_super() -> None:
    program = """
    from keras import Input, Model, layers, ops
    class Double(layers.Dense):
        def call(self, x):
            return ops.concatenate([super().call(x), x], axis=-1)
    x = Input((4,))
    Model(x, Double(3, name="double")(x))
    """
    model = model_of(run(program))
    assert (str(model.node(model.outputs[0].node).shape), model.params) == ("(None, 7)", 15)


def test_call_gets_its_other_arguments() -> None:
    program = """
    from keras import Input, Model, layers
    class Join(layers.Layer):
        def call(self, a, b, repeat=1):
            return layers.Concatenate()([a] + repeat * [b])
    a, b = Input((2,)), Input((3,))
    Model([a, b], Join(name="join")(a, b=b, repeat=2))
    """
    assert str(named(run(program), "join").shape) == "(None, 8)"


def test_a_layer_may_give_several_outputs() -> None:
    program = """
    from keras import Input, Model, layers
    class Split(layers.Layer):
        def call(self, x):
            return x[:, :2], {"rest": x[:, 2:]}
    x = Input((5,))
    head, rest = Split(name="split")(x)
    Model(x, [head, rest["rest"]])
    """
    assert [str(spec.shape) for spec in named(run(program), "split").outputs] == ["(None, 2)", "(None, 3)"]


def test_a_layer_nobody_uses_is_analysed_alone_with_named_sizes() -> None:
    program = """
    from keras import layers
    class Block(layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.dense = layers.Dense(units, name="dense")
        def call(self, x):
            return self.dense(x)
    """
    done = run(program)
    assert [(model.kind, model.name) for model in done.models] == [("layer", "block")]


def test_the_shape_a_call_reads_is_the_inputs() -> None:
    program = """
    from keras import Input, Model, layers, ops
    class Merge(layers.Layer):
        def call(self, x):
            batch, height, width = ops.shape(x)[0], x.shape[1], x.shape[2]
            return ops.reshape(x, (batch, height * width))
    x = Input((4, 6))
    Model(x, Merge(name="merge")(x))
    """
    assert named(run(program), "merge").outputs[0].shape.texts() == ["B", 24]


def test_a_weight_has_what_add_weight_was_given() -> None:
    program = """
    from keras import Input, Model, layers
    class Shift(layers.Layer):
        def build(self, shape):
            self.shift = self.add_weight(shape=(shape[-1],), dtype="float64", name="shift", initializer="zeros")
        def call(self, x):
            return x + self.shift
    x = Input((4,))
    Model(x, Shift(name="shift_layer")(x))
    """
    (weight,) = named(run(program), "shift_layer").weights
    assert isinstance(weight, Weight)
    assert (weight.name, str(weight.shape), weight.trainable, weight.dtype) == ("shift", "(4,)", True, "float64")


def test_a_layer_that_calls_itself_is_cut_off() -> None:
    program = """
    from keras import Input, Model, layers
    class Endless(layers.Layer):
        def call(self, x):
            return self(x)
    x = Input((4,))
    Model(x, Endless()(x))
    """
    assert [each.why for each in run(program).unknown][:1] == ["calls itself"]


def test_a_layer_is_named_as_keras_names_it() -> None:
    program = """
    from keras import Input, layers
    x = Input((8, 8, 3))
    for layer in (layers.Conv2D(1, 1), layers.Conv2D(1, 1), layers.BatchNormalization(), layers.ReLU()):
        x = layer(x)
    """
    names = [node.name for _, node in run(program).nodes()]
    assert names == ["input_layer", "conv2d", "conv2d_1", "batch_normalization", "re_lu"]


@pytest.mark.parametrize(
    ("package", "attribute", "name"),
    [
        ("keras", "name", "mine"),
        ("keras", "_name", "block"),
        ("tf_keras", "_name", "mine"),
        ("tf_keras", "name", "block"),
    ],
)
def test_a_layer_takes_the_name_that_is_assigned_to_it(package: str, attribute: str, name: str) -> None:
    program = run(
        f"""
        import {package} as keras
        class Block(keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.{attribute} = "mine"
            def call(self, x):
                return x
        inputs = keras.Input((4,))
        model = keras.Model(inputs, Block()(inputs))
        """
    )
    assert [node.name for _, node in program.nodes() if node.op == "Block"] == [name]
