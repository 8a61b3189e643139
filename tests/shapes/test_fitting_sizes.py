from __future__ import annotations

import pytest

from kerascheck.shapes import UNKNOWN, Dim, substitute
from kerascheck.shapes.dim import symbol
from kerascheck.shapes.fitting_sizes import FittingSizes, fitting_sizes

H, W = symbol("H"), symbol("W")


@pytest.mark.parametrize(
    ("left", "right", "progression"),
    [
        (2 * (H // 2), H, (2, 0)),
        (16 * (H // 16), H, (16, 0)),
        (2 * ((H + 1) // 2), H, (2, 0)),
        (2 * ((H - 1) // 2) + 1, H, (2, 1)),
        (2 * (H // 4), H // 2, (4, 0)),
        (6 * (H // 6), 2 * (H // 2), (6, 0)),
    ],
    ids=str,
)
def test_the_sizes_that_fit_are_told_by_the_least_number(left: Dim, right: Dim, progression: tuple[int, int]) -> None:
    found = fitting_sizes(left, right)
    assert found is not None and found.progression == progression


@pytest.mark.parametrize("size", range(40, 64))
def test_a_size_fits_exactly_where_its_rest_is_listed(size: int) -> None:
    left, right = 2 * (H // 4), H // 2
    found = fitting_sizes(left, right)
    assert found is not None
    assert (size % found.modulus in found.residues) is (substitute(left, {"H": size}) == substitute(right, {"H": size}))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (H, H),
        (H, H + 1),
        (H, 2 * H),
        (2 * (H // 2), W),
        (UNKNOWN, H),
        (32, 64),
        (H * H, 4 * (H // 2) * (H // 2)),
        (8192 * (H // 8192), H),
    ],
    ids=str,
)
def test_nothing_is_told_where_all_or_no_sizes_fit_or_that_is_not_decided(left: Dim, right: Dim) -> None:
    assert fitting_sizes(left, right) is None


def test_two_demands_together_leave_what_both_allow() -> None:
    first, second = FittingSizes("H", 4, frozenset({0, 1})), FittingSizes("H", 6, frozenset({0, 3}))
    both = first.both(second)
    assert both == FittingSizes("H", 12, frozenset({0, 9}))


def test_demands_that_no_size_meets_are_not_joined() -> None:
    assert FittingSizes("H", 2, frozenset({0})).both(FittingSizes("H", 2, frozenset({1}))) is None
