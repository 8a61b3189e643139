"""The full report, to the character."""

from __future__ import annotations

import io
from textwrap import dedent

import pytest

from kerascheck.diagnostic import Diagnostic, Severity, Span, TrailStep
from kerascheck.report.style import wants_color, width
from kerascheck.report.text import render_full
from kerascheck.source import Cell, SourceCache, SourceFile

UNET = """\
inputs = keras.Input((28, 28, 1))
c1 = layers.Conv2D(32, 3)(inputs)
c2 = layers.MaxPooling2D()(c1)
u1 = layers.UpSampling2D()(c2)
x = layers.concatenate([u1, c1])
"""


def finding(span: Span, *trail: TrailStep, label: str = "", help: str | None = None, message: str = "m") -> Diagnostic:
    return Diagnostic("KC104", "concatenate-mismatch", Severity.ERROR, message, span, label, trail, help)


def rendered(found: Diagnostic, *sources: SourceFile, color: bool = False) -> str:
    return render_full([found], SourceCache(sources), color=color)


def text(expected: str) -> str:
    return dedent(expected).removeprefix("\n") + "\n"


def test_a_finding_shows_the_lines_that_led_to_it() -> None:
    found = finding(
        Span("unet.py", 5, 5, 5, 33),
        TrailStep(Span("unet.py", 2, 6, 2, 34), "(None, 26, 26, 32)"),
        TrailStep(Span("unet.py", 4, 6, 4, 31), "(None, 13, 13, 32)"),
        label="all axes but -1 must match",
        help="crop `c1`",
        message="cannot concatenate",
    )
    assert rendered(found, SourceFile("unet.py", UNET)) == text("""
        error[KC104]: cannot concatenate
         --> unet.py:5:5
          |
        2 | c1 = layers.Conv2D(32, 3)(inputs)
          |      ---------------------------- (None, 26, 26, 32)
        4 | u1 = layers.UpSampling2D()(c2)
          |      ------------------------- (None, 13, 13, 32)
        5 | x = layers.concatenate([u1, c1])
          |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ all axes but -1 must match
          |
        help: crop `c1`
        """)


def test_a_line_is_shown_once_for_several_marks() -> None:
    found = finding(Span("a.py", 1, 1, 1, 12), TrailStep(Span("a.py", 1, 5, 1, 8), "(None, 4)"), label="here")
    assert rendered(found, SourceFile("a.py", "add(f(x), y)\n")) == text("""
        error[KC104]: m
         --> a.py:1:1
          |
        1 | add(f(x), y)
          |     --- (None, 4)
          | ^^^^^^^^^^^ here
        """)


def test_a_step_in_another_file_has_its_own_block() -> None:
    found = finding(Span("a.py", 12, 1, 12, 2), TrailStep(Span("b.py", 1, 1, 1, 4), "(None, 4)"))
    sources = SourceFile("a.py", "\n" * 11 + "x + y\n"), SourceFile("b.py", "f()\n")
    assert rendered(found, *sources) == text("""
        error[KC104]: m
          --> a.py:12:1
           |
        12 | x + y
           | ^
          ::: b.py:1:1
           |
         1 | f()
           | --- (None, 4)
        """)


def test_an_expression_of_several_lines_says_where_it_ends() -> None:
    found = finding(Span("a.py", 1, 5, 4, 2), label="must match")
    assert rendered(found, SourceFile("a.py", "x = add(\n    y,\n    z,\n)\n")) == text("""
        error[KC104]: m
         --> a.py:1:5
          |
        1 | x = add(
          |     ^^^^ must match (to line 4)
        """)


def test_a_notebooks_places_name_their_cell() -> None:
    cells = SourceFile("lesson.ipynb", "a = 1\n\nb = 2\nc = a", (Cell(1, 1, 2), Cell(4, 3, 2)))
    found = finding(Span("lesson.ipynb", 2, 5, 2, 6, 4), TrailStep(Span("lesson.ipynb", 1, 5, 1, 6, 1), "made"))
    assert rendered(found, cells) == text("""
        error[KC104]: m
         --> lesson.ipynb:cell 4:2:5
          |
        2 | c = a
          |     ^
         ::: lesson.ipynb:cell 1:1:5
          |
        1 | a = 1
          |     - made
        """)


def test_tabs_and_wide_characters_keep_the_marks_in_place() -> None:
    found = finding(Span("a.py", 1, 7, 1, 10))
    assert rendered(found, SourceFile("a.py", "\t模型 = f()\n")).splitlines()[3:5] == [
        "1 |     模型 = f()",
        # Two characters of two columns each push the marks two columns further than the characters say.
        "  |            ^^^",
    ]


def test_a_file_that_cannot_be_shown_leaves_the_place() -> None:
    assert rendered(finding(Span("gone.py", 3, 1, 3, 2), help="look")) == text("""
        error[KC104]: m
         --> gone.py:3:1
        help: look
        """)


def test_a_very_long_line_is_shown_in_part() -> None:
    found = finding(Span("a.py", 1, 1001, 1, 1004))
    lines = rendered(found, SourceFile("a.py", "a" * 1000 + "foo" + "b" * 1000 + "\n")).splitlines()
    start = lines[3].index("foo")
    assert lines[3].startswith("1 | ...aaa")
    assert lines[3].endswith("bbb...")
    assert len(lines[3]) < 170
    assert lines[4] == "  |" + " " * (start - 3) + "^^^"


def test_what_would_trick_a_terminal_is_replaced() -> None:
    shown = rendered(finding(Span("a.py", 1, 1, 1, 2), message="a\x1b[2Jb\nc"), SourceFile("a.py", "x = '\x1b[2J'\n"))
    assert "\x1b" not in shown
    assert shown.startswith("error[KC104]: a\ufffd[2Jb c\n")


def test_colours_are_added_around_the_same_text() -> None:
    found = finding(Span("unet.py", 5, 5, 5, 33), label="here")
    colored = rendered(found, SourceFile("unet.py", UNET), color=True)
    assert "\x1b[1;31merror[KC104]\x1b[0m" in colored
    assert "\x1b[1;31m^^^^^^^^^^^^^^^^^^^^^^^^^^^^ here\x1b[0m" in colored


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "stream", "environment", "colored"),
    [
        ("auto", Terminal(), {}, True),
        ("auto", io.StringIO(), {}, False),
        ("auto", Terminal(), {"NO_COLOR": "1"}, False),
        ("auto", Terminal(), {"NO_COLOR": ""}, True),
        ("auto", io.StringIO(), {"FORCE_COLOR": "1"}, True),
        ("auto", Terminal(), {"TERM": "dumb"}, False),
        ("always", io.StringIO(), {"NO_COLOR": "1"}, True),
        ("never", Terminal(), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_follow_the_option_then_the_environment_then_the_terminal(
    choice: str, stream: io.StringIO, environment: dict[str, str], colored: bool
) -> None:
    assert wants_color(choice, stream, environment) is colored


@pytest.mark.parametrize(("shown", "columns"), [("abc", 3), ("模型", 4), ("e\u0301", 1), ("é", 1)])
def test_widths_are_those_of_a_terminal(shown: str, columns: int) -> None:
    assert width(shown) == columns
