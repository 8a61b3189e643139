"""Symbolic sizes: one normal form, and the arithmetic of the numbers they stand for."""

from __future__ import annotations

import operator
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascheck.shapes import (
    UNKNOWN,
    Dim,
    Expression,
    as_int,
    ceil_div,
    compare,
    depends_on,
    exact_div,
    floor_div,
    product,
    public_size,
    substitute,
    text,
)
from kerascheck.shapes.dim import MAXIMUM_TERMS, batch, bounds, symbol

B, H, W = batch(), symbol("H"), symbol("W")


@pytest.mark.parametrize(
    ("dim", "expected"),
    [
        (H + W, "H + W"),
        (W + H, "H + W"),
        (H + H, "2*H"),
        (2 * H - H, "H"),
        (H - W, "H - W"),
        (-H, "-H"),
        (1 - H, "-H + 1"),
        (H + 1 - 1, "H"),
        (H * W * H, "H*H*W"),
        ((H + 1) * (H - 1), "H*H - 1"),
        (H // 2, "(H//2)"),
        (2 * (H // 2), "2*(H//2)"),
        ((2 * H) // 2, "H"),
        ((2 * H + 1) // 2, "H"),
        ((2 * H + W) // 2, "(W//2) + H"),
        ((H // 2) // 3, "(H//6)"),
        (H // 2 + 1, "((H + 2)//2)"),
        (H % 2, "-2*(H//2) + H"),
        (ceil_div(H, 2), "((H + 1)//2)"),
        (B * H // B, "H"),
        (exact_div(B * H, 4), "(B*H/4)"),
        (exact_div(6 * H, 4), "(3*H/2)"),
        (exact_div(B * H * W, W), "B*H"),
        (7 // H, "(7//H)"),
    ],
)
def test_an_expression_has_one_normal_form(dim: Dim, expected: str) -> None:
    assert text(dim) == expected


@pytest.mark.parametrize(
    ("dim", "expected"),
    [(H - H, 0), (H * 0, 0), (0 * (H // 2), 0), (H // H, 1), ((H + W) // (W + H), 1), (H - H + 3, 3), (H % H, 0)],
)
def test_what_cancels_is_a_plain_number(dim: Dim, expected: int) -> None:
    assert dim == expected
    assert isinstance(dim, int)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (H + W, W + H),
        ((H // 2) // 2, H // 4),
        (H // 2 + 1, (H + 2) // 2),
        (2 * (H // 2) + 2, 2 * ((H + 2) // 2)),
        ((H - 3) // 2 + 1, (H - 1) // 2),
        (ceil_div(H, 2), (H + 1) // 2),
        ((H + W) * 2, 2 * W + 2 * H),
    ],
)
def test_equal_expressions_are_equal_and_print_the_same(left: Dim, right: Dim) -> None:
    assert (left, text(left)) == (right, text(right))


SIZES: dict[str, Expression] = {"B": B, "H": H, "W": W}
OPERATORS: dict[str, Callable[[Dim, Dim], Dim]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
Sample = tuple[Dim, str]
"""An expression, and the same in Python's own arithmetic."""


def _combine(children: st.SearchStrategy[Sample]) -> st.SearchStrategy[Sample]:
    def arithmetic(left: Sample, sign: str, right: Sample) -> Sample:
        return OPERATORS[sign](left[0], right[0]), f"({left[1]} {sign} {right[1]})"

    def division(left: Sample, number: int, kind: str) -> Sample:
        match kind:
            case "floor":
                return floor_div(left[0], number), f"({left[1]} // {number})"
            case "ceil":
                return ceil_div(left[0], number), f"(-(-{left[1]} // {number}))"
            case _:
                return left[0] % number, f"({left[1]} % {number})"

    divisions = st.builds(division, children, st.integers(1, 6), st.sampled_from(["floor", "ceil", "modulo"]))
    return st.builds(arithmetic, children, st.sampled_from(sorted(OPERATORS)), children) | divisions


ATOMS: st.SearchStrategy[Sample] = st.sampled_from(sorted(SIZES)).map(lambda name: (SIZES[name], name)) | st.integers(
    -4, 9
).map(lambda number: (number, f"({number})"))
SAMPLES = st.recursive(ATOMS, _combine, max_leaves=8)
NUMBERS = st.fixed_dictionaries(dict.fromkeys(SIZES, st.integers(1, 60)))


@settings(deadline=None)
@given(SAMPLES, NUMBERS)
def test_an_expression_at_given_sizes_is_what_python_computes(sample: Sample, numbers: dict[str, int]) -> None:
    dim, written = sample
    if dim is not UNKNOWN:
        assert substitute(dim, numbers) == eval(written, {}, dict(numbers))


@settings(deadline=None)
@given(SAMPLES, NUMBERS)
def test_the_text_of_an_expression_is_python_for_it(sample: Sample, numbers: dict[str, int]) -> None:
    dim, written = sample
    if dim is not UNKNOWN:
        assert eval(text(dim), {}, dict(numbers)) == eval(written, {}, dict(numbers))


@settings(deadline=None)
@given(SAMPLES, NUMBERS)
def test_the_bounds_of_an_expression_hold(sample: Sample, numbers: dict[str, int]) -> None:
    dim, written = sample
    low, high = bounds(dim)
    value = eval(written, {}, dict(numbers))
    assert low is None or low <= value
    assert high is None or value <= high


@settings(deadline=None)
@given(SAMPLES, SAMPLES, NUMBERS)
def test_a_decided_comparison_holds_at_every_size(left: Sample, right: Sample, numbers: dict[str, int]) -> None:
    same = eval(left[1], {}, dict(numbers)) == eval(right[1], {}, dict(numbers))
    assert compare(left[0], right[0]) in (None, same)


@settings(deadline=None)
@given(st.sampled_from(sorted(SIZES)), st.integers(1, 12), st.integers(1, 12), NUMBERS)
def test_an_exact_quotient_times_its_divisor_is_the_dividend(
    name: str, factor: int, divisor: int, numbers: dict[str, int]
) -> None:
    quotient = exact_div(SIZES[name] * factor * divisor, divisor)
    assert substitute(quotient, numbers) == numbers[name] * factor


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (3, 3, True),
        (3, 4, False),
        (H, H, True),
        (H, W, None),
        (H, H + 1, False),
        (2 * (H // 2), H, None),
        (H, 0, False),
        (H, 1, None),
        (H + 2, 2, False),
        (H // 2, -1, False),
        (H * W, H * W + 3, False),
        (batch(32), 32, True),
        (batch(32), 16, False),
        (UNKNOWN, 3, None),
        (UNKNOWN, UNKNOWN, None),
        (H, UNKNOWN, None),
    ],
)
def test_sizes_are_compared_for_every_size_of_at_least_one(left: Dim, right: Dim, expected: bool | None) -> None:
    assert compare(left, right) is expected
    assert compare(right, left) is expected


@pytest.mark.parametrize(
    ("dim", "expected"),
    [
        (5, (5, 5)),
        (H, (1, None)),
        (H + 2, (3, None)),
        (3 - H, (None, 2)),
        (H // 2, (0, None)),
        ((H + 1) // 2, (1, None)),
        (H * W, (1, None)),
        (H - W, (None, None)),
        (batch(8), (8, 8)),
        (UNKNOWN, (None, None)),
    ],
)
def test_bounds(dim: Dim, expected: tuple[int | None, int | None]) -> None:
    assert bounds(dim) == expected


@pytest.mark.parametrize("compute", [
    lambda: UNKNOWN + 1, lambda: 1 - UNKNOWN, lambda: UNKNOWN * H, lambda: H * UNKNOWN, lambda: H // UNKNOWN,
    lambda: UNKNOWN // 2, lambda: -UNKNOWN, lambda: H % UNKNOWN, lambda: product([2, UNKNOWN]),
    lambda: floor_div(H, 0), lambda: floor_div(4, 0), lambda: exact_div(4, 0), lambda: exact_div(5, 2),
    lambda: ceil_div(UNKNOWN, 2),
])  # fmt: skip
def test_nothing_follows_from_unknown_or_an_impossible_division(compute: Callable[[], Dim]) -> None:
    assert compute() is UNKNOWN


def test_an_expression_of_too_many_terms_is_unknown() -> None:
    total: Dim = 0
    for number in range(MAXIMUM_TERMS):
        total = total + symbol(f"s{number:03d}")
    assert isinstance(total, Expression)
    assert total + symbol("one_more") is UNKNOWN


def test_substituting_another_expression_keeps_the_normal_form() -> None:
    assert substitute(2 * (H // 2) + W, {"H": 4 * W}) == 5 * W


def test_a_symbol_of_a_known_value_prints_as_its_number_to_keras() -> None:
    dim = batch(32) * 2
    assert (text(dim), public_size(dim), as_int(dim), depends_on(dim)) == ("2*B", 64, 64, True)


@pytest.mark.parametrize(
    ("dim", "expected"), [(B, True), (H, False), (B * H // 3, True), (7, False), (UNKNOWN, False), (B - B, False)]
)
def test_a_size_depends_on_the_batch_where_it_contains_it(dim: Dim, expected: bool) -> None:
    assert depends_on(dim) is expected


def test_the_product_of_nothing_is_one() -> None:
    assert product([]) == 1
