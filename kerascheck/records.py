"""Frozen dataclasses of which many are made.

Python's own constructor of a frozen dataclass goes round the guard that makes it frozen, once a field, and takes four
times as long as that of one that is not. The type checker proves already that nobody assigns to a field.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

Record = TypeVar("Record")


def quickly_made(cls: type[Record]) -> type[Record]:
    """Give a frozen dataclass with slots the constructor of one that is not frozen, and take its guard away."""
    names: dict[str, Any] = {"MISSING": MISSING}
    parameters, lines = [], []
    for each in fields(cls):  # type: ignore[arg-type]
        value = each.name
        if each.default is not MISSING:
            names[f"{each.name}_default"] = each.default
            value = f"{each.name}={each.name}_default"
        elif each.default_factory is not MISSING:
            names[f"{each.name}_factory"] = each.default_factory
            value = f"{each.name}=MISSING"
            lines.append(f" if {each.name} is MISSING: {each.name} = {each.name}_factory()")
        parameters.append(value)
        lines.append(f" self.{each.name} = {each.name}")
    exec("\n".join([f"def __init__(self, {', '.join(parameters)}):", *lines]), names)
    made: Any = cls
    del made.__setattr__, made.__delattr__
    made.__init__ = names["__init__"]
    made.__init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return cls
