"""``layer.trainable = ...``: what trains at the program's end."""

from __future__ import annotations

from kerascheck.graph import ModelGraph
from kerascheck.program import Program
from tests.interpreter.support import model_of, run

BASE = """
from keras import Input, Model, Sequential, layers
x = Input((4,))
base = Model(x, layers.Dense(3, name="inner")(layers.Dense(2, name="outer")(x)), name="base")
"""


def by_name(program: Program, name: str) -> ModelGraph:
    """The model of that name."""
    return next(model for model in program.models if model.name == name)


def test_freezing_a_model_freezes_the_layers_within_it() -> None:
    program = run(BASE + 'base.trainable = False\nModel(x, layers.Dense(5)(base(x)), name="whole")\n')
    assert (by_name(program, "whole").params, by_name(program, "whole").trainable) == (19 + 20, 20)


def test_freezing_a_model_after_its_layers_are_called_counts() -> None:
    program = run(BASE + 'Model(x, layers.Dense(5)(base(x)), name="whole")\nbase.trainable = False\n')
    assert by_name(program, "whole").trainable == 20


def test_freezing_some_of_the_layers_of_a_built_model_counts() -> None:
    program = run(BASE + 'base.get_layer("outer").trainable = False\n')
    assert (by_name(program, "base").params, by_name(program, "base").trainable) == (19, 9)


def test_a_layer_thawed_within_a_frozen_model_trains_in_another_model() -> None:
    program = run(
        BASE + 'base.trainable = False\nbase.get_layer("inner").trainable = True\nModel(x, base(x), name="whole")\n'
    )
    assert (by_name(program, "base").trainable, by_name(program, "whole").trainable) == (0, 9)


def test_what_is_frozen_by_an_unknown_flag_is_of_unknown_count() -> None:
    program = run(BASE + "import os\nbase.trainable = bool(os.environ.get('TUNE'))\n")
    assert (by_name(program, "base").params, by_name(program, "base").trainable) == (19, None)


def test_a_layer_made_frozen_and_thawed_later_is_of_unknown_count() -> None:
    program = """
    from keras import Input, Model, layers
    dense = layers.Dense(3, trainable=False)
    x = Input((4,))
    Model(x, dense(x))
    dense.trainable = True
    """
    model = model_of(run(program))
    assert (model.params, model.trainable) == (15, None)


def test_a_layer_that_a_frozen_layer_of_tf_keras_makes_later_is_of_unknown_count() -> None:
    program = """
    from tf_keras import Input, Model, layers
    class Frozen(layers.Layer):
        def __init__(self):
            super().__init__(trainable=False)
            self.dense = layers.Dense(3)
        def call(self, x):
            return self.dense(x)
    x = Input((4,))
    Model(x, Frozen()(x))
    """
    model = model_of(run(program))
    assert (model.params, model.trainable) == (15, None)
