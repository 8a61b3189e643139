"""What the tables say of masks is what Keras's layers say."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import pytest

from kerascheck.semantics.masking import DROPS, KEEPS

pytestmark = pytest.mark.tensorflow

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "Activation": (abs,),
    "AveragePooling1D": (2,),
    "Bidirectional": ("LSTM",),
    "EinsumDense": ("ab,bc->ac", 3),
    "Permute": ((2, 1),),
    "RNN": ("LSTMCell",),
    "Reshape": ((2,),),
    "TimeDistributed": ("Dense",),
}


@pytest.mark.parametrize(("package", "generation"), [("tf_keras", 2), ("keras", 3)])
def test_the_tables_are_what_the_layers_say(package: str, generation: int) -> None:
    layers = importlib.import_module(f"{package}.layers")
    # A Lambda says that it supports masks, and drops them unless it is given a function for them.
    for name in sorted((KEEPS[generation] | DROPS[generation]) - {"keras.layers.Lambda"}):
        assert _make(layers, name.rpartition(".")[2]).supports_masking is (name in KEEPS[generation]), name


def _make(layers: Any, name: str) -> Any:
    given = tuple(getattr(layers, each)(3) if isinstance(each, str) and each.isalnum() else each
                  for each in ARGUMENTS.get(name, ()))  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for arguments in (given, (2,), (2, 2), (0.5,), (2, 2, 2)):
            try:
                return getattr(layers, name)(*arguments)
            except (TypeError, ValueError):
                continue
    raise AssertionError(f"{name} cannot be made")
