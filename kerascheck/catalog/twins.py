"""The Keras 3 function that does on a Keras tensor what a TensorFlow function does on a tensor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kerascheck.catalog.symbols import Symbol, find
from kerascheck.records import immutable


@immutable()
class Twin:
    """How to write a call of a TensorFlow function with Keras 3.

    Attributes:
        name: canonical name of the Keras function.
        arguments: its parameter for each TensorFlow parameter that has a counterpart.
        implied: arguments to write where the call leaves them out, by Keras parameter, since the defaults differ.
        exact: whether the same argument values give the same result; false where a value may need another form
            (``padding="SAME"``) or the result is random.
    """

    name: str
    arguments: Mapping[str, str]
    implied: Mapping[str, object]
    exact: bool


def twin(name: str) -> str | None:
    """The canonical name of the Keras 3 twin of a TensorFlow function, by any alias of it; None where it has none."""
    found = find_twin(name)
    return None if found is None else found.name


def find_twin(name: str) -> Twin | None:
    """The Keras 3 twin of a TensorFlow function and how its arguments are called there."""
    old = find(name)
    entry = None if old is None else _table().get(old.canonical)
    new = None if entry is None else find(entry["twin"])
    if old is None or entry is None or new is None:
        return None
    arguments = _shared(old, new) | entry.get("arguments", {})
    return Twin(new.canonical, MappingProxyType(arguments), entry.get("implied", {}), entry.get("exact", True))


def twins() -> tuple[str, ...]:
    """The canonical names of the TensorFlow functions that have a twin."""
    return tuple(_table())


def _shared(old: Symbol, new: Symbol) -> dict[str, str]:
    """The parameters of one name in both; ``name`` itself names an op, which Keras has not."""
    theirs = {p.name for p in new.parameters or ()}
    return {p.name: p.name for p in old.parameters or () if p.name in theirs and p.name != "name"}


@cache
def _table() -> Mapping[str, Any]:
    import tomllib

    return tomllib.loads(Path(__file__).with_name("twins.toml").read_text(encoding="utf-8"))
