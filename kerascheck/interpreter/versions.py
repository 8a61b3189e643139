"""Checks of which version is installed: what runs under one is not told of."""

from __future__ import annotations

from kerascheck.graph import VERSION_GUARD
from kerascheck.interpreter.values import UnknownValue, Value


def version_among(*values: Value) -> UnknownValue | None:
    """The value that a version check hangs on, among these or in a tuple of them."""
    for value in values:
        if isinstance(value, UnknownValue) and value.guard == VERSION_GUARD:
            return value
        if isinstance(value, tuple):
            found = version_among(*value)
            if found is not None:
                return found
    return None
