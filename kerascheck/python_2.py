"""Telling Python 2 by what Python 3 cannot parse of it."""

from __future__ import annotations

import re

MESSAGES = (
    ("call to 'print'", "`print` is a statement"),
    ("call to 'exec'", "`exec` is a statement"),
    ("multiple exception types must be parenthesized", "`except Error, name` binds the error"),
)
"""What Python's own parser says of a statement of Python 2, by a part of its message."""

PLACES = (
    (re.compile(r"<>"), "`<>` compares"),
    (re.compile(r"`[^`]*`"), "backticks give an object's text"),
    (re.compile(r"[uU][rR]['\"]"), 'a string starts with `ur"`'),
)
"""What stands where the parser stopped."""

LINES = (
    (re.compile(r"\braise\s+[\w.]+\s*,\s*\S"), "`raise Error, message` raises"),
    (re.compile(r"(?<![\w.])(?:0[xX][0-9a-fA-F]+|\d+)[lL]\b"), "a long number ends in `L`"),
)
"""What stands in the line where it stopped, at or before that place."""


def python_2_form(message: str, line: str, column: int) -> str | None:
    """What of a line is Python 2, where the parser stopped with ``message`` at ``column``, from 1; else None."""
    for part, form in MESSAGES:
        if part in message:
            return form
    start = max(column - 1, 0)
    for pattern, form in PLACES:
        if any(found.start() <= start < found.end() for found in pattern.finditer(line)):
            return form
    for pattern, form in LINES:
        if any(found.start() <= start <= found.end() for found in pattern.finditer(line)):
            return form
    return None
