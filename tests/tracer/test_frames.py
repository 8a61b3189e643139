from __future__ import annotations

import linecache
from typing import Any

from kerascheck.graph import Source
from kerascheck.tracer.frames import UserCode

FILE = "/nowhere/user.py"


def _run(text: str) -> list[Source | None]:
    user = UserCode(verdicts={__file__: False})
    found: list[Source | None] = []
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
    names: dict[str, Any] = {"note": lambda *_: found.append(user.here())}
    exec(compile(text, FILE, "exec"), names)
    return found


def test_the_source_is_the_call_expression_with_its_columns_in_characters() -> None:
    (source,) = _run('x = ("é", note(1))\n')
    assert source is not None
    assert source.text == "note(1)"
    assert (source.span.line, source.span.column, source.span.end_column) == (1, 11, 18)


def test_the_calls_that_led_there_come_innermost_first() -> None:
    (source,) = _run("def f():\n    note()\n\nf()\n")
    assert source is not None
    assert [source.span.line, *(span.line for span in source.stack)] == [2, 4]


def test_a_call_over_several_lines_is_told_whole() -> None:
    (source,) = _run("note(\n    1,\n)\n")
    assert source is not None
    assert (source.span.line, source.span.end_line, source.text) == (1, 3, "note(\n    1,\n)")


def test_the_standard_library_and_kerascheck_are_not_the_users() -> None:
    user = UserCode()
    assert not user.owns(linecache.__file__)
    assert not user.owns(_module_file())
    assert user.owns(__file__)


def test_what_the_target_names_is_the_users_wherever_it_lies() -> None:
    assert UserCode(own=(linecache.__file__,)).owns(linecache.__file__)


def _module_file() -> str:
    import kerascheck.tracer.frames as module

    assert module.__file__ is not None
    return module.__file__
