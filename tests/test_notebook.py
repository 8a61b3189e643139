"""Notebooks: code cells as one module, magics blanked, places in cells."""

from __future__ import annotations

import ast
import json

import pytest

from kerascheck.diagnostic import Span
from kerascheck.notebook import blank_magics
from kerascheck.source import SourceError, SourceFile, parse, source_from_text


def notebook(*cells: str | tuple[str, str]) -> SourceFile:
    """A notebook of code cells; a pair is a cell's type and source."""
    typed = [cell if isinstance(cell, tuple) else ("code", cell) for cell in cells]
    entries = [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in typed]
    return source_from_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": entries}), "lesson.ipynb")


def test_code_cells_are_joined_into_one_module() -> None:
    assert notebook("x = 1", ("markdown", "# Title"), "y = x\nz = y").text == "x = 1\ny = x\nz = y"


def test_a_place_is_told_by_cell_and_line_in_the_cell() -> None:
    source = notebook("x = 1", ("markdown", "# Title"), "y = x\nz = y")
    assert source.span(parse(source).body[-1]) == Span("lesson.ipynb", 2, 1, 2, 6, cell=3)
    assert source.line_at(2, cell=3) == "z = y"
    assert source.segment(parse(source).body[-1]) == "z = y"


def test_a_broken_cell_is_told_and_the_rest_kept() -> None:
    source = notebook("x = 1", "y = = 2", "z = x")
    assert [(error.code, error.span.cell, error.span.line) for error in source.broken] == [("KC001", 2, 1)]
    assert source.text == "x = 1\n\nz = x"


def test_a_cell_cannot_open_what_the_next_one_closes() -> None:
    source = notebook("x = (1,", "2)", "z = 3")
    assert [error.span.cell for error in source.broken] == [1, 2]


def test_the_older_format_holds_cells_in_worksheets() -> None:
    cells = [{"cell_type": "code", "language": "python", "input": ["x = 1\n", "y = 2"]}]
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]})
    assert source_from_text(text, "old.ipynb").text == "x = 1\ny = 2"


def test_a_notebook_in_another_language_has_no_code() -> None:
    cells = [{"cell_type": "code", "source": "x <- 1"}]
    text = json.dumps({"metadata": {"kernelspec": {"language": "R"}}, "cells": cells})
    assert source_from_text(text, "stats.ipynb").text == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a notebook: invalid JSON (Expecting value)"),
        ("<<<<<<< HEAD", "not a notebook: invalid JSON (Expecting value)"),
        ("[]", "not a notebook: the JSON is not an object"),
        ("{}", "not a notebook: it has no cells"),
        ('{"cells": [1]}', "not a notebook: cell 1 has no cell_type"),
        ('{"cells": [{"cell_type": "code", "source": 1}]}', "not a notebook: a cell's source is not text"),
        ('{"worksheets": [{"cells": 1}]}', "not a notebook: it has no cells"),
        ("[" * 100_000, "not a notebook: the JSON is nested too deeply"),
    ],
)
def test_what_is_no_notebook_says_why(text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        source_from_text(text, "lesson.ipynb")
    assert (caught.value.code, caught.value.message) == ("KC003", message)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install keras\nx = 1", "pass\nx = 1"),
        ("!pip install \\\n    keras\nx = 1", "pass\n\nx = 1"),
        ("if x:\n    %load_ext foo\n", "if x:\n    pass\n"),
        ("pip install keras\nx = 1", "pass\nx = 1"),
        ("ls ./data", "pass"),
        ("ls = x\nx !", "ls = x\nx !"),
        (" x = 1\n for y in x:\n   print(y)\n", "x = 1\nfor y in x:\n  print(y)\n"),
        ("  x = 1\ny = 2", "x = 1\ny = 2"),
        ("keras.layers.Dense?\nx = 1", "pass\nx = 1"),
        ("?keras\nx = 1", "pass\nx = 1"),
        ("files = !ls\nx = 1", "files = get_ipython()\nx = 1"),
        ("t = %timeit -o f()\nx = 1", "t = get_ipython()\nx = 1"),
        ("%time model = build()", "0;    model = build()"),
        ("%time for x in y: f(x)", "pass"),
        ("%%bash\npip install keras\nls", "\n\n"),
        ("\n%%time\nx = 1", "\n\nx = 1"),
        ("%%time\n%%capture\nx = 1\n%magic", "\n\nx = 1\npass"),
        ("x = (a\n     % b)\n%magic", "x = (a\n     % b)\npass"),
        ('x = """\n%not magic\n"""\n%magic', 'x = """\n%not magic\n"""\npass'),
        ("x = a \\\n  % b\n%magic", "x = a \\\n  % b\npass"),
        ("x = '# (' # it's (\n%magic", "x = '# (' # it's (\npass"),
    ],
)
def test_magics_are_blanked_and_lines_kept(cell: str, code: str) -> None:
    blanked = blank_magics(cell)
    assert blanked == code
    assert blanked.count("\n") == cell.count("\n")


def test_an_odd_escape_behind_a_magic_warns_nobody(recwarn: pytest.WarningsRecorder) -> None:
    blank_magics("%time pattern = '\\d'")
    assert not recwarn.list


def test_a_statement_behind_a_magic_keeps_its_columns() -> None:
    source = notebook("%time model = build()")
    call = next(node for node in ast.walk(parse(source)) if isinstance(node, ast.Call))
    assert source.span(call) == Span("lesson.ipynb", 1, 15, 1, 22, cell=1)
