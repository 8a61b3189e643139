"""The installed packages agree with what the catalogue says of them."""

from __future__ import annotations

import importlib
import tomllib
import warnings
from collections.abc import Callable
from importlib import resources
from typing import Any

import numpy as np
import pytest

from kerascheck import catalog

pytestmark = pytest.mark.tensorflow

TABLE: dict[str, Any] = tomllib.loads((resources.files(catalog) / "replacements.toml").read_text(encoding="utf-8"))
GONE = {*TABLE["gone"]["keras"], *TABLE["keras_modules"]}


def resolve(name: str) -> Any:
    """What a dotted name really is; AttributeError where it is nothing."""
    import keras
    import tensorflow as tf
    import tf_keras

    value: Any = {"tf": tf, "keras": keras, "tf_keras": tf_keras}[name.split(".", maxsplit=1)[0]]
    for part in name.split(".")[1:]:
        value = getattr(value, part)
    return value


def is_absent(name: str) -> bool:
    """Whether a name can neither be reached as an attribute nor imported, nor is set on an instance of its class."""
    try:
        resolve(name)
    except AttributeError:
        pass
    else:
        return False
    with pytest.raises((ImportError, AttributeError)):
        importlib.import_module(name.replace("tf.", "tensorflow.", 1) if name.startswith("tf.") else name)
    return True


@pytest.mark.parametrize("namespace", ["keras", "tf.keras", "tf_keras", "tf", "tf.compat.v1"])
def test_every_name_exists_and_is_what_its_alias_says(namespace: str) -> None:
    wrong = []
    for name in catalog.names(namespace):  # type: ignore[arg-type]
        symbol = catalog.find(name)
        if symbol is None or symbol.needs_tf_keras or symbol.kind is catalog.SymbolKind.MODULE:
            continue
        if resolve(name) is not resolve(symbol.canonical) and symbol.canonical != name:
            wrong.append(name)
    assert wrong == []


def test_every_name_marked_absent_is_absent() -> None:
    absent = [name for name in catalog.names("tf.keras") if catalog.find(name) is None]
    assert absent
    assert [name for name in absent if not is_absent(name)] == []


@pytest.mark.parametrize("name", sorted({*TABLE["keras"], *TABLE["keras_modules"]}))
def test_keras_3_really_lacks_it(name: str) -> None:
    assert is_absent(name)


@pytest.mark.parametrize("name", sorted(GONE))
def test_tf_keras_lacks_what_is_listed_as_gone(name: str) -> None:
    if name not in ("keras.layers.experimental.preprocessing", "keras.optimizers.experimental"):
        assert is_absent(f"tf_{name}")


@pytest.mark.parametrize("name", sorted({*TABLE["keras"]} - GONE))
def test_tf_keras_still_has_the_rest(name: str) -> None:
    symbol = catalog.find(f"tf_{name}")
    assert symbol is not None
    # An instance attribute is not there to be seen on its class.
    if symbol.kind is not catalog.SymbolKind.ATTRIBUTE:
        assert not is_absent(f"tf_{name}")


@pytest.mark.parametrize("name", sorted(TABLE["tensorflow"]))
def test_tensorflow_2_really_lacks_it(name: str) -> None:
    assert is_absent(name)


@pytest.mark.parametrize("name", sorted(TABLE["gone"]["tensorflow"]))
def test_tensorflow_1_compatibility_lacks_what_is_listed_as_gone(name: str) -> None:
    assert is_absent(f"tf.compat.v1.{name.removeprefix('tf.')}")


def test_a_built_layer_and_model_lack_the_removed_members() -> None:
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((2, 4)), np.zeros((2, 2)), verbose=0)
    instances = {
        "keras.layers.Layer.": model.layers[0],
        "keras.Model.": model,
        "keras.optimizers.Optimizer.": model.optimizer,
    }
    for path in TABLE["keras"]:
        for prefix, instance in instances.items():
            if path.startswith(prefix):
                with pytest.raises(AttributeError):
                    getattr(instance, path.removeprefix(prefix))


def test_members_lists_whatever_a_built_model_has() -> None:
    import keras

    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(np.zeros((2, 4)), np.zeros((2, 2)), verbose=0)
    assert {name for name in dir(model) if not name.startswith("_")} - catalog.members("keras.Model") == set()


