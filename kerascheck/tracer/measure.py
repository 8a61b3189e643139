"""Sizes to call the models at, and what the sizes of a result say of where the batch is.

A model is called twice, at two sets of sizes that share no factor. What grows with the batch is the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TypeAlias

from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, as_int, product, substitute
from kerascheck.shapes.dim import batch, symbol

BATCH_NAME = "B"
OTHER_NAME = "N"

_AXIS_NAMES = {3: ("T", "F"), 4: ("H", "W", "C"), 5: ("D", "H", "W", "C")}


@dataclass(frozen=True, slots=True)
class Sizes:
    """One value for every named size.

    Attributes:
        of_name: the values.
        declared: a size the model fixes keeps that value, instead of the one for its name.
        open: a size the model leaves free stays free: nothing is measured, and the semantics have to do.
    """

    of_name: Mapping[str, int]
    declared: bool = False
    open: bool = False

    def given(self, name: str, fixed: int | None) -> int | None:
        """The size that an input gets on a named axis; None to leave it free."""
        return fixed if self.open else self.size(name, fixed)

    def size(self, name: str, fixed: int | None = None) -> int:
        """The value of one named size, ``fixed`` to a value or not by the model."""
        return fixed if self.declared and fixed is not None else self.of_name[name]

    def value(self, dim: Dim) -> int | None:
        """The number that ``dim`` is at these sizes; None where it is unknown."""
        if not isinstance(dim, Expression):
            return dim if isinstance(dim, int) else None
        known = substitute(dim, {found.name: self.size(found.name, found.value) for found in dim.symbols})
        return known if isinstance(known, int) else None


Pair: TypeAlias = tuple[Sizes, Sizes]

# The batches differ by what the strides of a model never make of the other sizes' differences: 64 // 8 and 96 // 8
# are 4 apart, and with batches of 7 and 11 would look like the batch and one more.
_FIRST: Pair = (
    Sizes({"B": 7, "T": 64, "F": 80, "D": 32, "H": 64, "W": 96, "C": 48, "N": 40}),
    Sizes({"B": 30, "T": 96, "F": 112, "D": 64, "H": 96, "W": 160, "C": 80, "N": 56}),
)
_LARGE: Pair = (
    Sizes({"B": 32, "T": 16, "F": 20, "D": 32, "H": 224, "W": 256, "C": 3, "N": 8}),
    Sizes({"B": 96, "T": 24, "F": 28, "D": 64, "H": 256, "W": 320, "C": 3, "N": 12}),
)
_DECLARED: Pair = (Sizes(_LARGE[0].of_name, declared=True), Sizes(_LARGE[1].of_name, declared=True))
_OPEN: Pair = (Sizes(_LARGE[0].of_name, declared=True, open=True), Sizes(_LARGE[1].of_name, declared=True, open=True))

PAIRS: tuple[Pair, ...] = (_FIRST, _LARGE, _DECLARED, _OPEN)
"""The sizes to try, each where a model cannot be called at those before."""


def axis_names(rank: int) -> tuple[str, ...]:
    """What the axes of an input are called where their sizes are free, the batch first."""
    return (BATCH_NAME, *_AXIS_NAMES.get(rank, ()), *(OTHER_NAME,) * rank)[:rank]


def named_size(name: str, size: int | None = None) -> Dim:
    """The size called ``name``, which the model may fix."""
    return batch(size) if name == BATCH_NAME else symbol(name, size)


def agrees(shape: Shape, first: Shape, second: Shape, pair: Pair) -> bool:
    """Whether a symbolic shape gives what was measured at both sizes; unknown sizes are passed over."""
    if shape.dims is None or first.dims is None or second.dims is None:
        return shape.dims is None
    if not len(shape.dims) == len(first.dims) == len(second.dims):
        return False
    for dim, *measured in zip(shape.dims, first.dims, second.dims, strict=True):
        for size, sizes in zip(measured, pair, strict=True):
            value, number = sizes.value(dim), as_int(size)
            if value is not None and number is not None and value != number:
                return False
    return True


def solve(first: Shape, second: Shape, pair: Pair, names: tuple[str, ...]) -> Shape:
    """The simplest shape in the named sizes that gives both measured ones; unknown where none or several do."""
    if first.dims is None or second.dims is None or len(first.dims) != len(second.dims):
        return Shape(None)
    return Shape(tuple(_solve(as_int(a), as_int(b), pair, names) for a, b in zip(first.dims, second.dims, strict=True)))


def _solve(first: int | None, second: int | None, pair: Pair, names: tuple[str, ...]) -> Dim:
    if first is None or second is None:
        return UNKNOWN
    if first == second:
        return first
    for count in (1, 2, 3):
        found: list[Dim] = []
        for chosen in combinations_with_replacement(names, count):
            size = product(named_size(name) for name in chosen)
            at_first, at_second = pair[0].value(size), pair[1].value(size)
            # A second factor of the batch is possible, and then samples are paired with one another.
            if at_first and at_second and first % at_first == 0 and first // at_first * at_second == second:
                found.append(size * (first // at_first))
        if found:
            return found[0] if len(found) == 1 else UNKNOWN
    shifts = [
        named_size(name) + (first - pair[0].size(name))
        for name in names
        if first - pair[0].size(name) == second - pair[1].size(name)
    ]
    return shifts[0] if len(shifts) == 1 else UNKNOWN
