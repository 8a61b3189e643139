"""What became of the names of Keras 2 and TensorFlow 1."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import resources
from typing import Any

import pytest

from kerascheck import catalog
from kerascheck.catalog import Effect, removed_in_keras_3, removed_in_tf2

FILES = resources.files(catalog)
TABLE: dict[str, Any] = tomllib.loads((FILES / "replacements.toml").read_text(encoding="utf-8"))
CHANGES: dict[str, Any] = tomllib.loads((FILES / "changes.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "replacement"),
    [
        ("keras.backend.sum", "`keras.ops.sum`"),
        ("keras.backend.dot", "`keras.ops.dot`, or `keras.ops.matmul`"),
        ("keras.backend.learning_phase", "pass `training=` to the call"),
        ("keras.layers.Dense.add_update", "`variable.assign(value)` in `call`: it runs by itself"),
        ("keras.layers.Dense.set_input", "call the layer or model on the tensor: `model(x)`"),
        ("keras.models.Sequential.fit_generator", "`model.fit`, which takes generators"),
        ("keras.metrics.Mean.reset_states", "`metric.reset_state()`"),
        ("keras.layers.core.Dense", "`keras.layers.Dense`"),
        ("keras.engine.topology.Layer", "`keras.layers.Layer`"),
        ("keras.objectives.mean_squared_error", "`keras.losses.mean_squared_error`"),
        ("keras.losses.mse", "`keras.losses.mean_squared_error`"),
        ("keras.utils.np_utils.to_categorical", "`keras.utils.to_categorical`"),
        ("keras.layers.experimental.preprocessing.Rescaling", "`keras.layers.Rescaling`"),
        ("keras.optimizers.legacy.Adam", "`keras.optimizers.Adam`"),
        ("keras.wrappers.scikit_learn.KerasClassifier", "`keras.wrappers.SKLearnClassifier`"),
        ("tf.compat.v1.layers.dense", "`keras.layers.Dense`"),
    ],
)
def test_a_name_keras_3_lacks_has_its_replacement(path: str, replacement: str) -> None:
    removal = removed_in_keras_3(path)
    assert removal is not None and removal.effect is Effect.RAISES and removal.replacement == replacement


@pytest.mark.parametrize(
    "path",
    [
        "keras.layers.Dense",
        "keras.backend.floatx",
        "keras.layers.Densee",
        "keras.layers.Dense.kernel",
        "tf.keras.backend.dot",
        "tf.keras.preprocessing.image.ImageDataGenerator",
        "tf_keras.backend.dot",
        "numpy.sum",
    ],
)
def test_what_exists_or_never_did_is_not_removed(path: str) -> None:
    assert removed_in_keras_3(path) is None


def test_a_function_with_the_same_arguments_can_be_renamed() -> None:
    removal = removed_in_keras_3("keras.backend.sum")
    assert removal is not None and removal.rename == "keras.ops.sum"


def test_a_function_with_another_default_cannot_be_renamed() -> None:
    removal = removed_in_keras_3("keras.backend.argmax")
    assert removal is not None and removal.rename is None and removal.replacement == "`keras.ops.argmax`"


def test_a_method_with_another_contract_is_changed_not_gone() -> None:
    removal = removed_in_keras_3("keras.layers.Layer.add_variable")
    assert removal is not None and removal.effect is Effect.CHANGED


@pytest.mark.parametrize(
    ("callee", "argument", "effect"),
    [
        ("keras.layers.Dense", "batch_input_shape", Effect.RAISES),
        ("keras.layers.Dense", "weights", Effect.RAISES),
        ("keras.layers.Dense", "init", Effect.RAISES),
        ("keras.layers.BatchNormalization", "fused", Effect.RAISES),
        ("keras.layers.Embedding", "input_length", Effect.IGNORED),
        ("keras.layers.LSTM", "implementation", Effect.IGNORED),
        ("keras.optimizers.SGD", "lr", Effect.RAISES),
        ("keras.optimizers.SGD", "decay", Effect.IGNORED),
        ("keras.Sequential.fit", "nb_epoch", Effect.RAISES),
        ("keras.Model.fit", "workers", Effect.RAISES),
        ("keras.Model.compile", "sample_weight_mode", Effect.RAISES),
    ],
)
def test_removed_arguments(callee: str, argument: str, effect: Effect) -> None:
    removal = removed_in_keras_3(callee, argument)
    assert removal is not None and removal.effect is effect and removal.replacement is not None


@pytest.mark.parametrize(
    ("callee", "argument"),
    [
        ("keras.layers.Dense", "input_dim"),
        ("keras.layers.Dense", "never_an_argument"),
        ("keras.layers.Embedding", "weights"),
        ("keras.layers.CategoryEncoding", "weights"),
    ],
)
def test_arguments_that_still_work_or_never_did_are_not_removed(callee: str, argument: str) -> None:
    assert removed_in_keras_3(callee, argument) is None


@pytest.mark.parametrize(
    ("name", "replacement"),
    [
        ("tf.placeholder", "`keras.Input`, or an argument of a `tf.function`"),
        ("tensorflow.get_variable", "`self.add_weight` in a layer, else `tf.Variable`"),
        ("tf.log", "`tf.math.log`"),
        ("tf.layers.dense", "`keras.layers.Dense`"),
        ("tf.layers.Dense", "`keras.layers.Dense`"),
        ("tf.train.AdamOptimizer", "`keras.optimizers.Adam`"),
        ("tf.contrib.slim.nets.vgg", "`keras.layers`"),
        ("tf.app.flags.FLAGS", "a `main` function"),
        ("tf.losses.mean_squared_error", "`keras.losses.MeanSquaredError`"),
        ("tf.estimator.Estimator", "`keras.Model` with `fit`"),
        ("tf.truncated_normal_initializer", "`tf.compat.v1.truncated_normal_initializer` keeps it"),
    ],
)
def test_a_name_tensorflow_2_lacks_has_its_replacement(name: str, replacement: str) -> None:
    removal = removed_in_tf2(name)
    assert removal is not None and removal.replacement == replacement


@pytest.mark.parametrize("name", ["tf.reduce_sum", "tf.train.AdmaOptimizer", "tf.python.x", "tf.compat.v1.placeholder"])
def test_what_tensorflow_2_has_or_nobody_had_is_not_removed(name: str) -> None:
    assert removed_in_tf2(name) is None


def test_an_argument_only_tensorflow_1_takes_is_removed() -> None:
    removal = removed_in_tf2("tf.reduce_sum", "keep_dims")
    assert removal is not None and removal.replacement == "`keepdims=`"


# --- the table itself ------------------------------------------------------------------------------------------------


def phrases() -> list[str]:
    found = [*TABLE["keras"].values(), *TABLE["tensorflow"].values(), *TABLE["tensorflow_arguments"].values()]
    found += [*CHANGES["changed"].values(), *CHANGES["unusable"].values()]
    for texts in TABLE["keras_arguments"].values():
        found += texts.values()
    modules = [*TABLE["keras_modules"].values(), *TABLE["tensorflow_modules"].values(), *CHANGES["raises"].values()]
    return found + [f"`{module}`" for module in modules]


@pytest.mark.parametrize("phrase", sorted(set(phrases())))
def test_every_api_a_phrase_names_exists(phrase: str) -> None:
    quoted = " ".join(re.findall(r"`([^`]*)`", phrase))
    for name in re.findall(r"\b(?:keras|tf)(?:\.\w+)+", quoted):
        assert catalog.find(name) is not None, name


@pytest.mark.parametrize("path", sorted(TABLE["keras"]))
def test_every_keras_entry_is_of_a_removed_name(path: str) -> None:
    removal = removed_in_keras_3(path)
    assert removal is not None and removal.replacement == TABLE["keras"][path]


@pytest.mark.parametrize("path", sorted(TABLE["keras_modules"]))
def test_every_old_module_is_gone(path: str) -> None:
    assert catalog.exists(path) is False


@pytest.mark.parametrize("name", sorted(TABLE["tensorflow"]))
def test_every_tensorflow_entry_is_of_a_removed_name(name: str) -> None:
    removal = removed_in_tf2(name)
    assert removal is not None and removal.replacement == TABLE["tensorflow"][name]


ARGUMENTS = [(callee, argument) for callee, texts in TABLE["keras_arguments"].items() for argument in texts]
ABSTRACT = {"keras.layers.Layer", "keras.optimizers.Optimizer"}


@pytest.mark.parametrize(("callee", "argument"), [pair for pair in ARGUMENTS if pair[0] not in ABSTRACT])
def test_every_argument_entry_is_of_a_removed_argument(callee: str, argument: str) -> None:
    assert removed_in_keras_3(callee, argument) is not None


def classes_below(base: str) -> list[str]:
    def inherits(name: str) -> bool:
        symbol = catalog.find(name)
        wanted = catalog.find(base)
        assert wanted is not None
        return symbol is not None and (symbol.canonical == wanted.canonical or any(map(inherits, symbol.bases)))

    return [name for name in catalog.names("keras") if inherits(name)]


@pytest.mark.parametrize(("callee", "argument"), [pair for pair in ARGUMENTS if pair[0] in ABSTRACT])
def test_every_argument_of_a_base_is_removed_from_some_class_below(callee: str, argument: str) -> None:
    assert any(removed_in_keras_3(name, argument) is not None for name in classes_below(callee))


@pytest.mark.parametrize("argument", sorted(TABLE["tensorflow_arguments"]))
def test_every_tensorflow_argument_is_removed_from_some_function(argument: str) -> None:
    names = {f"tf.{name.removeprefix('tf.compat.v1.')}" for name in catalog.names("tf.compat.v1")}
    assert any(removed_in_tf2(name, argument) is not None for name in names)


def test_an_existing_name_is_answered_without_reading_the_replacements() -> None:
    code = (
        "from kerascheck.catalog import removals as r;"
        "assert r.removed_in_keras_3('keras.layers.Dense') is None;"
        "assert r.removed_in_keras_3('keras.layers.Dense', 'units') is None;"
        "assert r.removed_in_tf2('tf.reduce_sum') is None;"
        "assert r._table.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", CHANGES["unusable"])
def test_every_member_listed_as_unusable_raises(name: str) -> None:
    import keras

    tensor = keras.Input((4,))
    owners = {"keras.KerasTensor": tensor, "keras.KerasTensor.shape": tensor.shape}
    owner, _, member = name.rpartition(".")
    with pytest.raises((AttributeError, NotImplementedError)):
        getattr(owners.get(owner, keras.layers.Layer()), member)()
