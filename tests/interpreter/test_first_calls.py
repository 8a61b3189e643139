"""What the first call of a layer or model on data leaves behind."""

from __future__ import annotations

from tests.interpreter.support import model_of, named, run

LAYER = """
import keras
import numpy as np
from keras import layers, ops

class Double(layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)
    def call(self, inputs, training=False):
        return ops.add(self.dense(inputs), 1.0)
"""


def test_a_layer_called_on_data_has_a_graph_of_its_own_for_any_number_of_samples() -> None:
    model = model_of(run(LAYER + "double = Double()\ny = double(np.zeros((2, 5)))\nInput = keras.Input(y.shape)\n"))
    assert (model.kind, model.name) == ("layer", "double")
    assert [(node.name, str(node.outputs[0].shape)) for node in model.nodes()][1:] == [
        ("dense", "(None, 3)"),
        ("add", "(None, 3)"),
        ("double", "(None, 3)"),
    ]


def test_its_call_is_at_the_line_of_the_first() -> None:
    done = run(LAYER + "double = Double()\nfor step in range(3):\n    double(np.zeros((2, 5)))\n")
    source = named(done, "double").source
    assert source is not None and source.span.line == LAYER.count("\n") + 3


def test_the_layers_it_makes_get_the_next_names() -> None:
    program = """
    import keras
    import numpy as np
    from keras import layers

    class Lazy(layers.Layer):
        def build(self, shape):
            self.dense = layers.Dense(shape[-1])
        def call(self, inputs):
            return self.dense(inputs)

    lazy = Lazy()
    lazy(np.zeros((2, 5)))
    after = layers.Dense(7)
    model = keras.Model(x := keras.Input((4,)), after(x))
    """
    done = run(program)
    assert str(named(done, "dense").outputs[0].shape) == "(None, 5)"
    assert str(named(done, "dense_1").outputs[0].shape) == "(None, 7)"


def test_a_sequential_becomes_a_model_of_its_own_when_a_layer_first_calls_it() -> None:
    program = """
    import keras
    from keras import layers

    class Block(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = keras.Sequential([layers.Dense(6), layers.Dense(2)])
        def call(self, inputs):
            return self.inner(inputs)

    x = keras.Input((4,))
    model = keras.Model(x, Block()(x))
    """
    models = {model.name: model for model in run(program).models}
    assert [(node.op, str(node.outputs[0].shape)) for node in models["sequential"].nodes()] == [
        ("keras.Input", "(None, 4)"),
        ("keras.layers.Dense", "(None, 6)"),
        ("keras.layers.Dense", "(None, 2)"),
    ]
    assert (models["sequential"].params, models["functional"].params) == (44, 44)


def test_a_sequential_called_on_data_keeps_their_number_as_keras_does() -> None:
    program = """
    import keras
    import numpy as np
    model = keras.Sequential([keras.layers.Dense(6)])
    model(np.zeros((5, 4)))
    """
    assert str(named(run(program), "dense").outputs[0].shape) == "(5, 6)"


def test_fit_builds_a_model_for_batches_of_any_size() -> None:
    program = """
    import keras
    import numpy as np

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(6)
        def call(self, inputs):
            return self.dense(inputs)

    net = Net()
    net.compile("sgd", "mse")
    net.fit(np.zeros((50, 4)), np.zeros((50, 6)))
    """
    done = run(program)
    assert (str(named(done, "dense").outputs[0].shape), model_of(done).params) == ("(None, 6)", 30)


def test_what_a_layer_within_a_sequential_calls_is_told_at_its_own_line() -> None:
    program = """
    import keras
    from keras import layers, ops

    class Power(layers.Layer):
        def call(self, inputs):
            return ops.square(inputs)

    keras.Sequential([keras.Input((4,)), Power()])
    """
    source = named(run(program), "square").source
    assert source is not None
    assert (source.span.line, [span.line for span in source.stack]) == (7, [9])


def test_where_training_is_not_understood_the_shape_is_that_of_inference() -> None:
    program = """
    import keras
    import other
    from keras import layers

    class Depth(layers.Layer):
        def call(self, inputs, training=None):
            if training:
                return other.drop(inputs)
            return inputs

    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(2)(Depth()(x)))
    """
    assert model_of(run(program)).params == 10


INNER = """
import keras
import numpy as np
from keras import layers, ops

class Unit(keras.Model):
    def __init__(self, name):
        super().__init__(name=name)
        self.norm = layers.BatchNormalization()
        self.dense = layers.Dense(8)
    def call(self, x):
        return self.dense(self.norm(ops.concatenate(x, axis=-1)))
"""


def test_a_model_within_another_is_looked_at_alone_on_the_list_as_it_was_when_it_was_called() -> None:
    program = (
        INNER
        + """
class Block(keras.Model):
    def __init__(self):
        super().__init__()
        self.units = [Unit("first"), Unit("second")]
    def call(self, x):
        features = [x]
        for unit in self.units:
            features.append(unit(features))
        return features[-1]

Block()(np.zeros((2, 4)))
"""
    )
    done = run(program)
    assert [node.problem for node in done.recorder.nodes.values() if node.problem is not None] == []
    inputs = {
        model.name: [str(node.outputs[0].shape) for node in model.nodes() if node.kind == "input"]
        for model in done.models
        if model.name in ("first", "second")
    }
    assert inputs == {"first": ["(None, 4)"], "second": ["(None, 4)", "(None, 8)"]}


def test_a_model_within_another_is_looked_at_alone_on_a_dict_where_it_is_given_one() -> None:
    program = """
    import keras
    import numpy as np
    from keras import layers

    class Unit(keras.Model):
        def __init__(self):
            super().__init__(name="unit")
            self.dense = layers.Dense(8)
        def call(self, x):
            return self.dense(x["b"])

    class Outer(keras.Model):
        def __init__(self):
            super().__init__()
            self.unit = Unit()
        def call(self, x):
            return self.unit({"a": x, "b": x})

    Outer()(np.zeros((2, 4)))
    """
    unit = next(model for model in run(program).models if model.name == "unit")
    assert unit.complete
    assert [str(node.outputs[0].shape) for node in unit.nodes() if node.op == "keras.layers.Dense"] == ["(None, 8)"]
