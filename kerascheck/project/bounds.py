"""Which versions a version specifier allows: enough of PEP 440, Poetry's and conda's forms to tell major versions."""

from __future__ import annotations

import re
from typing import TypeAlias

from kerascheck.records import immutable

Release: TypeAlias = "tuple[int, ...]"

_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)")
_CLAUSE = re.compile(r"\s*(===|==|~=|!=|<=|>=|<|>|=|\^|~)?\s*v?(\d+(?:\.\d+)*)(\.\*|\*)?([^\s,]*)\s*$")


@immutable()
class Bounds:
    """The versions from ``lowest`` on and before ``below``; None for an end that is open. ``exact`` if only one."""

    lowest: Release | None = None
    below: Release | None = None
    exact: str | None = None

    def before(self, version: Release) -> bool:
        """Whether every allowed version comes before ``version``."""
        return self.below is not None and self.below <= version

    def from_(self, version: Release) -> bool:
        """Whether every allowed version is ``version`` or a later one."""
        return self.lowest is not None and self.lowest >= version


def release(text: str) -> Release:
    """The numbers of a version: ``2.16.0rc0`` is ``(2, 16)``, since trailing zeros say nothing."""
    found = _RELEASE.match(text.strip())
    numbers = [int(part) for part in found.group(1).split(".")] if found else []
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def bounds(specifier: str) -> Bounds:
    """What a specifier as ``>=2.4,<2.16``, ``~=2.4``, ``^2.4`` or ``2.4.*`` allows; open where it is not understood."""
    if "|" in specifier:
        return Bounds()
    found = Bounds()
    for clause in specifier.split(","):
        match = _CLAUSE.match(clause)
        if match is None:
            continue
        found = _narrowed(found, _one(match.group(1) or "==", match.group(2), bool(match.group(3)), match.group(4)))
    return found


def _one(operator: str, version: str, wildcard: bool, suffix: str) -> Bounds:
    numbers = tuple(int(part) for part in version.split("."))
    low = release(version)
    match operator:
        case "==" | "===" if wildcard:
            return Bounds(low, _next(numbers))
        case "=":
            # conda: a prefix.
            return Bounds(low, _next(numbers))
        case "==" | "===":
            return Bounds(low, (*numbers, 0, 1), version + suffix)
        case "~=":
            return Bounds(low, _next(numbers[:-1] or numbers))
        case "~":
            return Bounds(low, _next(numbers[:2]))
        case "^":
            return Bounds(low, _next(numbers[: next((i for i, n in enumerate(numbers) if n), 0) + 1]))
        case ">=" | ">":
            return Bounds(low)
        case "<":
            return Bounds(below=low)
        case "<=":
            return Bounds(below=(*numbers, 0, 1))
        case _:
            return Bounds()


def _next(numbers: Release) -> Release:
    """The first version that does not begin with ``numbers``."""
    return release(".".join(map(str, (*numbers[:-1], numbers[-1] + 1))))


def _narrowed(one: Bounds, other: Bounds) -> Bounds:
    lowest = [each.lowest for each in (one, other) if each.lowest is not None]
    below = [each.below for each in (one, other) if each.below is not None]
    return Bounds(max(lowest, default=None), min(below, default=None), one.exact or other.exact)
