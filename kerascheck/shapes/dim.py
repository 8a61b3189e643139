"""The size of one axis: an int, unknown, or a polynomial over named sizes.

An :class:`Expression` is kept in one normal form, a sum of integer multiples of products of atoms, so two
expressions are equal exactly when they print the same. An atom is a :class:`Symbol` or a division that does not
come out. Ceil division and modulo are written with floor division, which keeps the form unique.

Sizes are taken to be at least one: Keras models an empty batch nowhere, and a model is not built for an empty axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from math import gcd
from typing import NamedTuple, TypeAlias

from kerascheck.records import immutable

MAXIMUM_TERMS = 64
"""An expression that grows past this many terms becomes unknown."""


class Unknown:
    """Nothing is known. Arithmetic keeps it unknown, and no comparison with it is decided."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "?"

    def _absorb(self, other: object) -> Unknown:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _absorb

    def __neg__(self) -> Unknown:
        return self


UNKNOWN = Unknown()


class Symbol(NamedTuple):
    """A named size. ``value`` is set where the size is known and its origin still matters (a fixed batch size).

    A tuple, as a division is: arithmetic looks both up by their hash again and again, which Python knows of a tuple.
    """

    name: str
    value: int | None = None


class Division(NamedTuple):
    """``numerator // denominator``; ``exact`` where the quotient is known to be whole (the -1 of a reshape)."""

    numerator: Dim
    denominator: Dim
    exact: bool = False


Atom: TypeAlias = Symbol | Division
Monomial: TypeAlias = tuple[Atom, ...]


