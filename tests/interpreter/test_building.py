"""How Keras builds the user's layers: which shapes ``build`` gets, when it runs, and which shape a call declares."""

from __future__ import annotations

from tests.interpreter.support import model_of, named, run, sizes

PAIR = """
from keras import Input, Model, layers, ops
class Pair(layers.Layer):
    def build(self, query_shape, memory_shape=None):
        self.kernel = self.add_weight(name="kernel", shape=(query_shape[-1], 1))
        if memory_shape is not None:
            self.other = self.add_weight(name="other", shape=(memory_shape[-1], 1))
    def call(self, query, memory=None):
        return query
a, b = Input((3,)), Input((5,))
"""
INNER = """
from keras import Input, Model, layers, ops
class Inner(layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], 2))
    def call(self, x):
        return ops.matmul(x, self.kernel)
class Outer(layers.Layer):
    def build(self, shape):
        self.inner = Inner(name="inner")
        self.inner.build(shape)
    def call(self, x):
        return self.inner(x)
x = Input((4,))
"""


def test_build_is_given_the_shape_of_each_argument_by_name() -> None:
    assert named(run(PAIR + "Model([a, b], Pair(name='pair')(a, memory=b))\n"), "pair").params == 8


def test_an_argument_that_is_no_tensor_has_no_shape() -> None:
    assert named(run(PAIR + "Model(a, Pair(name='pair')(a))\n"), "pair").params == 3


def test_a_layer_built_beforehand_is_not_built_again() -> None:
    model = model_of(run(INNER + "Model(x, Outer(name='outer')(x))\n"))
    assert model.params == 8
    assert [node.params for node in model.nodes() if node.name == "inner"] == [8]


def test_a_layer_of_keras_built_beforehand_has_its_weights() -> None:
    program = """
    from keras import Input, Model, layers, ops
    class Tied(layers.Layer):
        def build(self, shape):
            self.table = layers.Embedding(7, 3)
            self.table.build(shape)
        def call(self, x):
            return ops.matmul(x, ops.transpose(self.table.embeddings))
    x = Input((5, 3))
    Model(x, Tied(name="tied")(x))
    """
    assert str(named(run(program), "tied").shape) == "(None, 5, 7)"


def test_the_output_shape_of_a_layer_of_keras_can_be_asked_for() -> None:
    program = """
    from keras import Input, layers
    size = layers.Conv2D(8, 3).compute_output_shape((None, 10, 10, 3))
    Input((size[1], size[-1]) if size[0] is None else (1,), name="in")
    """
    assert sizes(run(program)) == [8, 8]


def test_what_a_class_declares_is_the_shape_of_a_call_on_keras_tensors() -> None:
    program = """
    from keras import Input, Model, layers
    class Odd(layers.Layer):
        def call(self, x):
            return x
        def compute_output_shape(self, shape):
            return (*shape[:-1], 9)
    x = Input((None, 4))
    Model(x, Odd(name="odd")(x))
    """
    assert str(named(run(program), "odd").shape) == "(None, None, 9)"


def test_what_it_declares_does_not_count_in_keras_2() -> None:
    program = """
    from tf_keras import Input, Model, layers
    class Odd(layers.Layer):
        def call(self, x):
            return x
        def compute_output_shape(self, shape):
            return (*shape[:-1], 9)
    x = Input((4,))
    Model(x, Odd(name="odd")(x))
    """
    assert str(named(run(program), "odd").shape) == "(None, 4)"


def test_a_size_declared_none_is_open() -> None:
    program = """
    from keras import Input, Model, layers
    class Odd(layers.Layer):
        def call(self, x):
            return x
        def compute_output_shape(self, shape):
            return (None, None)
    x = Input((4,))
    Model(x, Odd(name="odd")(x))
    """
    assert named(run(program), "odd").shape.texts() == ["B", "?"]


def test_a_call_whose_declared_shape_raises_has_no_shape() -> None:
    program = """
    from keras import Input, Model, layers
    class Odd(layers.Layer):
        def call(self, x):
            return x
        def compute_output_shape(self, shape):
            return (shape[0], shape[7])
    x = Input((4,))
    Model(x, Odd(name="odd")(x))
    """
    assert named(run(program), "odd").shape.rank is None


def test_sizes_not_understood_are_no_shape_of_another_rank() -> None:
    program = """
    from keras import Input, Model, layers
    class Odd(layers.Layer):
        def call(self, x):
            return x
        def compute_output_shape(self, shapes):
            return (shapes[0][-1],)
    x = Input((4,))
    Model(x, Odd(name="odd")(x))
    """
    assert named(run(program), "odd").shape.rank is None


