"""Immutable values of which an analysis makes many.

Python's own constructor of a frozen dataclass goes round the guard that keeps it frozen, once a field, and takes four
times as long as that of one that is not. The type checker sees whoever assigns to a field of these, so no guard is
needed when they run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

Record = TypeVar("Record")


@dataclass_transform(frozen_default=True)
def immutable(*, eq: bool = True, order: bool = False, slots: bool = True) -> Callable[[type[Record]], type[Record]]:
    """A dataclass that the type checker holds frozen, hashed by its fields where it is compared by them."""
    return dataclass(eq=eq, order=order, slots=slots, unsafe_hash=eq)
