"""What the catalogue says of a name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kerascheck import catalog
from kerascheck.catalog import OPAQUE, REQUIRED, Parameter, ParameterKind, SymbolKind

POSITIONAL = ParameterKind.POSITIONAL


def parameter(name: str, parameter: str) -> Parameter:
    symbol = catalog.find(name)
    assert symbol is not None and symbol.parameters is not None
    return next(p for p in symbol.parameters if p.name == parameter)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("tf.reduce_sum", "tf.math.reduce_sum"),
        ("tensorflow.reduce_sum", "tf.math.reduce_sum"),
        ("tf.compat.v2.reduce_sum", "tf.math.reduce_sum"),
        ("tf.compat.v1.log", "tf.math.log"),
        ("tf.compat.v1.raw_ops.Abs", "tf.raw_ops.Abs"),
        ("tf.compat.v1.placeholder", "tf.compat.v1.placeholder"),
        ("tf.keras.layers.Dense", "keras.layers.Dense"),
        ("tf.losses.MeanSquaredError", "keras.losses.MeanSquaredError"),
        ("tf.keras.backend.sum", "tf.keras.backend.sum"),
        ("keras.layers.Convolution2D", "keras.layers.Conv2D"),
        ("keras.models.Model", "keras.Model"),
        ("keras.layers.Input", "keras.Input"),
        ("keras.ops.numpy.sum", "keras.ops.sum"),
        ("tf_keras.models.Sequential", "tf_keras.Sequential"),
    ],
)
def test_an_alias_resolves_to_one_canonical_name(name: str, canonical: str) -> None:
    symbol = catalog.find(name)
    assert symbol is not None and symbol.canonical == canonical


@pytest.mark.parametrize("name", ["keras.layers.Densee", "keras.backend.sum", "tf.placeholder", "numpy.sum", "keras."])
def test_a_name_that_does_not_exist_is_not_found(name: str) -> None:
    assert catalog.find(name) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("keras.layers.Dense", SymbolKind.CLASS),
        ("keras.ops.sum", SymbolKind.FUNCTION),
        ("keras.layers", SymbolKind.MODULE),
        ("tf.float32", SymbolKind.CONSTANT),
        ("keras.Model.fit", SymbolKind.METHOD),
        ("keras.Model.weights", SymbolKind.PROPERTY),
        ("keras.layers.Dense.units", SymbolKind.ATTRIBUTE),
    ],
)
def test_kinds(name: str, kind: SymbolKind) -> None:
    symbol = catalog.find(name)
    assert symbol is not None and symbol.kind is kind


def test_a_required_parameter_has_no_default() -> None:
    assert parameter("keras.layers.Dense", "units") == Parameter("units", POSITIONAL, REQUIRED)


def test_a_literal_default_is_kept() -> None:
    assert parameter("keras.layers.Conv2D", "strides") == Parameter("strides", POSITIONAL, (1, 1))


def test_a_default_dtype_is_its_name() -> None:
    assert parameter("tf.zeros", "dtype") == Parameter("dtype", POSITIONAL, "float32")


def test_another_default_is_opaque() -> None:
    assert parameter("tf.Variable", "aggregation").default is OPAQUE


def test_keyword_only_parameters_are_told_apart() -> None:
    assert parameter("keras.Layer", "name").kind is ParameterKind.KEYWORD_ONLY


def test_a_layers_call_parameters() -> None:
    symbol = catalog.find("keras.layers.Dropout")
    assert symbol is not None and symbol.call_parameters is not None
    assert [p.name for p in symbol.call_parameters] == ["inputs", "training"]


def test_a_layer_inherits_call() -> None:
    symbol = catalog.find("keras.layers.Concatenate")
    assert symbol is not None and symbol.call_parameters is not None
    assert [p.name for p in symbol.call_parameters] == ["inputs"]


def test_nearest_public_bases() -> None:
    symbol = catalog.find("keras.layers.LSTM")
    assert symbol is not None and symbol.bases == ("keras.layers.RNN",)


def test_members_include_inherited_and_instance_ones() -> None:
    assert {"units", "kernel", "add_weight", "call", "weights"} <= catalog.members("keras.layers.Dense")


def test_a_model_has_what_functional_models_and_callbacks_give_it() -> None:
    assert {"inputs", "outputs", "history", "stop_training"} <= catalog.members("keras.Model")


def test_an_inherited_member_is_found_where_it_is_defined() -> None:
    symbol = catalog.find("keras.layers.Dense.add_weight")
    assert symbol is not None and symbol.canonical == "keras.Layer.add_weight"


def test_members_of_a_function_are_none() -> None:
    assert catalog.members("keras.ops.sum") == frozenset()


@pytest.mark.parametrize(
    ("name", "argument", "expected"),
    [
        ("keras.layers.Dense", "units", True),
        ("keras.layers.Dense", "input_shape", True),
        ("keras.layers.Dense", "batch_input_shape", False),
        ("tf_keras.layers.Dense", "batch_input_shape", True),
        ("keras.ops.sum", "keep_dims", False),
        ("keras.layers.CategoryEncoding", "anything", None),
        ("tf.float32", "anything", None),
    ],
)
def test_whether_a_callable_takes_an_argument(name: str, argument: str, expected: bool | None) -> None:
    symbol = catalog.find(name)
    assert symbol is not None and symbol.accepts(argument) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tf.reduce_sum", True),
        ("tf.train.AdmaOptimizer", False),
        ("keras.layers.Dense.add_update", False),
        ("tf.python.ops.math_ops", None),
        ("tf.keras.losses.mean_squared_error", False),
        ("numpy.sum", None),
        ("keras.layers._private", None),
        ("keras.layers.Dense.units.anything", None),
    ],
)
def test_existence_is_certain_or_none(name: str, expected: bool | None) -> None:
    assert catalog.exists(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("keras.layers.Conv2d", "keras.layers.Conv2D"),
        ("tf.keras.layers.Dens", "tf.keras.layers.Dense"),
        ("tf.reduce_summ", "tf.reduce_sum"),
        ("keras.Model.fitt", "keras.Model.fit"),
        ("keras.layers.Xyzzy", None),
        ("nowhere.at_all", None),
    ],
)
def test_the_nearest_name(name: str, expected: str | None) -> None:
    assert catalog.nearest(name) == expected


def test_versions_name_every_package_and_python() -> None:
    assert sorted(catalog.versions()) == ["keras", "python", "tensorflow", "tf_keras"]


def test_legacy_layers_are_marked_as_needing_tf_keras() -> None:
    symbol = catalog.find("tf.compat.v1.layers.dense")
    assert symbol is not None and symbol.needs_tf_keras


def test_importing_reads_no_data_and_nothing_heavy() -> None:
    code = (
        "import sys, kerascheck.catalog as c; from kerascheck.catalog import symbols;"
        "assert symbols._text.cache_info().currsize == 0;"
        "assert not {'tensorflow', 'keras', 'tf_keras', 'numpy', 'tomllib', 'difflib'} & set(sys.modules);"
        "c.find('keras.layers.Dense'); assert symbols._text.cache_info().currsize == 1"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_refuses_keras_tensors_is_known_of_the_old_backend() -> None:
    def refuses(name: str) -> bool:
        found = catalog.find(f"tf.keras.backend.{name}")
        assert found is not None
        return found.refuses_keras_tensors

    assert all(map(refuses, ("mean", "square", "shape", "concatenate", "reshape", "dot")))
    assert not any(map(refuses, ("int_shape", "get_value", "to_dense", "batch_normalization")))