def test_the_sizes_of_a_shape_are_numbers() -> None:
    program = """
    from keras import Input, Model, layers, ops
    x = Input((32, 6))
    Model(x, layers.Reshape((int(ops.shape(x)[1] / 4), -1), name="out")(x))
    """
    assert str(named(run(program), "out").shape) == "(None, 8, 24)"


def test_a_function_that_calls_itself_on_unknown_conditions_ends() -> None:
    program = """
    import sys
    def listed(cls):
        found = []
        for each in sys.modules:
            found += listed(each) + listed(cls)
        return found
    """
    done = run(program)
    assert [each.why for each in done.unknown][:1] == ["calls itself, nobody knows how often"]


def test_the_layers_of_operators_are_named_as_keras_2_does() -> None:
    program = """
    import tensorflow as tf
    from tf_keras import Input, Model, layers
    x = Input((4,))
    Model(x, layers.Multiply()([(x + 1.0) * 2.0, tf.reduce_mean(x, 1, keepdims=True)]))
    """
    assert [node.name for node in model_of(run(program)).nodes() if node.kind != "input"] == [
        "tf.__operators__.add",
        "tf.math.multiply",
        "tf.math.reduce_mean",
        "multiply",
    ]


def test_evenly_spaced_numbers_are_known() -> None:
    program = """
    import numpy as np
    from keras import Input
    rates = [float(x) for x in np.linspace(0.0, 0.5, 3)]
    Input((1 if rates == [0.0, 0.25, 0.5] else 2,), name="in")
    """
    assert sizes(run(program)) == [1]


def test_an_array_that_was_written_into_holds_other_numbers() -> None:
    program = """
    import numpy as np
    from keras import Input
    rates = np.linspace(0.0, 4.0, 3)
    rates[0] = 3
    Input((int(list(rates)[0]),), name="in")
    """
    assert sizes(run(program)) == ["?"]


def test_what_a_shape_is_unpacked_into_tells_the_rank() -> None:
    program = """
    from keras import layers, ops
    class Flat(layers.Layer):
        def call(self, x):
            batch, rows, width = ops.shape(x)
            return ops.reshape(x, (batch, rows * width))
    """
    (model,) = run(program).models
    assert [node.shape.rank for node in model.nodes() if node.kind in ("input", "layer")] == [3, 2]


def test_an_einsum_equation_tells_the_ranks() -> None:
    program = """
    from keras import layers, ops
    class Product(layers.Layer):
        def call(self, x):
            return ops.einsum("bij,bkj->bik", x, x)
    """
    (model,) = run(program).models
    assert [node.shape.rank for node in model.nodes() if node.kind in ("input", "layer")] == [3, 3]


def test_an_empty_default_that_every_caller_replaces_is_no_mistake() -> None:
    program = run(
        """
        import keras
        from keras import ops

        class Scaled(keras.layers.Layer):
            def __init__(self, sizes=None, **settings):
                super().__init__(**settings)
                self.sizes = sizes or []

            def call(self, x):
                sizes = ops.convert_to_tensor([[width, height] for height, width in self.sizes])
                return x / sizes[None, :, None]
        """
    )
    assert all(node.problem is None for _, node in program.nodes())


def test_the_ends_of_a_model_that_was_made_of_lists_of_one_are_the_ones() -> None:
    program = run(
        """
        import keras

        inputs = keras.Input((4, 5))
        model = keras.Model([inputs], [keras.layers.Dense(3)(inputs)])
        keras.Input(model.input_shape[1:] + model.output_shape[1:] + model.output.shape[1:] + (len(model.outputs),))
        """
    )
    assert sizes(program) == [4, 5, 4, 3, 4, 3, 1]


def test_an_input_spec_decides_which_way_a_layer_goes() -> None:
    program = run(
        """
        import keras
        from keras import layers, ops

        class Heads(layers.Layer):
            def build(self, shape):
                self.input_spec = keras.InputSpec(ndim=len(shape))
                self.built = True

            def call(self, x):
                size = ops.shape(x)
                if self.input_spec.ndim == 3:
                    return ops.reshape(x, (size[0], size[1], 3, 2))
                return ops.reshape(x, (size[0], size[1], size[2], 3, 2))

        keras.Input(Heads()(keras.Input((5, 6))).shape[1:])
        keras.Input((keras.InputSpec(shape=(None, 4)).ndim, int(keras.InputSpec(min_ndim=2).ndim is None)))
        """
    )
    assert all(node.problem is None for _, node in program.nodes())
    assert [str(node.shape) for _, node in program.nodes() if node.kind == "input"][1:] == [
        "(None, 5, 3, 2)",
        "(None, 2, 1)",
    ]
