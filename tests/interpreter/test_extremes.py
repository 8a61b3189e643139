"""The ends of integer arrays: known while nothing writes into the array."""

from __future__ import annotations

import pytest

from kerascheck import check_source

PROGRAM = """
import numpy as np
import keras
from keras import layers

{making}
inputs = keras.Input(shape=(2,), dtype="int32")
model = keras.Model(inputs, layers.Embedding(5, 3)(inputs))
model(ids)
"""


def _is_found(making: str) -> bool:
    return "KC124" in [finding.code for finding in check_source(PROGRAM.format(making=making))]


@pytest.mark.parametrize(
    "making",
    [
        "ids = np.array([[1, 5]])",
        "ids = np.array([[0, 2], [3, 4]]) + 1",
        "ids = np.arange(6).reshape((3, 2))",
        "ids = np.arange(2, 10, 2).reshape((2, 2)).astype('int32')",
        "ids = np.array([[-1, 0]])",
        "ids = np.random.randint(0, 50, size=(200, 2))",
        "ids = np.random.default_rng(1).integers(6, size=(500, 2))",
    ],
)
def test_an_end_beyond_the_table_is_found(making: str) -> None:
    assert _is_found(making)


@pytest.mark.parametrize(
    "making",
    [
        "ids = np.array([[1, 4]])",
        "ids = np.array([[1, 5]])\nids[ids > 4] = 0",
        "ids = np.array([[1, 5]])\nother = ids\nother[0, 1] = 4",
        "ids = np.array([[1, 5]])\nids -= 1",
        "ids = np.array([[1, 5]])\nnp.clip(ids, 0, 4, out=ids)",
        "ids = np.array([[1, 5]])\nids.fill(2)",
        "ids = np.array([[1, 5]]) % 5",
        "ids = np.array([[1, 5]])[:, :1].repeat(2, axis=1)",
        "import helper\nids = np.array([[1, 5]])\nhelper.shift(ids)",
        "ids = np.array([[1, 5]])\nif helper:\n    ids = np.array([[1, 2]])",
        "ids = np.random.randint(0, 6, size=(1, 2))",
        "ids = np.random.randint(0, 5, size=(500, 2))",
    ],
)
def test_what_may_have_been_changed_is_not(making: str) -> None:
    assert not _is_found(making)