@immutable(slots=False)
class Expression:
    """A sum of ``coefficient * atom * atom ...``; never a plain int (see :func:`_build`)."""

    terms: tuple[tuple[Monomial, int], ...]

    def __add__(self, other: Dim) -> Dim:
        if isinstance(other, Unknown):
            return UNKNOWN
        if isinstance(other, int) and other == 0:
            return self
        totals = dict(self.terms)
        for monomial, coefficient in _terms(other):
            totals[monomial] = totals.get(monomial, 0) + coefficient
        return _build(totals)

    __radd__ = __add__

    def __neg__(self) -> Dim:
        return _build({monomial: -coefficient for monomial, coefficient in self.terms})

    def __sub__(self, other: Dim) -> Dim:
        return self + -other

    def __rsub__(self, other: Dim) -> Dim:
        return -self + other

    def __mul__(self, other: Dim) -> Dim:
        if isinstance(other, Unknown):
            return UNKNOWN
        if isinstance(other, int) and other == 1:
            return self
        totals: dict[Monomial, int] = {}
        for left, left_coefficient in self.terms:
            for right, right_coefficient in _terms(other):
                monomial = tuple(sorted(left + right, key=_atom_text)) if left and right else left + right
                totals[monomial] = totals.get(monomial, 0) + left_coefficient * right_coefficient
        return _build(totals)

    __rmul__ = __mul__

    def __floordiv__(self, other: Dim) -> Dim:
        return floor_div(self, other)

    def __rfloordiv__(self, other: Dim) -> Dim:
        return floor_div(other, self)

    def __mod__(self, other: Dim) -> Dim:
        return self - other * floor_div(self, other)

    def __rmod__(self, other: Dim) -> Dim:
        return other - self * floor_div(other, self)

    def __repr__(self) -> str:
        return self.text

    @cached_property
    def text(self) -> str:
        """The expression as a reader writes it, such as ``2*(H//2) + 1``."""
        pieces: list[str] = []
        for monomial, coefficient in sorted(self.terms, key=lambda term: (not term[0], _monomial_text(term[0]))):
            body = _monomial_text(monomial)
            magnitude = abs(coefficient)
            if not body:
                body = str(magnitude)
            elif magnitude != 1:
                body = f"{magnitude}*{body}"
            sign = "-" if coefficient < 0 else "+"
            pieces.append(f" {sign} {body}" if pieces else (f"-{body}" if coefficient < 0 else body))
        return "".join(pieces)

    @cached_property
    def number(self) -> int | None:
        """The number that it stands for where the program fixes each of its sizes; None else."""
        values = {found.name: found.value for found in self.symbols if found.value is not None}
        known = substitute(self, values) if values else None
        return known if isinstance(known, int) else None

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of those sizes."""
        return frozenset(found.name for found in self.symbols)

    @cached_property
    def symbols(self) -> frozenset[Symbol]:
        """Every named size in the expression, those inside divisions included."""
        found: set[Symbol] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                if isinstance(atom, Symbol):
                    found.add(atom)
                else:
                    found |= symbols_of(atom.numerator) | symbols_of(atom.denominator)
        return frozenset(found)


Dim: TypeAlias = int | Expression | Unknown


def _terms(dim: int | Expression) -> tuple[tuple[Monomial, int], ...]:
    return dim.terms if isinstance(dim, Expression) else (((), dim),)


def _build(totals: Mapping[Monomial, int]) -> Dim:
    kept = _normalised({monomial: coefficient for monomial, coefficient in totals.items() if coefficient})
    if not kept:
        return 0
    if len(kept) == 1:
        ((monomial, coefficient),) = kept.items()
        return Expression(((monomial, coefficient),)) if monomial else coefficient
    if len(kept) > MAXIMUM_TERMS:
        return UNKNOWN
    return Expression(tuple(sorted(kept.items(), key=lambda term: _monomial_text(term[0]))))


def _normalised(terms: dict[Monomial, int]) -> dict[Monomial, int]:
    """The constant beside a floor division goes into it, ``H//2 + 1`` being ``(H + 2)//2``.

    So a size after a convolution stays one atom, and products of such sizes one term. Beside several divisions the
    constant stands outside, and each numerator keeps what is less than its denominator.
    """
    divisions = [
        (monomial, monomial[0], coefficient)
        for monomial, coefficient in terms.items()
        if len(monomial) == 1
        and isinstance(monomial[0], Division)
        and not monomial[0].exact
        and isinstance(monomial[0].denominator, int)
    ]
    constant = terms.get((), 0)
    if not divisions:
        return terms
    rest = {monomial: coefficient for monomial, coefficient in terms.items() if monomial}
    if len(divisions) == 1 and divisions[0][2] == 1:
        monomial, atom, _ = divisions[0]
        if not constant:
            return terms
        del rest[monomial]
        moved = Division(atom.numerator + constant * atom.denominator, atom.denominator)
        return {**rest, (moved,): 1}
    for monomial, atom, coefficient in divisions:
        inside = dict(_terms(atom.numerator)) if isinstance(atom.numerator, (int, Expression)) else {}
        assert isinstance(atom.denominator, int)
        outside = inside.get((), 0) // atom.denominator
        if outside:
            del rest[monomial]
            moved = Division(atom.numerator - outside * atom.denominator, atom.denominator)
            rest[moved,] = rest.get((moved,), 0) + coefficient
            constant += outside * coefficient
    kept = {monomial: coefficient for monomial, coefficient in rest.items() if coefficient}
    return {**kept, (): constant} if constant else kept


def _atom_text(atom: Atom) -> str:
    if isinstance(atom, Symbol):
        return atom.name
    operator = "/" if atom.exact else "//"
    return f"({_grouped(atom.numerator, operator)}{operator}{_grouped(atom.denominator, '')})"


def _grouped(dim: Dim, operator: str) -> str:
    if isinstance(dim, Expression):
        single = len(dim.terms) == 1 and (operator or (dim.terms[0][1] == 1 and len(dim.terms[0][0]) == 1))
        return dim.text if single else f"({dim.text})"
    return text(dim)


def _monomial_text(monomial: Monomial) -> str:
    return "*".join(_atom_text(atom) for atom in monomial)


def symbol(name: str, value: int | None = None) -> Expression:
    """The size named ``name``."""
    return Expression((((Symbol(name, value),), 1),))


BATCH = Symbol("B")


def batch(value: int | None = None) -> Expression:
    """The size of the batch axis, ``B``; ``value`` where the model fixes it (``Input(batch_size=32)``)."""
    return symbol("B", value)


def symbols_of(dim: Dim) -> frozenset[Symbol]:
    """The named sizes that ``dim`` is made of."""
    return dim.symbols if isinstance(dim, Expression) else frozenset()


def depends_on(dim: Dim, name: str = "B") -> bool:
    """Whether ``dim`` certainly contains the size ``name``; False for unknown."""
    return isinstance(dim, Expression) and name in dim.names


def text(dim: Dim) -> str:
    """``dim`` as it is printed in the graph's ``dims``."""
    return dim.text if isinstance(dim, Expression) else str(dim)


