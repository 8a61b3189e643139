"""Which Keras a file is written for, and what that changes."""

from __future__ import annotations

import pytest

from kerascheck.config import Generation
from tests.interpreter.support import model_of, named, run


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import keras", 3),
        ("import tensorflow as tf", 3),
        ("from tensorflow import keras", 3),
        ("import tf_keras", 2),
        ("import tf_keras as keras", 2),
        ("from tf_keras import layers", 2),
        ("import keras, tf_keras", 3),
        ("import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf", 2),
        ("import os\nos.environ.setdefault('TF_USE_LEGACY_KERAS', '1')\nimport tensorflow as tf", 2),
        ("def f():\n    import tf_keras", 2),
        ("x = 1", 3),
    ],
)
def test_the_imports_tell_the_generation(imports: str, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    assert run(imports + "\n").generation == expected


@pytest.mark.parametrize(("imports", "option"), [("import keras", 2), ("import tf_keras", 3)])
def test_the_option_wins(imports: str, option: Generation) -> None:
    assert run(imports + "\n", keras=option).generation == option


PROGRAM = """
from {package} import Input, Model, Sequential, layers
x = Input((4,))
Model(x, layers.Dense(3)(x))
"""


@pytest.mark.parametrize(
    ("package", "option", "names"),
    [
        ("keras", "auto", ("functional", "input_layer", "dense")),
        ("tf_keras", "auto", ("model", "input_1", "dense")),
        ("tensorflow.keras", 2, ("model", "input_1", "dense")),
        ("keras", 2, ("model", "input_1", "dense")),
    ],
)
def test_each_generation_names_in_its_own_way(package: str, option: Generation, names: tuple[str, ...]) -> None:
    model = model_of(run(PROGRAM.format(package=package), keras=option))
    assert (model.name, *(node.name for node in model.nodes())) == names


def test_nodes_and_models_carry_their_generation() -> None:
    done = run(PROGRAM.format(package="tf_keras"))
    model = model_of(done)
    assert (model.generation, {node.generation for node in model.nodes()}) == (2, {2})


def test_a_tf_keras_layer_in_a_keras_3_file_is_of_generation_2() -> None:
    program = """
    import keras, tf_keras
    tf_keras.layers.Dense(3, name="old")(keras.Input((4,)))
    keras.layers.Dense(3, name="new")(keras.Input((4,)))
    """
    done = run(program)
    assert (named(done, "old").generation, named(done, "new").generation) == (2, 3)


def test_keras_2_takes_the_length_of_an_embedding_for_the_input() -> None:
    program = """
    from {package} import Sequential, layers
    Sequential([layers.Embedding(100, 8, input_length=10, name="e"), layers.Flatten(name="f")])
    """
    old = run(program.format(package="tf_keras"))
    assert str(named(old, "f").shape) == "(None, 80)"


@pytest.mark.parametrize("option", [2, 3])
def test_parameters_are_counted_alike_in_both(option: Generation) -> None:
    program = """
    from tensorflow import keras
    x = keras.Input((4,))
    keras.Model(x, keras.layers.BatchNormalization()(keras.layers.Dense(3)(x)) * 2)
    """
    model = model_of(run(program, keras=option))
    assert (model.params, model.trainable) == (15 + 12, 15 + 6)
