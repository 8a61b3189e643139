"""Records are made, compared, hashed, copied and kept as any frozen dataclass."""

from __future__ import annotations

import pickle
from dataclasses import field, replace

import pytest

from kerascheck.records import immutable


@immutable()
class Point:
    """Has a field of each kind."""

    x: int
    y: int = 2
    names: list[str] = field(default_factory=list)


@immutable(order=True)
class Pair:
    """Is ordered."""

    left: int
    right: int


@immutable(eq=False)
class Token:
    """Is compared by identity."""

    x: int


def test_arguments_and_defaults_are_as_python_has_them() -> None:
    assert Point(1) == Point(x=1, y=2, names=[])
    assert Point(1, names=["a"]) != Point(1)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]


def test_each_has_its_own_list() -> None:
    first, second = Point(1), Point(1)
    first.names.append("a")
    assert second.names == []


def test_they_are_copied_and_pickled() -> None:
    point = Point(1, names=["a"])
    assert replace(point, y=3) == Point(1, 3, ["a"])
    assert pickle.loads(pickle.dumps(point)) == point
    assert repr(point) == "Point(x=1, y=2, names=['a'])"


def test_equal_ones_hash_alike() -> None:
    assert len({Pair(1, 2), Pair(1, 2), Pair(2, 1)}) == 2


def test_they_are_ordered_where_asked_for() -> None:
    assert sorted([Pair(2, 1), Pair(1, 3)]) == [Pair(1, 3), Pair(2, 1)]


def test_without_comparison_each_is_itself() -> None:
    assert Token(1) != Token(1)


@immutable()
class Named:
    """Says itself how it is compared and shown."""

    name: str
    note: str = field(default="", compare=False, repr=False)

    def __repr__(self) -> str:
        return self.name


@immutable()
class Shown:
    """Leaves a field out."""

    name: str
    note: str = field(default="", compare=False, repr=False)


@immutable()
class Nothing:
    """Has no fields."""


def test_a_field_may_be_left_out_of_comparison_and_text() -> None:
    assert Shown("a", "b") == Shown("a", "c")
    assert hash(Shown("a", "b")) == hash(Shown("a", "c"))
    assert repr(Shown("a", "b")) == "Shown(name='a')"


def test_a_class_may_say_itself_how_it_is_shown() -> None:
    assert repr(Named("a")) == "a"


def test_those_of_two_classes_differ() -> None:
    assert Shown("a") != Named("a")
    assert Nothing() == Nothing()
    assert Nothing() != Named("a")