def as_int(dim: Dim) -> int | None:
    """The number ``dim`` stands for, or None where it is not fixed."""
    if isinstance(dim, int):
        return dim
    return dim.number if isinstance(dim, Expression) else None


def public_size(dim: Dim) -> int | None:
    """``dim`` as Keras prints it: an int or None."""
    return as_int(dim)


def substitute(dim: Dim, sizes: Mapping[str, Dim]) -> Dim:
    """``dim`` with every symbol named in ``sizes`` replaced."""
    if not isinstance(dim, Expression) or not sizes:
        return dim
    total: Dim = 0
    for monomial, coefficient in dim.terms:
        value: Dim = coefficient
        for atom in monomial:
            value = value * _substitute_atom(atom, sizes)
        total = total + value
    return total


def _substitute_atom(atom: Atom, sizes: Mapping[str, Dim]) -> Dim:
    if isinstance(atom, Symbol):
        return sizes.get(atom.name, Expression((((atom,), 1),)))
    numerator, denominator = substitute(atom.numerator, sizes), substitute(atom.denominator, sizes)
    return exact_div(numerator, denominator) if atom.exact else floor_div(numerator, denominator)


def floor_div(numerator: Dim, denominator: Dim) -> Dim:
    """``numerator // denominator``, with what divides evenly taken out of the division."""
    match numerator, denominator:
        case (Unknown(), _) | (_, Unknown()) | (_, 0):
            return UNKNOWN
        case int(), int():
            return numerator // denominator
        case Expression(), 1:
            return numerator
        case Expression(), int() if denominator > 0:
            return _floor_div_by_int(numerator, denominator)
    return _divide(numerator, denominator, exact=False)


def _floor_div_by_int(numerator: Expression, denominator: int) -> Dim:
    """``numerator // denominator``: the terms it divides come out, the rest and the constant stay in the division."""
    whole: dict[Monomial, int] = {}
    rest: dict[Monomial, int] = {}
    for monomial, coefficient in numerator.terms:
        if monomial and coefficient % denominator == 0:
            whole[monomial] = coefficient // denominator
        else:
            rest[monomial] = coefficient
    outside, remainder = _build(whole), _build(rest)
    if isinstance(remainder, int):
        return outside + remainder // denominator
    if isinstance(remainder, Unknown):
        return UNKNOWN
    if len(remainder.terms) == 1 and remainder.terms[0][1] == 1 and len(remainder.terms[0][0]) == 1:
        inner = remainder.terms[0][0][0]
        if isinstance(inner, Division) and not inner.exact and isinstance(inner.denominator, int):
            # floor(floor(n / d) / k) == floor(n / (d * k)) for positive d and k
            return outside + floor_div(inner.numerator, inner.denominator * denominator)
    return outside + _division(remainder, denominator, exact=False)


def ceil_div(numerator: Dim, denominator: Dim) -> Dim:
    """``numerator / denominator`` rounded up."""
    if denominator == 1:
        return numerator
    return floor_div(numerator + denominator - 1, denominator)


