"""Sequential models: from where they know their input, and what they hold."""

from __future__ import annotations

from tests.interpreter.support import model_of, named, run


def test_a_sequential_model_with_an_input_is_built() -> None:
    program = """
    import keras
    from keras import layers
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="a")], name="net")
    model.add(layers.Dense(2, name="b"))
    """
    done = run(program)
    model = model_of(done)
    assert (model.name, model.kind, model.params) == ("net", "sequential", 15 + 8)
    assert (str(named(done, "a").shape), str(named(done, "b").shape)) == ("(None, 3)", "(None, 2)")


def test_a_sequential_model_takes_its_input_from_its_first_layer() -> None:
    program = """
    import keras
    from keras import layers
    keras.Sequential([layers.Dense(3, input_shape=(4,), name="a"), layers.Dense(2, name="b")])
    """
    assert model_of(run(program)).params == 15 + 8


def test_a_sequential_model_without_an_input_is_known_from_the_data_it_is_called_on() -> None:
    program = """
    import keras
    import numpy as np
    model = keras.Sequential([keras.layers.Dense(3, name="a")])
    model(np.zeros((32, 5)))
    """
    done = run(program)
    assert (str(named(done, "a").shape), model_of(done).params) == ("(32, 3)", 18)


def test_a_sequential_model_without_an_input_is_built_by_hand() -> None:
    program = """
    import keras
    model = keras.Sequential([keras.layers.Dense(3, name="a")])
    model.build((None, 7))
    """
    assert model_of(run(program)).params == 24


def test_a_sequential_model_without_an_input_has_unknown_parameters() -> None:
    program = """
    import keras
    keras.Sequential([keras.layers.Dense(3, name="a"), keras.layers.Dense(2, name="b")])
    """
    model = model_of(run(program))
    assert (model.params, model.complete) == (None, False)


def test_a_layer_taken_off_a_sequential_model_is_not_in_it() -> None:
    program = """
    import keras
    from keras import layers
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="a"), layers.Dense(2, name="b")])
    model.pop()
    model.add(layers.Dense(5, name="c"))
    """
    (model,) = [model for model in run(program).models if model.kind == "sequential"]
    assert ([node.name for node in model.nodes() if node.kind == "layer"], model.params) == (["a", "c"], 15 + 20)


def test_a_subclass_of_sequential_adds_its_layers() -> None:
    program = """
    import keras
    from keras import layers
    class Net(keras.Sequential):
        def __init__(self):
            super().__init__()
            self.add(keras.Input((4,)))
            self.add(layers.Dense(2))
    Net()
    """
    model = model_of(run(program))
    assert (model.kind, model.params) == ("sequential", 10)


def test_a_sequential_without_input_keeps_that_of_its_first_call() -> None:
    program = """
    from keras import Input, Sequential, layers
    trunk = Sequential([layers.Flatten(), layers.Dense(2)], name="trunk")
    trunk(Input((3, 4)))
    trunk(Input((3, 5)))
    """
    problems = [(node.name, node.problem.message) for _, node in run(program).nodes() if node.problem is not None]
    assert problems == [("trunk", "model `trunk` takes (None, 3, 4) and is called on (None, 3, 5)")]


def test_a_sequential_within_a_layer_runs_on_another_length() -> None:
    program = """
    from keras import Input, Model, Sequential, layers
    class Shared(layers.Layer):
        def __init__(self):
            super().__init__()
            self.net = Sequential([Input((10, 4)), layers.Dense(3)])
        def call(self, x):
            return self.net(x)
    x = Input((20, 4))
    Model(x, Shared()(x), name="whole")
    """
    whole = next(model for model in run(program).models if model.name == "whole")
    assert whole.complete
    assert [node.problem for node in whole.nodes()] == [None] * 4


def test_the_input_layer_of_a_sequential_may_be_given_its_shape_by_either_name() -> None:
    program = run(
        """
        import keras
        from keras.layers import InputLayer, Rescaling

        first = keras.Sequential([InputLayer(input_shape=(4,)), Rescaling(2.0, name="first")])
        second = keras.Sequential([InputLayer(shape=(5,)), Rescaling(2.0, name="second")])
        third = keras.Sequential([InputLayer(batch_input_shape=(2, 6)), Rescaling(2.0, name="third")])
        """
    )
    assert [str(named(program, name).shape) for name in ("first", "second", "third")] == [
        "(None, 4)",
        "(None, 5)",
        "(2, 6)",
    ]
    assert [node.name for _, node in program.nodes() if node.kind == "input"] == [
        "input_layer",
        "input_layer_1",
        "input_layer_2",
    ]
