from __future__ import annotations

import pytest

from kerascheck.shapes import UNKNOWN, Shape, ceil_div
from kerascheck.shapes.dim import batch, symbol
from kerascheck.tracer.measure import PAIRS, agrees, axis_names, solve

PAIR = PAIRS[0]
FIRST, SECOND = PAIR


def _solved(names: tuple[str, ...], first: int, second: int) -> str:
    return str(solve(Shape.of(first), Shape.of(second), PAIR, names).texts())


def test_the_two_batch_sizes_share_no_factor() -> None:
    assert (FIRST.size("B"), SECOND.size("B")) == (7, 30)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (5, 5, "[5]"),
        (7, 30, "['B']"),
        (21, 90, "['3*B']"),
        (7 * 64, 30 * 96, "['B*H']"),
        (64 - 2, 96 - 2, "['H - 2']"),
        (1, 2, "['?']"),
    ],
)
def test_a_size_is_what_scales_as_it_does(first: int, second: int, expected: str) -> None:
    assert _solved(("B", "H"), first, second) == expected


def test_a_size_of_the_batch_times_itself_is_seen() -> None:
    assert _solved(("B",), 49, 900) == "['B*B']"


def test_a_symbolic_shape_agrees_where_it_gives_both_measured_sizes() -> None:
    half = Shape.of(batch(), ceil_div(symbol("H"), 2))
    assert agrees(half, Shape.of(7, 32), Shape.of(30, 48), PAIR)
    assert not agrees(half, Shape.of(7, 32), Shape.of(30, 47), PAIR)


def test_an_unknown_size_agrees_with_anything() -> None:
    assert agrees(Shape.of(UNKNOWN), Shape.of(7), Shape.of(9), PAIR)


def test_ranks_that_differ_never_agree() -> None:
    assert not agrees(Shape.of(batch()), Shape.of(7, 1), Shape.of(30, 1), PAIR)


def test_a_fixed_batch_size_is_measured_as_the_batch_except_at_declared_sizes() -> None:
    declared = PAIRS[2][0]
    assert (FIRST.value(batch(32)), declared.value(batch(64))) == (7, 64)


def test_the_first_axis_is_the_batch_and_an_image_has_height_and_width() -> None:
    assert axis_names(4) == ("B", "H", "W", "C")
    assert axis_names(2)[0] == "B"


@pytest.mark.parametrize("stride", [2, 4, 8, 16, 32])
def test_what_strides_make_of_an_image_never_looks_like_the_batch(stride: int) -> None:
    for first, second in ((64, 96), (96, 160)):
        assert "B" not in _solved(("B", "H", "W"), first // stride, second // stride)