def steps_between(first: int, last: int, step: int) -> int:
    """How many numbers ``range(first, last, step)`` has, which ``len`` cannot tell of a range of any length."""
    return max(0, -((first - last) // step))


def exact_div(numerator: Dim, denominator: Dim) -> Dim:
    """``numerator / denominator`` where it is known to come out whole, as for the -1 of a reshape."""
    match numerator, denominator:
        case (Unknown(), _) | (_, Unknown()) | (_, 0):
            return UNKNOWN
        case int(), int():
            return numerator // denominator if numerator % denominator == 0 else UNKNOWN
    return _divide(numerator, denominator, exact=True)


def _divide(numerator: Dim, denominator: Dim, *, exact: bool) -> Dim:
    if isinstance(numerator, Unknown) or isinstance(denominator, Unknown):
        return UNKNOWN
    quotient = _polynomial_quotient(numerator, denominator)
    if quotient is not None:
        return quotient
    numerator, denominator = _without_common_factors(numerator, denominator)
    if denominator == 1:
        return numerator
    return _division(numerator, denominator, exact=exact)


def _without_common_factors(
    numerator: int | Expression, denominator: int | Expression
) -> tuple[int | Expression, int | Expression]:
    """Both divided by the atoms and the number that every term of both contains."""
    terms = [*_terms(numerator), *_terms(denominator)]
    number = gcd(*(coefficient for _, coefficient in terms))
    common = list(terms[0][0])
    for monomial, _ in terms[1:]:
        left = list(monomial)
        kept = []
        for atom in common:
            if atom in left:
                left.remove(atom)
                kept.append(atom)
        common = kept
    factor = tuple(common)

    def reduced(dim: int | Expression) -> int | Expression:
        totals = {_without(monomial, factor) or (): coefficient // number for monomial, coefficient in _terms(dim)}
        result = _build(totals)
        return dim if isinstance(result, Unknown) else result

    return reduced(numerator), reduced(denominator)


def _division(numerator: Dim, denominator: Dim, *, exact: bool) -> Dim:
    return Expression((((Division(numerator, denominator, exact),), 1),))


def _polynomial_quotient(numerator: int | Expression, denominator: int | Expression) -> Dim | None:
    """The quotient where polynomial division leaves no remainder, else None."""
    lead, lead_coefficient = _terms(denominator)[-1]
    quotient: Dim = 0
    remainder: Dim = numerator
    for _ in range(MAXIMUM_TERMS):
        if remainder == 0:
            return quotient
        if isinstance(remainder, Unknown):
            return None
        for monomial, coefficient in reversed(_terms(remainder)):
            left = _without(monomial, lead)
            if left is not None and coefficient % lead_coefficient == 0:
                piece = _build({left: coefficient // lead_coefficient})
                break
        else:
            return None
        quotient = quotient + piece
        remainder = remainder - piece * denominator
    return None


def _without(monomial: Monomial, factor: Monomial) -> Monomial | None:
    left = list(monomial)
    for atom in factor:
        if atom not in left:
            return None
        left.remove(atom)
    return tuple(left)


def product(dims: Iterable[Dim]) -> Dim:
    """The product of ``dims``; 1 for none."""
    total: Dim = 1
    for dim in dims:
        total = total * dim
    return total


def compare(left: Dim, right: Dim) -> bool | None:
    """True if equal, False if different for every size of at least one, None if that depends on the sizes."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    left_int, right_int = as_int(left), as_int(right)
    if left_int is not None and right_int is not None:
        return left_int == right_int
    if left == right:
        return True
    difference = left - right
    if isinstance(difference, Unknown):
        return None
    if isinstance(difference, int):
        return difference == 0
    lowest, highest = bounds(difference)
    if (lowest is not None and lowest > 0) or (highest is not None and highest < 0):
        return False
    return None


def bounds(dim: Dim) -> tuple[int | None, int | None]:
    """The least and the greatest value of ``dim`` over sizes of at least one; None where there is no such bound."""
    if isinstance(dim, int):
        return dim, dim
    if isinstance(dim, Unknown):
        return None, None
    lowest: int | None = 0
    highest: int | None = 0
    for monomial, coefficient in dim.terms:
        low, high = _monomial_bounds(monomial)
        if coefficient < 0:
            low, high = high, low
        lowest = None if lowest is None or low is None else lowest + coefficient * low
        highest = None if highest is None or high is None else highest + coefficient * high
    return lowest, highest


def _monomial_bounds(monomial: Monomial) -> tuple[int | None, int | None]:
    low: int | None = 1
    high: int | None = 1
    for atom in monomial:
        atom_low, atom_high = _atom_bounds(atom)
        if atom_low is None or atom_low < 0:
            return None, None
        low = None if low is None else low * atom_low
        high = None if high is None or atom_high is None else high * atom_high
    return low, high


def _atom_bounds(atom: Atom) -> tuple[int | None, int | None]:
    if isinstance(atom, Symbol):
        return (1, None) if atom.value is None else (atom.value, atom.value)
    if atom.exact:
        return 1, None
    low, high = bounds(atom.numerator)
    if isinstance(atom.denominator, int) and atom.denominator > 0:
        return (
            None if low is None else low // atom.denominator,
            None if high is None else high // atom.denominator,
        )
    return (0 if low is not None and low >= 0 else None), None
