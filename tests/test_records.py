"""Dataclasses with a quick constructor are made, compared, copied and kept as any other."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field, replace

import pytest

from kerascheck.records import quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class Point:
    """Has a field of each kind."""

    x: int
    y: int = 2
    names: list[str] = field(default_factory=list)


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
