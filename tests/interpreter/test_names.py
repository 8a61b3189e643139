"""Dotted names: which package and generation they mean, and their one canonical form."""

from __future__ import annotations

import pytest

from kerascheck.interpreter.names import Described, canonical, describe
from tests.interpreter.support import named, run


@pytest.mark.parametrize(
    ("name", "generation", "expected"),
    [
        ("keras.layers.Dense", 3, Described("keras.layers.Dense", "keras", 3)),
        ("tensorflow.keras.layers.Dense", 3, Described("keras.layers.Dense", "tf.keras", 3)),
        ("tensorflow.keras.layers.Dense", 2, Described("keras.layers.Dense", "tf.keras", 2)),
        ("tf_keras.layers.Dense", 3, Described("keras.layers.Dense", "tf_keras", 2)),
        ("tensorflow.compat.v1.placeholder", 3, Described("tf.placeholder", "tf", 3, compat=True)),
        ("tensorflow.math.reduce_sum", 3, Described("tf.math.reduce_sum", "tf", 3)),
        ("keras.src.layers.Dense", 3, Described("keras.layers.Dense", "keras", 3, internal=True)),
        ("tensorflow.python.ops.array_ops", 3, Described("tf.python.ops.array_ops", "tf", 3, internal=True)),
        ("tensorflow.python.ops.array_ops.shape", 3, Described("tf.shape", "tf", 3, compat=True, internal=True)),
        ("tensorflow.python.ops.image_ops.flip_up_down", 3, Described("tf.image.flip_up_down", "tf", 3, internal=True)),
        ("tensorflow.python.util.nest", 3, Described("tf.nest", "tf", 3, compat=True, internal=True)),
        ("keras", 3, Described("keras", "keras", 3)),
        ("keras_hub.models.Backbone", 3, None),
        ("numpy.zeros", 3, None),
    ],
)
def test_a_name_is_described_in_its_packages_own_terms(name: str, generation: int, expected: Described | None) -> None:
    assert describe(name, generation) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("keras.layers.Input", "keras.Input"),
        ("keras.models.Sequential", "keras.Sequential"),
        ("keras.Layer", "keras.layers.Layer"),
        ("tensorflow.keras.models.Model", "keras.Model"),
        ("tensorflow.reduce_sum", "tf.math.reduce_sum"),
        ("keras.layers.MaxPool2D", "keras.layers.MaxPooling2D"),
        ("keras.src.layers.core.dense.Dense", "keras.layers.Dense"),
        ("tensorflow.python.ops.math_ops.matmul", "tf.linalg.matmul"),
        ("tensorflow.python.framework.ops.convert_to_tensor", "tf.compat.v1.convert_to_tensor"),
        ("tensorflow.python.training.moving_averages.assign", "tf.python.training.moving_averages.assign"),
        ("numpy.zeros", None),
    ],
)
def test_every_spelling_has_one_canonical_name(name: str, expected: str | None) -> None:
    assert canonical(name, 3) == expected


@pytest.mark.parametrize(
    "imports",
    [
        "import keras\nDense = keras.layers.Dense",
        "from keras.layers import Dense",
        "import tensorflow as tf\nDense = tf.keras.layers.Dense",
        "from tensorflow.keras import layers as L\nDense = L.Dense",
        "from tensorflow import keras as k\nDense = k.layers.Dense",
        "import tf_keras\nDense = tf_keras.layers.Dense",
        "import tensorflow.keras.layers as L\nDense = L.Dense",
        "from keras.layers import *",
    ],
)
def test_a_class_is_the_same_by_every_import(imports: str) -> None:
    done = run(f"{imports}\nfrom keras import Input\nDense(3, name='d')(Input((4,)))\n")
    assert named(done, "d").op == "keras.layers.Dense"