LAYERS: dict[str, dict[str, Any]] = {
    "Dense": {"units": 2},
    "Conv2D": {"filters": 2, "kernel_size": 1},
    "BatchNormalization": {},
    "LayerNormalization": {},
    "Dropout": {"rate": 0.5},
    "Embedding": {"input_dim": 4, "output_dim": 2},
    "LSTM": {"units": 2},
    "GRU": {"units": 2},
    "LeakyReLU": {},
    "MaxPooling2D": {},
    "Reshape": {"target_shape": (4,)},
    "Concatenate": {},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 2},
    "Attention": {},
    "Lambda": {"function": abs},
    "Activation": {"activation": "relu"},
    "SpatialDropout1D": {"rate": 0.5},
}
ARGUMENTS = sorted(
    {argument for texts in TABLE["keras_arguments"].values() for argument in texts}
    | {"name", "dtype", "trainable", "activity_regularizer", "input_shape", "input_dim", "never_an_argument"}
)
VALUES = {"input_shape": (4,), "input_dim": 4, "name": "layer", "dtype": "float32", "trainable": True}


def is_refused(make: Callable[[], object], argument: str) -> bool:
    """Whether a call fails since it does not take the argument."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            make()
    except (TypeError, ValueError) as error:
        words = ("nrecognized", "not recognized", "unexpected keyword", "not understood", "not a valid argument")
        return argument in str(error) and any(word in str(error) for word in words)
    return False


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_a_layer_refuses_the_arguments_the_catalogue_says_it_refuses(package: str, layer: str) -> None:
    cls = resolve(f"{package}.layers.{layer}")
    symbol = catalog.find(f"{package}.layers.{layer}")
    assert symbol is not None
    arguments = [argument for argument in ARGUMENTS if argument not in LAYERS[layer]]
    refused = [a for a in arguments if is_refused(lambda a=a: cls(**LAYERS[layer], **{a: VALUES.get(a)}), a)]  # type: ignore[misc]
    assert refused == [argument for argument in arguments if symbol.accepts(argument) is False]


@pytest.mark.parametrize("argument", ["lr", "decay", "learning_rate", "jit_compile", "never_an_argument"])
@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad"])
def test_an_optimizer_refuses_the_arguments_the_catalogue_says_it_refuses(name: str, argument: str) -> None:
    symbol = catalog.find(f"keras.optimizers.{name}")
    assert symbol is not None
    cls = resolve(f"keras.optimizers.{name}")
    assert is_refused(lambda: cls(**{argument: 0.1}), argument) is (symbol.accepts(argument) is False)


METHODS = [
    (callee, argument)
    for callee, texts in TABLE["keras_arguments"].items()
    if callee.count(".") > 1 and callee.startswith("keras.Model.")
    for argument in texts
]


@pytest.mark.parametrize(("callee", "argument"), METHODS)
def test_a_model_method_refuses_the_removed_argument(callee: str, argument: str) -> None:
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile(loss="mse")
    assert is_refused(lambda: getattr(model, callee.rpartition(".")[2])(**{argument: 1}), argument)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda keras: keras.optimizers.Adam(decay=0.1), "will be ignored"),
        (lambda keras: keras.layers.Embedding(4, 2, input_length=3), "Just remove it"),
    ],
)
def test_an_ignored_argument_warns(make: Callable[[Any], object], words: str) -> None:
    import keras

    with pytest.warns(UserWarning, match=words):
        make(keras)


def test_a_recurrent_layer_ignores_implementation() -> None:
    import keras

    assert "implementation" not in keras.layers.LSTM(2, implementation=1).get_config()


def test_legacy_optimizers_raise() -> None:
    import keras

    with pytest.raises(ImportError, match="is not supported in Keras 3"):
        keras.optimizers.legacy.Adam()


def test_the_old_form_of_add_variable_raises() -> None:
    import keras

    with pytest.raises(ValueError, match="initializer"):
        keras.layers.Layer().add_variable("w", [2, 3])


def test_input_takes_only_a_keras_tensor_as_tensor() -> None:
    import keras
    import tensorflow as tf

    with pytest.raises(ValueError, match="must be a KerasTensor"):
        keras.Input(tensor=tf.zeros([2, 3]))


def test_the_layers_of_tensorflow_1_raise_with_keras_3() -> None:
    with pytest.raises(AttributeError, match="not available with Keras 3"):
        resolve("tf.compat.v1.layers.dense")
