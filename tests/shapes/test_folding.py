from __future__ import annotations

import pytest

from kerascheck.shapes import UNKNOWN, Dim, Shape, exact_div
from kerascheck.shapes.dim import batch, symbol
from kerascheck.shapes.folding import folded_axis, is_folded, regroups_samples, rows_per_sample

B, H, W, T, U = batch(), symbol("H"), symbol("W"), symbol("T"), symbol("U")


@pytest.mark.parametrize(
    ("dim", "rows"),
    [
        (B, (1, 1)),
        (4 * B, (4, 1)),
        (B * T, (T, 1)),
        (exact_div(4 * B, 8), (1, 2)),
        (exact_div(B * H * U, 2 * U), (H, 2)),
        (B * (T + 1), (T + 1, 1)),
        (batch(32) * 4, (4, 1)),
    ],
)
def test_rows_per_sample_are_a_fraction(dim: Dim, rows: tuple[Dim, Dim]) -> None:
    found = rows_per_sample(dim)
    assert found is not None
    assert found[0] * rows[1] == rows[0] * found[1]


@pytest.mark.parametrize("dim", [B + 1, 32, UNKNOWN, T])
def test_what_is_no_multiple_of_the_batch_has_no_rows_per_sample(dim: Dim) -> None:
    assert rows_per_sample(dim) is None


@pytest.mark.parametrize(
    "dim",
    [
        4 * B,
        exact_div(4 * B, 8),
        B * T,
        2 * B * T,
        B * (T + 1),
        exact_div(B * H * W * T, 2),
        exact_div(3 * B * T, 2),
        exact_div(B * H * W, 7),
    ],
)
def test_a_size_that_is_the_batch_only_with_an_axis_of_one_is_folded(dim: Dim) -> None:
    assert is_folded(dim)


@pytest.mark.parametrize(
    "dim",
    [B, exact_div(B * H * W, 49), exact_div(B * T, 10), exact_div(B * H * W, 5 * U), B + 1, 32, UNKNOWN, batch(32)],
)
def test_a_size_that_may_come_out_as_the_batch_is_not_folded(dim: Dim) -> None:
    assert not is_folded(dim)


def test_a_single_free_size_may_be_the_axis_that_is_dropped() -> None:
    assert is_folded(B * T)
    assert not is_folded(B * T, least_free=2)


def test_the_common_flatten_of_a_map_of_unknown_size_is_no_fold() -> None:
    before = Shape.of(B, H, W, 64)
    after = Shape.of(exact_div(B * H * W * 64, 7 * 7 * 64), 7 * 7 * 64)
    assert folded_axis(before, after, alone=False) is None
    assert folded_axis(before, after, alone=True) is None


def test_a_reshape_that_leaves_the_batch_to_a_leftover_is_a_fold() -> None:
    units = symbol("units")
    before = Shape.of(B, H, W, units, T)
    after = Shape.of(exact_div(B * H * W * units * T, 2 * units), 1, 2 * units)
    assert folded_axis(before, after, alone=True) == 0


def test_cutting_windows_in_a_layer_alone_is_left_to_its_caller() -> None:
    before, after = Shape.of(B, H, W, 7, 7, 96), Shape.of(B * H * W, 7, 7, 96)
    assert folded_axis(before, after, alone=True) is None
    assert folded_axis(before, after, alone=False) == 0


def test_flattening_several_free_axes_is_a_fold_even_in_a_layer_alone() -> None:
    assert folded_axis(Shape.of(B, H, W), Shape.of(B * H * W), alone=True) == 0


def test_a_reshape_that_keeps_the_batch_folds_nothing() -> None:
    assert folded_axis(Shape.of(B, 4, 6), Shape.of(B, 24), alone=False) is None


def test_a_shape_of_unknown_rank_folds_nothing() -> None:
    assert folded_axis(Shape(None), Shape.of(4 * B), alone=False) is None


def test_what_was_folded_before_is_not_folded_here() -> None:
    assert folded_axis(Shape.of(4 * B, 6), Shape.of(24 * B), alone=False) is None


def test_a_reshape_that_moves_the_batch_cuts_samples_up() -> None:
    assert regroups_samples(Shape.of(B, 4), Shape.of(4, B))


@pytest.mark.parametrize("after", [Shape.of(1, B, 4), Shape.of(B, 2, 2), Shape.of(4 * B), Shape(None)])
def test_a_reshape_that_leaves_the_batch_in_front_cuts_nothing_up(after: Shape) -> None:
    assert not regroups_samples(Shape.of(B, 4), after)
