"""Which name was meant by one that is misspelled."""

from __future__ import annotations

from collections.abc import Iterable

SHORT = 4
"""Names up to this length are misspelled by one letter at most, longer ones by two."""


def meant(written: str, names: Iterable[str]) -> str | None:
    """The only one of ``names`` that is nearest to ``written`` and no more than a slip away; None where none is."""
    nearest = alike(written, names)
    return nearest[0] if len(nearest) == 1 else None


def alike(written: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that are nearest to ``written`` and no more than a slip away, in order."""
    most = 1 if len(written) <= SHORT else 2
    plain = _letters(written)
    found: dict[int, list[str]] = {}
    for name in names:
        if abs(len(name) - len(written)) <= most and (_letters(name) != plain or _is_one_class(written, name)):
            distance = _distance(written, name, most)
            if distance is not None:
                found.setdefault(distance, []).append(name)
    return sorted(found[min(found)]) if found else []


def _is_one_class(left: str, right: str) -> bool:
    """Whether two names of classes differ in the case of letters alone: the aliases of old versions begin in lower."""
    return left[:1].isupper() and right[:1].isupper() and left != right and left.lower() == right.lower()


def _letters(name: str) -> str:
    """The letters alone: names that differ in a number, a case or an underline are often those of another version."""
    return "".join(letter for letter in name.lower() if letter.isalpha())


def _distance(left: str, right: str, most: int) -> int | None:
    """How many letters are added, left out, replaced or exchanged with the next; None where more than ``most``."""
    before: list[int] = []
    above = list(range(len(right) + 1))
    for i, one in enumerate(left, start=1):
        row = [i]
        for j, other in enumerate(right, start=1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (one != other))
            if i > 1 and j > 1 and one == right[j - 2] and left[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
        before, above = above, row
    return above[-1] if above[-1] <= most else None
