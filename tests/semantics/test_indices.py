from __future__ import annotations

from typing import Any

import pytest

from kerascheck.semantics.indices import Kept, kept_of_axis
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec
from kerascheck.shapes.dim import batch

B = batch()


def spec(*dims: Dim, dtype: str = "float32", content: Any = None) -> TensorSpec:
    return TensorSpec(Shape(dims), dtype, content)


def by_key(key: Any, *dims: Dim, axis: int = 0) -> Kept | None:
    return kept_of_axis("keras.ops.get_item", {"key": key}, spec(*dims), axis)


@pytest.mark.parametrize("key", [0, -1, (0, slice(None)), (0, Ellipsis), (None, 0)])
def test_a_number_keeps_one_element(key: Any) -> None:
    assert by_key(key, B, 4) is Kept.ONE


@pytest.mark.parametrize("key", [slice(1, None), slice(None, -1), slice(0, 2), (slice(None, 2), 0), [0, 1]])
def test_a_slice_with_fixed_bounds_keeps_some(key: Any) -> None:
    assert by_key(key, B, 4) is Kept.SOME


@pytest.mark.parametrize(
    "key",
    [slice(None), slice(0, None), (slice(None), 0), (Ellipsis, 0), slice(None, B), slice(None, UNKNOWN),
     slice(None, None, 2), (None, slice(None), 0), UNKNOWN],
)  # fmt: skip
def test_what_keeps_all_or_is_not_known_is_none(key: Any) -> None:
    assert by_key(key, B, 4) is None


def test_a_step_of_minus_one_reverses() -> None:
    assert by_key(slice(None, None, -1), B, 4) is Kept.REVERSED


def test_a_slice_as_long_as_a_fixed_batch_keeps_all_of_it() -> None:
    assert by_key(slice(0, 32), batch(32), 4) is None


def test_an_ellipsis_stands_for_the_axes_before_the_last() -> None:
    assert by_key((Ellipsis, 0), 4, 5, B, axis=2) is Kept.ONE


def test_a_mask_of_one_axis_keeps_what_it_holds_for() -> None:
    assert by_key(spec(B, dtype="bool"), B, 4) is Kept.MASKED
    assert by_key(spec(B, 4, dtype="bool"), B, 4) is None


def test_a_block_of_fixed_length_keeps_some() -> None:
    assert kept_of_axis("tf.slice", {"begin": [0, 0], "size": [2, -1]}, spec(B, 4), 0) is Kept.SOME


def test_a_block_to_the_end_keeps_all() -> None:
    assert kept_of_axis("tf.slice", {"begin": [0, 1], "size": [-1, 2]}, spec(B, 4), 0) is None


def test_fixed_indices_keep_some() -> None:
    assert kept_of_axis("keras.ops.take", {"indices": [0, 1], "axis": 0}, spec(B, 4), 0) is Kept.SOME
    assert kept_of_axis("tf.gather", {"indices": 0, "axis": None, "batch_dims": 0}, spec(B, 4), 0) is Kept.ONE


@pytest.mark.parametrize(
    "arguments",
    [
        {"indices": [0, 1], "axis": 1},
        {"indices": [0, 1], "axis": -1},
        {"indices": [0, 1], "axis": 1, "batch_dims": 1},
        {"indices": TensorSpec(Shape((B,)), "int32"), "axis": 0},
    ],
)
def test_indices_of_another_axis_or_computed_ones_say_nothing(arguments: dict[str, Any]) -> None:
    assert kept_of_axis("tf.gather", arguments, spec(B, 4), 0) is None
