"""The smallest and the largest of the integers that an array certainly holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascheck.interpreter.values import Extremes, TensorValue, Value
from kerascheck.shapes import TensorSpec, as_int

LONGEST = 20_000
"""How many numbers of a literal are looked at."""

ODDS = 1e-12
"""A chance that nobody has to reckon with."""

LITERAL = frozenset({"array", "asarray", "asanyarray", "ascontiguousarray"})
CHANGING = frozenset(
    {"put", "place", "putmask", "copyto", "fill_diagonal", "fill", "itemset", "partition", "setflags", "resize"}
)
"""NumPy's functions and methods that write into their first argument."""


def extremes_of_call(name: str, given: dict[str, Any], found: Any) -> Extremes | None:
    """What a call of NumPy's gives; ``given`` are its arguments in the terms of the semantics."""
    match name.rpartition(".")[2]:
        case short if short in LITERAL:
            return of_numbers(next(iter(given.values()), None))
        case "arange":
            return _of_range(given)
        case "randint" | "integers" if isinstance(found, TensorSpec):
            return _of_drawn(given, found)
    return None


def of_numbers(value: Any) -> Extremes | None:
    """Those of a nest of integers; None where anything else is in it."""
    numbers: list[int] = []
    for number in _flat(value):
        if not isinstance(number, int) or isinstance(number, bool) or len(numbers) >= LONGEST:
            return None
        numbers.append(number)
    return Extremes(min(numbers), max(numbers), exact=True) if numbers else None


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _of_range(given: dict[str, Any]) -> Extremes | None:
    start, stop, step = given.get("start_or_stop"), given.get("stop"), given.get("step")
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    if not (isinstance(start, int) and isinstance(stop, int) and isinstance(step, int)) or step == 0:
        return None
    numbers = range(start, stop, step)
    ends = (numbers[0], numbers[-1]) if numbers else ()
    return Extremes(min(ends), max(ends), exact=True) if ends else None


def _of_drawn(given: dict[str, Any], found: TensorSpec) -> Extremes | None:
    """Drawn at random, so many of them that the ends of the range are as good as certain to be among them."""
    low, high, count = given.get("low"), given.get("high"), as_int(found.shape.size)
    if high is None:
        low, high = 0, low
    if given.get("endpoint", False) is not False:
        return None
    if not isinstance(low, int) or not isinstance(high, int) or not count or high <= low:
        return None
    # That no draw gets into so large a part of the range, at either end, has the odds above.
    missed = int((high - low) * (1 - ODDS ** (1 / count)))
    return Extremes(low + missed, high - 1 - missed)


def extremes_of(tensor: TensorValue) -> Extremes | None:
    """What data certainly hold, where that is known."""
    known = of_numbers(tensor.spec.content) if isinstance(tensor.spec.content, tuple) else tensor.extremes
    return None if known is None or known.changed else known


def extreme_number(name: str, value: Value) -> int | None:
    """``array.max()``, ``np.min(array)`` of an array whose numbers are all known."""
    known = value.extremes if isinstance(value, TensorValue) and value.is_numpy else None
    if known is None or known.changed or not known.exact:
        return None
    match name.rpartition(".")[2]:
        case "max" | "amax":
            return known.highest
        case "min" | "amin":
            return known.lowest
    return None


def note_change(value: Value) -> None:
    """An array may have been written to: so were all others that share its numbers."""
    if isinstance(value, TensorValue) and value.extremes is not None:
        value.extremes.changed = True
