"""Where the arguments of a running call stand, and whether the code around it expects an error: told by its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.tracer.expected import expects_errors
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.written import Expression, Written


def written(text: str, line: int = 7, column: int = 5) -> Written:
    lines = text.splitlines()
    last = len(lines[-1]) + 1 + (column - 1 if len(lines) == 1 else 0)
    return Written.of(Source(Span("model.py", line, column, line + len(lines) - 1, last), (), text), ("x", "y"))


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("model.fit(data, labels)", "y", (7, 21, 7, 27)),
        ("model.fit(x=data, y=labels)", "y", (7, 25, 7, 31)),
        ("model.fit(\n    data,\n    labels,\n)", "y", (9, 5, 9, 11)),
        ("model.fit('größe', labels)", "y", (7, 24, 7, 30)),
    ],
)
def test_an_argument_is_found_where_it_is_written(text: str, name: str, place: tuple[int, int, int, int]) -> None:
    found = written(text).of_argument(name)
    assert (found.span.line, found.span.column, found.span.end_line, found.span.end_column) == place
    assert found.text == "labels"


@pytest.mark.parametrize(
    "text", ["model.fit(*both)", "model.fit(data)", "fit", "model.fit(", "model.fit(data, **more)"]
)
def test_an_argument_that_is_not_written_is_the_whole_call(text: str) -> None:
    call = written(text)
    assert call.argument("y") is None
    assert call.of_argument("y") == Expression(call.source.span)


def test_the_parts_of_a_list_have_places_of_their_own() -> None:
    call = written("model.fit([a, b], c)")
    assert [call.part(call.element("x", key)).text for key in (0, 1, 2, None)] == ["a", "b", "[a, b]", "[a, b]"]


PROGRAM = """\
import contextlib
seen = {}
def ask(name):
    seen[name] = expects()
try:
    ask("try")
except ValueError:
    pass
else:
    ask("else")
try:
    ask("finally alone")
finally:
    pass
with contextlib.suppress(ValueError):
    ask("suppress")
with open(__file__):
    ask("open")
"""


def test_code_expects_errors_where_it_catches_them(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    user = UserCode()
    names: dict[str, Any] = {"expects": lambda: expects_errors(user), "__file__": str(path)}
    user.verdicts[__file__] = False
    exec(compile(PROGRAM, str(path), "exec"), names)
    assert names["seen"] == {"try": True, "else": False, "finally alone": False, "suppress": True, "open": False}
