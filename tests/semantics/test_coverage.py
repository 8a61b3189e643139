"""Every layer and function of the installed Keras has a shape rule, or a reason why it has none."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from kerascheck.interpreter.names import canonical
from kerascheck.semantics.api import known_layers, known_ops

pytestmark = pytest.mark.tensorflow

FOREIGN = "what it computes is written in another framework or lies in a file"
BASE = "a base class: its subclasses say what they do"
BY_INTERPRETER = "the interpreter calls the user's function, or makes the input, itself"
LAYERS = {
    "AbstractRNNCell": BASE,
    "DenseFeatures": "its width is that of feature columns, which are read nowhere else",
    "FlaxLayer": FOREIGN,
    "InputLayer": BY_INTERPRETER,
    "JaxLayer": FOREIGN,
    "Lambda": BY_INTERPRETER,
    "Layer": BASE,
    "TFSMLayer": FOREIGN,
    "TorchModuleWrapper": FOREIGN,
    "Wrapper": BASE,
}
"""Layers without a shape function."""

NO_TENSOR = "gives no tensor"
FUNCTION = "gives a function, or what the user's function gives"
OPS = {
    "custom_gradient": FUNCTION,
    "dtype": NO_TENSOR,
    "is_tensor": NO_TENSOR,
    "jvp": FUNCTION,
    "vectorize": FUNCTION,
}
"""Functions of ``keras.ops`` without a shape rule."""


def layer_classes(keras: ModuleType) -> set[str]:
    """The names of the layers of one Keras."""
    found = vars(keras.layers)
    return {name for name, each in found.items() if inspect.isclass(each) and issubclass(each, keras.layers.Layer)}


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_every_layer_has_a_shape_function_or_a_reason(package: str) -> None:
    known = set(known_layers())
    names = layer_classes(pytest.importorskip(package))
    missing = {name for name in names if canonical(f"{package}.layers.{name}", 3) not in known}
    assert missing == LAYERS.keys() & names


def test_no_reason_is_left_of_a_layer_that_is_gone() -> None:
    import keras
    import tf_keras

    assert set(LAYERS) <= layer_classes(keras) | layer_classes(tf_keras)


def test_every_function_has_a_shape_rule_or_a_reason() -> None:
    import keras

    known = set(known_ops())
    names = {name for name, each in vars(keras.ops).items() if not name.startswith("_") and callable(each)}
    missing = {
        name for name in names if f"keras.ops.{name}" not in known and canonical(f"keras.ops.{name}", 3) not in known
    }
    assert missing == OPS.keys()
