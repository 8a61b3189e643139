"""Immutable values of which an analysis makes many, in classes that are quickly made.

Python's own constructor of a frozen dataclass goes round the guard that keeps it frozen, once a field, and takes four
times as long as that of one that is not. The type checker sees whoever assigns to a field of these, so no guard is
needed when they run. And a dataclass writes and compiles each of its methods, which for some two hundred classes is a
good part of the time before the first file is read: of these only the constructor is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, TypeVar, cast, dataclass_transform

Record = TypeVar("Record")


@dataclass_transform(frozen_default=True)
def immutable(*, eq: bool = True, order: bool = False, slots: bool = True) -> Callable[[type[Record]], type[Record]]:
    """A dataclass that the type checker holds frozen, hashed by its fields where it is compared by them."""
    if order:
        return dataclass(order=True, slots=slots, unsafe_hash=True)

    def make(cls: type[Record]) -> type[Record]:
        made: Any = dataclass(eq=False, repr=False, slots=slots)(cls)
        if "__repr__" not in vars(cls):
            made.__repr__ = _representation([each.name for each in fields(made) if each.repr])
        if eq and "__eq__" not in vars(cls):
            _compare(made, [each.name for each in fields(made) if each.compare])
        return cast(type[Record], made)

    return make


def _representation(names: list[str]) -> Callable[[Any], str]:
    def represent(record: Any) -> str:
        values = ", ".join(f"{name}={getattr(record, name)!r}" for name in names)
        return f"{type(record).__qualname__}({values})"

    return represent


def _compare(cls: Any, names: list[str]) -> None:
    """Let the objects of a class be equal, and hashed, by these fields of theirs."""
    values: Callable[[Any], Any] = attrgetter(*names) if names else type

    def equal(record: Any, other: object) -> Any:
        return values(record) == values(other) if type(record) is type(other) else NotImplemented

    def hash_of(record: Any) -> int:
        return hash(values(record))

    cls.__eq__, cls.__hash__ = equal, hash_of
