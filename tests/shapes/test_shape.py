"""Shapes, and how two of them meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, broadcast, unify
from kerascheck.shapes.dim import batch, symbol

B, H = batch(), symbol("H")
ANY = Shape(None)


@pytest.mark.parametrize(
    ("shape", "rank", "size", "shown", "public", "texts"),
    [
        (Shape.of(2, 3), 2, 6, "(2, 3)", [2, 3], [2, 3]),
        (Shape.of(), 0, 1, "()", [], []),
        (Shape.of(B, H, 3), 3, 3 * B * H, "(None, None, 3)", [None, None, 3], ["B", "H", 3]),
        (Shape.of(B, UNKNOWN), 2, UNKNOWN, "(None, None)", [None, None], ["B", "?"]),
        (Shape.of(batch(8), 3), 2, 3 * batch(8), "(8, 3)", [8, 3], ["B", 3]),
        (ANY, None, UNKNOWN, "?", None, None),
    ],
)
def test_a_shape_is_shown_as_keras_shows_it(
    shape: Shape,
    rank: int | None,
    size: Dim,
    shown: str,
    public: list[int | None] | None,
    texts: list[str | int] | None,
) -> None:
    assert (shape.rank, shape.size, str(shape), shape.public(), shape.texts()) == (rank, size, shown, public, texts)


def test_an_axis_is_replaced_from_either_end() -> None:
    assert (Shape.of(B, 4, 5).replace(-1, 7), Shape.of(B, 4, 5).replace(1, H)) == (Shape.of(B, 4, 7), Shape.of(B, H, 5))
    assert ANY.replace(0, 3) == ANY


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Shape.of(B, 4), Shape.of(B, 4), Shape.of(B, 4)),
        (Shape.of(B, 4), Shape.of(B, 5), Shape.of(B, UNKNOWN)),
        (Shape.of(B, H), Shape.of(B, 5), Shape.of(B, UNKNOWN)),
        (Shape.of(B, 4), Shape.of(B, 4, 4), ANY),
        (Shape.of(B, 4), ANY, ANY),
        (Shape.of(B, UNKNOWN), Shape.of(B, 4), Shape.of(B, UNKNOWN)),
    ],
)
def test_two_shapes_are_unified_to_what_both_say(left: Shape, right: Shape, expected: Shape) -> None:
    assert unify([left, right]) == expected
    assert unify([right, left]) == expected


def test_one_shape_is_itself_and_none_is_unknown() -> None:
    assert (unify([Shape.of(B, 4)]), unify([])) == (Shape.of(B, 4), ANY)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Shape.of(B, 4), Shape.of(B, 4), Shape.of(B, 4)),
        (Shape.of(B, 4), Shape.of(4), Shape.of(B, 4)),
        (Shape.of(B, 4), Shape.of(1), Shape.of(B, 4)),
        (Shape.of(B, 1, 5), Shape.of(B, 3, 1), Shape.of(B, 3, 5)),
        (Shape.of(B, 4), Shape.of(), Shape.of(B, 4)),
        (Shape.of(B, 4), Shape.of(B, 5), None),
        (Shape.of(B, 4), Shape.of(3), None),
        (Shape.of(B, H), Shape.of(B, 5), Shape.of(B, 5)),
        (Shape.of(B, H), Shape.of(B, 1), Shape.of(B, H)),
        (Shape.of(B, H), Shape.of(B, symbol("W")), Shape.of(B, UNKNOWN)),
        (Shape.of(B, UNKNOWN), Shape.of(B, 5), Shape.of(B, 5)),
        (Shape.of(B, UNKNOWN), Shape.of(B, 1), Shape.of(B, UNKNOWN)),
        (Shape.of(batch(8), 4), Shape.of(batch(8), 1), Shape.of(batch(8), 4)),
        (Shape.of(batch(8), 4), Shape.of(9, 4), None),
        (ANY, Shape.of(B, 4), ANY),
    ],
)
def test_two_shapes_broadcast(left: Shape, right: Shape, expected: Shape | None) -> None:
    assert broadcast(left, right) == expected


def test_either_order_broadcasts_alike() -> None:
    assert broadcast(Shape.of(4), Shape.of(B, H, 1)) == broadcast(Shape.of(B, H, 1), Shape.of(4)) == Shape.of(B, H, 4)


SHAPES = st.lists(st.integers(1, 3), max_size=4).map(tuple)


@settings(deadline=None)
@given(SHAPES, SHAPES)
def test_known_shapes_broadcast_as_numpy_broadcasts_them(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    try:
        expected: Shape | None = Shape(np.broadcast_shapes(left, right))
    except ValueError:
        expected = None
    assert broadcast(Shape(left), Shape(right)) == expected


def test_another_shape_drops_the_content_of_a_tensor() -> None:
    spec = TensorSpec(Shape.of(2), "int32", (3, 4), keras_tensor=True)
    assert spec.with_shape(Shape.of(1)) == TensorSpec(Shape.of(1), "int32", None, keras_tensor=True)
