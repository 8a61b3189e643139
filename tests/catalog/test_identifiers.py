"""The strings that Keras takes, held against its own ``get``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kerascheck.catalog.identifiers import identifiers, is_taken, kind_of

TOOL = Path(__file__).resolve().parent.parent.parent / "tools" / "make_identifiers.py"


@pytest.mark.tensorflow
@pytest.mark.parametrize(("package", "generation"), [("keras", 3), ("tf_keras", 2)])
def test_what_is_listed_is_what_keras_takes(package: str, generation: int) -> None:
    output = subprocess.run([sys.executable, str(TOOL), package], capture_output=True, text=True, check=True).stdout
    found = json.loads(output.splitlines()[-1])
    for kind in ("activation", "initializer", "constraint", "metric", "optimizer"):
        assert set(found[f"{kind}s"]) == identifiers(kind, generation)


@pytest.mark.parametrize(
    ("kind", "written", "taken"),
    [
        ("activation", "relu", True),
        ("activation", "Relu", False),
        ("activation", "my_package>relu", True),
        ("optimizer", "ADAM", True),
        ("optimizer", "adamm", False),
        ("loss", "mse", True),
        ("loss", "categorical_cross_entropy", False),
    ],
)
def test_what_is_taken(kind: str, written: str, taken: bool) -> None:
    assert is_taken(kind, written, 3) is taken


def test_what_a_parameter_takes_is_in_its_name() -> None:
    assert kind_of("kernel_initializer") == "initializer"
    assert kind_of("recurrent_activation") == "activation"
    assert kind_of("units") is None
