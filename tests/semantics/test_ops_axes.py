"""Which axes a call works along."""

from __future__ import annotations

from typing import Any

import pytest

from kerascheck.semantics.api import find_op
from kerascheck.semantics.axes import is_full_reduction, reduced_axes
from kerascheck.shapes import UNKNOWN, TensorSpec
from kerascheck.shapes.dim import batch


def axes(name: str, rank: int, **arguments: Any) -> tuple[int, ...] | None:
    info = find_op(name)
    assert info is not None
    return reduced_axes(info, arguments, rank)


def full(name: str, **arguments: Any) -> bool:
    info = find_op(name)
    assert info is not None
    return is_full_reduction(info, arguments)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("tf.math.reduce_sum", {"axis": 0}, (0,)),
        ("tf.math.reduce_sum", {"axis": -1}, (2,)),
        ("tf.math.reduce_mean", {"axis": [0, -1]}, (0, 2)),
        ("tf.math.reduce_mean", {"axis": None}, (0, 1, 2)),
        ("keras.ops.sum", {"axis": (1,)}, (1,)),
        ("keras.ops.argmax", {"axis": None}, (0, 1, 2)),
        ("tf.math.argmax", {"axis": None}, (0,)),
        ("tf.compat.v1.math.argmax", {"axis": None, "dimension": 1}, (1,)),
        ("tf.compat.v1.math.reduce_sum", {"axis": None, "reduction_indices": [0]}, (0,)),
        ("tf.norm", {"axis": None}, (0, 1, 2)),
        ("tf.math.l2_normalize", {"axis": None}, (0, 1, 2)),
        ("tf.nn.softmax", {"axis": None}, (2,)),
        ("tf.math.cumsum", {"axis": 0}, (0,)),
        ("keras.ops.cumsum", {"axis": None}, (0, 1, 2)),
        ("tf.nn.moments", {"axes": [0]}, (0,)),
        ("tf.math.top_k", {}, (2,)),
        ("tf.random.shuffle", {}, (0,)),
        ("tf.concat", {"axis": -3}, (0,)),
        ("tf.math.zero_fraction", {}, (0, 1, 2)),
        ("tf.math.reduce_sum", {"axis": TensorSpec(content=1)}, (1,)),
    ],
)
def test_axes_are_counted_from_the_front(name: str, given: Any, expected: tuple[int, ...]) -> None:
    assert axes(name, 3, **given) == expected


@pytest.mark.parametrize(
    "given",
    [UNKNOWN, [0, UNKNOWN], TensorSpec(), object(), 3, batch()],
    ids=["unknown", "part unknown", "a tensor", "an object", "3", "B"],
)
def test_an_axis_that_is_not_known_or_not_there_gives_nothing(given: Any) -> None:
    assert axes("tf.math.reduce_sum", 3, axis=given) is None
    assert axes("tf.concat", 3, axis=given) is None


def test_a_function_without_an_axis_has_none() -> None:
    assert axes("keras.ops.add", 3) is None


def test_a_full_reduction_is_one_without_an_axis() -> None:
    assert full("tf.math.reduce_mean", axis=None)
    assert full("keras.ops.argmax", axis=None)
    assert full("tf.math.l2_normalize", axis=None, dim=None)
    assert full("keras.backend.mean", axis=None)


def test_an_axis_or_a_default_axis_is_no_full_reduction() -> None:
    assert not full("tf.math.reduce_mean", axis=0)
    assert not full("tf.math.reduce_mean", axis=UNKNOWN)
    assert not full("tf.math.argmax", axis=None)
    assert not full("tf.nn.softmax", axis=None)
    assert not full("keras.ops.add")
