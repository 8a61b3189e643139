"""When a reshape folds the batch into another axis, told from the symbolic sizes alone.

Write a size of the result as ``r * B``: ``r`` rows for each sample. With ``r`` certainly not 1 the first axis no
longer runs over samples. ``r`` may hold named sizes, and then it may still come out as 1: ``B*H*W/49`` is how
``tf.reshape(x, [-1, 7 * 7 * 64])`` flattens a 7 by 7 map whose size nobody wrote down.
"""

from __future__ import annotations

from collections.abc import Sequence

from kerascheck.shapes.dim import (
    BATCH,
    Dim,
    Division,
    Expression,
    as_int,
    batch,
    compare,
    depends_on,
    exact_div,
    product,
)
from kerascheck.shapes.shape import Shape


def rows_per_sample(dim: Dim) -> tuple[Dim, Dim] | None:
    """``r`` as numerator and denominator, where ``dim`` is ``r * B``; None where it is not of that form.

    A division that is known to come out whole, as the -1 of a reshape does, counts as the fraction it is.
    """
    if not isinstance(dim, Expression):
        return None
    numerator: Dim = dim
    denominator: Dim = 1
    if len(dim.terms) == 1:
        ((atoms, coefficient),) = dim.terms
        numerator = coefficient
        for atom in atoms:
            if isinstance(atom, Division) and atom.exact:
                numerator, denominator = numerator * atom.numerator, denominator * atom.denominator
            else:
                numerator = numerator * Expression((((atom,), 1),))
    quotient = exact_div(numerator, _batch_size(dim))
    if depends_on(quotient) or depends_on(denominator) or not isinstance(quotient, int | Expression):
        return None
    return _reduced(quotient, denominator)


def _reduced(numerator: Dim, denominator: Dim) -> tuple[Dim, Dim]:
    """The fraction without the sizes that stand on both sides."""
    if not isinstance(denominator, Expression) or len(denominator.terms) != 1:
        return numerator, denominator
    for atom in denominator.terms[0][0]:
        size = Expression((((atom,), 1),))
        smaller = exact_div(numerator, size)
        if not _has_division_by(smaller, size):
            numerator, denominator = smaller, exact_div(denominator, size)
    return numerator, denominator


def _has_division_by(dim: Dim, divisor: Dim) -> bool:
    """Whether ``dim`` still holds the division by ``divisor``, which then did not come out."""
    atoms = [atom for monomial, _ in dim.terms for atom in monomial] if isinstance(dim, Expression) else []
    return any(isinstance(atom, Division) and atom.denominator == divisor for atom in atoms)


def _batch_size(dim: Expression) -> Dim:
    """``B`` as it is written in ``dim``, which keeps a fixed batch size with the symbol."""
    for symbol in dim.symbols:
        if symbol.name == BATCH.name:
            return batch(symbol.value)
    return batch()


def is_folded(dim: Dim, *, least_free: int = 1) -> bool:
    """Whether an axis of size ``dim`` certainly holds the batch folded with something else.

    With ``r = p/q * s1 * ... * sk`` over ``k`` named sizes, ``r = 1`` asks for ``s1 * ... * sk = q/p``. That has no
    solution where ``q/p`` is not whole; and where it has fewer than ``k`` prime factors, every solution has an axis
    of size 1, which nobody declares as a size to be known later. Such a size counts as folded where at least
    ``least_free`` sizes are free: one alone may be the axis that the reshape is there to drop.
    """
    rows = rows_per_sample(dim)
    if rows is None:
        return False
    numerator, denominator = rows
    divisor = as_int(denominator)
    if divisor is None or divisor <= 0:
        return False
    fixed = as_int(numerator)
    if fixed is not None:
        return fixed != divisor
    assert isinstance(numerator, Expression)
    if len(numerator.terms) > 1:
        return compare(numerator, divisor) is False
    ((atoms, coefficient),) = numerator.terms
    if divisor % coefficient:
        return True
    return len(atoms) >= least_free and _prime_factors(divisor // coefficient) < len(atoms)


def _prime_factors(number: int) -> int:
    """How many primes ``number`` is the product of, counted as often as they occur; 0 for 1."""
    count, prime = 0, 2
    while prime * prime <= number:
        if number % prime:
            prime += 1
        else:
            number //= prime
            count += 1
    return count + (number > 1)


def folded_axis(before: Shape, after: Shape, *, alone: bool) -> int | None:
    """The axis of ``after`` into which the reshape from ``before`` folds the batch, or None where none is certain.

    ``alone`` is for a layer that no model calls, whose caller may well undo what it does. There a merge of leading
    axes that leaves the others as they are (``(B, h, w, s, s, C)`` to ``(B*h*w, s, s, C)``, as windows are cut out)
    is left alone, and so is a fold over a single axis of unknown size, which may be 1.
    """
    if before.dims is None or after.dims is None or batch_alone(before.dims) is None:
        return None
    if batch_alone(after.dims) is not None or (alone and merges_leading_axes(before.dims, after.dims)):
        return None
    for axis, dim in enumerate(after.dims):
        if is_folded(dim, least_free=2 if alone else 1):
            return axis
    return None


def regroups_samples(before: Shape, after: Shape) -> bool:
    """Whether the reshape keeps a size ``B`` and yet cuts the samples up: ``(B, 4)`` to ``(4, B)`` is no transpose.

    Elements keep their order, so the axis still runs over samples only where as many rows come before it as did.
    """
    return _same_rows_first(before, after) is False


def keeps_samples(before: Shape, after: Shape) -> bool:
    """Whether an axis of size ``B`` certainly runs over the same samples as before."""
    return _same_rows_first(before, after) is True


def _same_rows_first(before: Shape, after: Shape) -> bool | None:
    if before.dims is None or after.dims is None:
        return None
    old, new = batch_alone(before.dims), batch_alone(after.dims)
    if old is None or new is None:
        return None
    return compare(product(before.dims[:old]), product(after.dims[:new]))


def batch_alone(dims: Sequence[Dim]) -> int | None:
    """The first axis whose size is the batch and nothing else; None where there is none."""
    for axis, dim in enumerate(dims):
        if depends_on(dim) and compare(dim, batch()) is not False and rows_per_sample(dim) == (1, 1):
            return axis
    return None


def merges_leading_axes(before: Sequence[Dim], after: Sequence[Dim]) -> bool:
    """Whether ``after`` is ``before`` with its first axes made one and at least one axis left as it was."""
    kept = len(after) - 1
    if kept < 1 or len(before) <= len(after):
        return False
    merged = product(before[: len(before) - kept])
    pairs = zip([merged, *before[len(before) - kept :]], after, strict=True)
    return all(compare(left, right) is True for left, right in pairs)
