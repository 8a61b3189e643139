"""Which versions have a symbol or a parameter, and what is not known of the versions between."""

from __future__ import annotations

import pytest

from kerascheck import catalog
from kerascheck.catalog.history import Availability, availability, available, versions_seen
from kerascheck.project.bounds import release


def test_several_versions_of_each_package_were_looked_at() -> None:
    for namespace in ("keras", "tf_keras", "tf", "tf.compat.v1"):
        seen = versions_seen(namespace)
        assert len(seen) >= 4
        assert sorted(seen, key=release) == list(seen)


def test_the_newest_version_is_that_of_the_catalogue() -> None:
    newest = catalog.versions()
    assert [versions_seen(space)[-1] for space in ("keras", "tf_keras", "tf")] == [
        newest["keras"],
        newest["tf_keras"],
        newest["tensorflow"],
    ]


def test_a_symbol_that_all_versions_have_has_no_ends() -> None:
    assert availability("keras.layers.Dropout") == Availability()


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("keras.layers.Dense", "3.0.5", True),
        ("keras.layers.Dense", "3.99", True),
        ("keras.layers.Dense", "2.15", None),
        ("keras.Quantizer", "3.0.5", False),
        ("keras.Quantizer", "3.1.0", None),
        ("keras.Quantizer", "3.3.3", True),
        ("keras.layers.Dance", "3.6.0", False),
        ("keras.activations.celu", "3.6.0", False),
        ("keras.activations.celu", "3.7.0", None),
        ("keras.activations.celu", "3.9.2", True),
    ],
)
def test_a_version_has_a_symbol_has_it_not_or_was_not_looked_at(name: str, version: str, expected: bool | None) -> None:
    assert available(name, version) is expected


def test_a_parameter_has_a_history_of_its_own() -> None:
    assert available("keras.Model.save", "3.3.3", "zipped") is None, "it takes **kwargs there"
    assert available("keras.Model.save", "3.6.0", "zipped") is True
    assert available("keras.layers.Layer.quantize", "3.6.0", "config") is False
    assert available("keras.layers.Layer.quantize", "3.12.0", "config") is True


def test_a_member_is_no_older_than_its_class() -> None:
    quantizer = availability("keras.Quantizer")
    inherited = availability("keras.quantizers.AbsMaxQuantizer.from_config")
    assert quantizer is not None and inherited is not None
    assert quantizer.since == inherited.since == "3.3.3"


def test_an_alias_has_the_history_of_its_symbol() -> None:
    assert availability("keras.ops.numpy.argpartition") == availability("keras.ops.argpartition")


def test_nothing_is_known_of_another_name() -> None:
    assert availability("torch.nn.Linear") is None
    assert available("torch.nn.Linear", "3.6.0") is None
