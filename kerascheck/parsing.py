"""The one place that asks Python's parser: quietly, and with one list of the ways in which it refuses a text."""

from __future__ import annotations

import ast
import warnings

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What the parser raises: for a text that is not Python, for a NUL character, and for one nested too deeply."""


def parse_text(text: str) -> ast.Module:
    """The syntax tree of a module's text; one of :data:`UNPARSABLE` is raised where it has none."""
    with warnings.catch_warnings():
        # What the parser has to say about escapes in string literals is not about models.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def parse_expression(text: str) -> ast.expr | None:
    """The syntax tree of one expression; None where the text is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except UNPARSABLE:
        return None
