"""Since when, and until when, the packages have their symbols and parameters.

``data/history.tsv`` is written by ``tools/make_catalog_history.py`` from several installed versions of each package.
What lies between two of those versions is not known, and is said to be so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cache
from typing import Any, TypeAlias

from kerascheck.catalog.symbols import data_line, exists, find
from kerascheck.project.bounds import release
from kerascheck.records import immutable

Line: TypeAlias = "dict[str, Any]"
"""What the file says of a name: see ``tools/make_catalog_history.py``."""


@immutable()
class Availability:
    """Which of the versions looked at have a symbol; a version is that of its package.

    Attributes:
        since: the first version that has it; None where the oldest has.
        until: the last version that has it; None where the newest has.
        added: the parameters that the first version with the symbol had not, by the first version with each.
        removed: the parameters that the last version with the symbol has not, by the last version with each.
        gathers: whether a version that lacks one of these has ``**kwargs``, which may take it all the same.
    """

    since: str | None = None
    until: str | None = None
    added: Mapping[str, str] = field(default_factory=dict)
    removed: Mapping[str, str] = field(default_factory=dict)
    gathers: bool = False


@cache
def versions_seen(namespace: str) -> tuple[str, ...]:
    """The versions that the history of ``keras``, ``tf_keras``, ``tf`` or ``tf.compat.v1`` is made of, oldest first."""
    line = data_line("history", f"#{namespace}")
    return () if line is None else tuple(json.loads(line))


def availability(name: str) -> Availability | None:
    """Which versions have a symbol or a class's member; None where none has."""
    symbol = find(name)
    own = name if not name.startswith("tensorflow") else "tf" + name.removeprefix("tensorflow")
    if symbol is None and data_line("history", own) is None:
        return None
    return _availability(own)


def available(name: str, version: str, argument: str | None = None) -> bool | None:
    """Whether a version of its package has a symbol, or takes an ``argument`` of it.

    None between the versions looked at, before the oldest of them, and where nothing is known of the name.
    """
    found = availability(name)
    symbol = find(name)
    if symbol is not None and _family(symbol.canonical) != _family(name):
        return None
    seen = versions_seen(_namespace(name))
    if not seen or release(version) < release(seen[0]):
        return None
    if found is None:
        return False if exists(name) is False else None
    there = _within(found.since, found.until, seen, version)
    if argument is None or there is not True:
        return there
    if argument in found.added or argument in found.removed:
        taken = _within(found.added.get(argument), found.removed.get(argument), seen, version)
        return None if found.gathers and not taken else taken
    return None if symbol is None else symbol.accepts(argument)


def _within(since: str | None, until: str | None, seen: tuple[str, ...], version: str) -> bool | None:
    wanted = release(version)
    if since is not None and wanted < release(since):
        lacking = seen[seen.index(since) - 1]
        return False if wanted <= release(lacking) else None
    if until is not None and wanted > release(until):
        lacking = seen[seen.index(until) + 1]
        return False if wanted >= release(lacking) else None
    return True


def _namespace(name: str) -> str:
    if name.startswith("tf.keras."):
        return "tf.keras"
    return next((space for space in ("tf.compat.v1", "tf_keras", "keras") if name.startswith(space)), "tf")


@cache
def _availability(name: str) -> Availability:
    line = data_line("history", name)
    return read(fallback(name, written) if line is None else json.loads(line))


def written(name: str) -> Line:
    """The line of a name as far as the file and :func:`fallback` tell it."""
    line = data_line("history", name)
    found: Line = fallback(name, written) if line is None else json.loads(line)
    return found


def read(line: Line) -> Availability:
    """A line in words."""
    return Availability(line.get("s"), line.get("u"), line.get("a", {}), line.get("r", {}), bool(line.get("w")))


def fallback(name: str, line_of: Callable[[str], Line]) -> Line:
    """The line of a name that has none written: that of what it stands for or inherits, while its owner is there.

    ``line_of`` gives the line of another name.
    """
    symbol = find(name)
    canonical = name if symbol is None else symbol.canonical
    line = dict(line_of(canonical)) if canonical != name and _family(canonical) == _family(name) else {}
    owner = name.rpartition(".")[0]
    if owner:
        lifetime = line_of(owner)
        since = [each["s"] for each in (line, lifetime) if "s" in each]
        until = [each["u"] for each in (line, lifetime) if "u" in each]
        line |= {"s": max(since, key=release)} if since else {}
        if "a" in line and since:
            later = {each: first for each, first in line["a"].items() if release(first) > release(line["s"])}
            line = {key: value for key, value in line.items() if key != "a"} | ({"a": later} if later else {})
        line |= {"u": min(until, key=release)} if until else {}
    return line


def _family(name: str) -> str:
    return _namespace(name).partition(".")[0]
