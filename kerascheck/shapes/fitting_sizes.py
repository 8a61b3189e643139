"""For which values of a named size two sizes come out equal: the divisor that a skip connection needs."""

from __future__ import annotations

from collections.abc import Iterable
from math import lcm, prod

from kerascheck.records import immutable
from kerascheck.shapes.dim import Dim, Division, Expression, Unknown, as_int, substitute, symbols_of

MAXIMUM_PERIOD = 4096
"""Two sizes whose difference repeats only after more than this are not looked into."""


@immutable()
class FittingSizes:
    """The values of a size that fit: those that leave one of ``residues``, at least one, by ``modulus``."""

    name: str
    modulus: int
    residues: frozenset[int]

    @property
    def progression(self) -> tuple[int, int]:
        """The least ``k`` and ``r`` less than it for which every ``k*n + r`` fits: multiples of ``k`` where they do."""
        rest = min(self.residues)
        steps = (step for step in range(1, self.modulus + 1) if self.modulus % step == 0)
        return next((s, rest % s) for s in steps if self.residues.issuperset(range(rest % s, self.modulus, s)))

    def both(self, other: FittingSizes) -> FittingSizes | None:
        """The values that fit here and there; None where none do, or that is too long to say."""
        modulus = lcm(self.modulus, other.modulus)
        if self.name != other.name or modulus > MAXIMUM_PERIOD:
            return None
        kept = (
            each
            for each in range(modulus)
            if each % self.modulus in self.residues and each % other.modulus in other.residues
        )
        residues = frozenset(kept)
        return FittingSizes(self.name, modulus, residues) if residues else None


def fitting_sizes(left: Dim, right: Dim) -> FittingSizes | None:
    """The values of the one open size in two dims at which they are equal.

    None where that is all of them, or none, and where the dims differ by more than a repeating rest: the difference
    of two sums of floor divisions of one size by numbers repeats if both grow alike.
    """
    names = {found.name for found in (*symbols_of(left), *symbols_of(right)) if found.value is None}
    if len(names) != 1 or isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    (name,) = names
    period = _period((left, right))
    if period is None or period == 1:
        return None
    # Far from the small sizes, where a window is larger than what it moves over.
    first = 8 * period
    differences = [_difference(left, right, name, first + offset) for offset in range(2 * period)]
    if None in differences or differences[:period] != differences[period:]:
        return None
    residues = frozenset(offset for offset in range(period) if differences[offset] == 0)
    return FittingSizes(name, period, residues) if 0 < len(residues) < period else None


def _difference(left: Dim, right: Dim, name: str, size: int) -> int | None:
    one, other = as_int(substitute(left, {name: size})), as_int(substitute(right, {name: size}))
    return None if one is None or other is None else one - other


def _period(dims: Iterable[Dim]) -> int | None:
    """After how much more of its open size the rest of every floor division in ``dims`` repeats."""
    total = 1
    for dim in dims:
        if not isinstance(dim, Expression):
            continue
        for monomial, _ in dim.terms:
            divisions = [atom for atom in monomial if isinstance(atom, Division)]
            if len([atom for atom in monomial if not isinstance(atom, Division)]) + len(divisions) > 1:
                return None
            periods = [_division_period(atom) for atom in divisions]
            known = [each for each in periods if each is not None]
            if len(known) < len(periods):
                return None
            total = lcm(total, prod(known))
            if total > MAXIMUM_PERIOD:
                return None
    return total


def _division_period(division: Division) -> int | None:
    if division.exact or not isinstance(division.denominator, int):
        return None
    inner = _period((division.numerator,))
    return None if inner is None else inner * division.denominator
