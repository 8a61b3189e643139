"""Edits in a file as it is written: only what is edited changes."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from kerascheck.diagnostic import Edit, Fix, Span
from kerascheck.edits import made_in


def fix(line: int, start: int, end: int, text: str, path: str = "a.py", cell: int | None = None) -> Fix:
    return Fix("", (Edit(Span(path, line, start, line, end, cell), text),), safe=True)


def fixed(data: bytes, fixes: Sequence[Fix], path: str = "a.py") -> bytes:
    return made_in(data, path, fixes)[0]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_stay(ending: str) -> None:
    before = f"a = 1{ending}b = 2{ending}c = 3".encode()
    assert fixed(before, [fix(2, 5, 6, "5\nd = 4")]) == f"a = 1{ending}b = 5{ending}d = 4{ending}c = 3".encode()


def test_mixed_line_endings_stay() -> None:
    assert fixed(b"a = 1\nb = 2\r\nc = 3\rd = 4\n", [fix(4, 5, 6, "5")]) == b"a = 1\nb = 2\r\nc = 3\rd = 5\n"


def test_the_encoding_stays() -> None:
    before = "# -*- coding: latin-1 -*-\nnaïve = 'é'; b = 1  # ü\n".encode("latin-1")
    assert fixed(before, [fix(2, 18, 19, "2")]) == before.replace(b"b = 1", b"b = 2")


def test_a_fix_that_the_encoding_cannot_hold_is_not_made() -> None:
    before = "# -*- coding: latin-1 -*-\na = 'é'\n".encode("latin-1")
    assert made_in(before, "a.py", [fix(2, 6, 7, "λ")]) == (before, [], [0])


@pytest.mark.parametrize("first", ["", "# coding: utf-8\n"])
def test_a_byte_order_mark_stays(first: str) -> None:
    before = b"\xef\xbb\xbf" + f"{first}a = 1\n".encode()
    line = 2 if first else 1
    assert fixed(before, [fix(line, 5, 6, "2")]) == before.replace(b"a = 1", b"a = 2")


def test_columns_count_characters() -> None:
    assert fixed("x = '日本'; y = 1\n".encode(), [fix(1, 15, 16, "2")]) == "x = '日本'; y = 2\n".encode()


def test_a_form_feed_ends_no_line() -> None:
    assert fixed(b"a = 1\n\x0c\nb = 2\n", [fix(3, 5, 6, "3")]) == b"a = 1\n\x0c\nb = 3\n"


def test_of_two_fixes_of_one_place_the_first_is_made() -> None:
    fixes = [fix(1, 5, 10, "f(1)"), fix(1, 7, 8, "2"), fix(2, 1, 2, "c")]
    assert made_in(b"a = g(1) \nb = 2\n", "a.py", fixes) == (b"a = f(1)\nc = 2\n", [0, 2], [])


def test_the_same_edit_asked_for_twice_is_made_once() -> None:
    both = [
        Fix("", (Edit(Span("a.py", 1, 1, 1, 1), "import keras\n"), Edit(Span("a.py", line, 5, line, 6), "2")))
        for line in (1, 2)
    ]
    assert fixed(b"a = 1\nb = 1\n", both) == b"import keras\na = 2\nb = 2\n"


def test_a_fix_is_made_whole_or_not_at_all() -> None:
    pair = Fix("", (Edit(Span("a.py", 1, 5, 1, 6), "3"), Edit(Span("a.py", 2, 5, 2, 6), "3")))
    assert made_in(b"a = 1\nb = 1\n", "a.py", [fix(2, 5, 6, "2"), pair]) == (b"a = 1\nb = 2\n", [0], [])


def test_a_fix_that_leaves_a_syntax_error_is_not_made_and_the_others_are() -> None:
    fixes = [fix(1, 5, 6, "2"), fix(2, 5, 6, "("), fix(3, 5, 6, "3")]
    assert made_in(b"a = 1\nb = 1\nc = 1\n", "a.py", fixes) == (b"a = 2\nb = 1\nc = 3\n", [0, 2], [1])


def test_an_edit_of_another_file_or_beyond_the_end_is_not_made() -> None:
    fixes = [fix(1, 5, 6, "2", path="b.py"), fix(7, 1, 2, "x"), fix(1, 90, 91, "x")]
    assert made_in(b"a = 1\n", "a.py", fixes) == (b"a = 1\n", [], [])


def test_many_fixes_are_made_at_once() -> None:
    lines = 20_000
    fixes = [fix(line, 5, 6, "2") for line in range(1, lines + 1)]
    assert fixed(b"a = 1\n" * lines, fixes) == b"a = 2\n" * lines


NOTEBOOK = """\
{
 "cells": [
  {"cell_type": "markdown", "metadata": {}, "source": ["# \\u00e9t\\u00e9\\n", "text"]},
  {
   "cell_type": "code", "execution_count": null, "metadata": {"a": [1,2]}, "outputs": [],
   "source": [
    "%matplotlib inline\\n",
    "a = 1  # \\u00e9\\n",
    "b = 1"
   ]
  },
  {"cell_type": "code", "metadata": {}, "outputs": [], "source": "c = 1\\nd = 1\\n"},
  {"cell_type": "code", "metadata": {}, "outputs": [], "source": []}
 ],
 "metadata": {}, "nbformat": 4,   "nbformat_minor": 5
}
"""


def in_cell(cell: int, line: int, start: int, end: int, text: str) -> Fix:
    return fix(line, start, end, text, "a.ipynb", cell)


def test_a_line_of_a_cell_is_all_that_changes_in_a_notebook() -> None:
    after = fixed(NOTEBOOK.encode(), [in_cell(2, 3, 5, 6, "2")], "a.ipynb")
    assert after.decode() == NOTEBOOK.replace('"b = 1"', '"b = 2"')


def test_a_cell_that_is_one_string_stays_one() -> None:
    after = fixed(NOTEBOOK.encode(), [in_cell(3, 2, 5, 6, "'é'")], "a.ipynb")
    assert after.decode() == NOTEBOOK.replace("d = 1", "d = '\\u00e9'")


def test_a_new_line_of_a_cell_is_a_new_string_below_the_others() -> None:
    after = fixed(NOTEBOOK.encode(), [in_cell(2, 2, 1, 1, "import keras\n")], "a.ipynb")
    assert after.decode() == NOTEBOOK.replace('    "a = 1', '    "import keras\\n",\n    "a = 1')


def test_what_a_notebook_writes_without_escapes_stays_so() -> None:
    before = json.dumps(json.loads(NOTEBOOK), ensure_ascii=False, indent=1)
    after = fixed(before.encode(), [in_cell(2, 2, 5, 6, "'λ'")], "a.ipynb")
    assert after.decode() == before.replace("a = 1", "a = 'λ'")


def test_a_magic_is_not_edited() -> None:
    assert made_in(NOTEBOOK.encode(), "a.ipynb", [in_cell(2, 1, 1, 5, "x")]) == (NOTEBOOK.encode(), [], [])


def test_a_cell_is_not_broken() -> None:
    assert made_in(NOTEBOOK.encode(), "a.ipynb", [in_cell(3, 1, 5, 6, "(")]) == (NOTEBOOK.encode(), [], [0])


def test_a_notebook_of_format_3_is_fixed() -> None:
    cell = {"cell_type": "code", "language": "python", "input": ["a = 1\n", "b = 1"]}
    before = json.dumps({"worksheets": [{"cells": [cell]}, {"cells": [cell]}], "nbformat": 3})
    after = json.loads(fixed(before.encode(), [in_cell(2, 2, 5, 6, "2")], "a.ipynb"))
    assert [sheet["cells"][0]["input"][1] for sheet in after["worksheets"]] == ["b = 1", "b = 2"]
