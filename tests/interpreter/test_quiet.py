"""Decorated definitions of an imported file: what their decorators put elsewhere is there when it is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreter.support import run_files, sizes

USE = "from keras import Input\nimport widths\nInput((widths.{name},))\n"


def _size(tmp_path: Path, widths: str, name: str, **others: str) -> list[object]:
    files = {"model.py": USE.format(name=name), "widths.py": widths}
    return sizes(run_files(tmp_path, {**files, **{f"{file}.py": text for file, text in others.items()}}))


@pytest.mark.parametrize(
    "registering",
    [
        pytest.param("FOUND = {}\ndef keep(function):\n    FOUND['wide'] = 7\n    return function\n", id="a table"),
        pytest.param(
            "FOUND = {}\ndef keep(function):\n    FOUND.update(wide=7)\n    return function\n", id="a table's method"
        ),
        pytest.param(
            "class Table:\n"
            "    def __init__(self):\n"
            "        self.entries = {}\n"
            "    def keep(self, function):\n"
            "        self.entries['wide'] = 7\n"
            "        return function\n"
            "table = Table()\n"
            "keep = table.keep\n"
            "FOUND = table.entries\n",
            id="an object",
        ),
    ],
)
def test_a_decorator_that_fills_a_table_has_filled_it(tmp_path: Path, registering: str) -> None:
    widths = f"{registering}@keep\ndef wide():\n    return 7\n"
    assert _size(tmp_path, widths, "FOUND['wide']") == [7]


def test_a_decorator_of_another_file_that_fills_a_table_has_filled_it(tmp_path: Path) -> None:
    tables = "FOUND = {}\ndef keep(function):\n    FOUND['wide'] = 7\n    return function\n"
    widths = "import tables\n@tables.keep\ndef wide():\n    return 7\n"
    assert _size(tmp_path, widths, "tables.FOUND['wide']", tables=tables) == [7]


def test_a_decorator_whose_helper_fills_a_table_has_filled_it(tmp_path: Path) -> None:
    tables = "FOUND = {}\ndef put(name):\n    FOUND[name] = 7\n"
    marks = "from tables import put\ndef keep(function):\n    put('wide')\n    return function\n"
    widths = "from marks import keep\nfrom tables import FOUND\n@keep\ndef wide():\n    return 7\n"
    assert _size(tmp_path, widths, "FOUND['wide']", tables=tables, marks=marks) == [7]


def test_a_decorator_that_only_marks_leaves_the_rest_of_the_file_unread(tmp_path: Path) -> None:
    widths = (
        "import keras\n"
        "from marks import mark\n"
        "WIDTH = 7\n"
        "@mark('wide')\n"
        "class Wide(unread.Base):\n"
        "    other = keras.Input((3,))\n"
        "@keras.saving.register_keras_serializable()\n"
        "class Narrow:\n"
        "    other = keras.Input((2,))\n"
    )
    marks = (
        "def mark(name):\n    def decorate(cls):\n        cls.label = name\n        return cls\n    return decorate\n"
    )
    assert _size(tmp_path, widths, "WIDTH", marks=marks) == [7]


def test_a_marked_definition_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    widths = "from marks import mark\n@mark\ndef wide():\n    return 7\n"
    marks = "def mark(function):\n    function.marked = True\n    return function\n"
    assert _size(tmp_path, widths, "wide()", marks=marks) == [7]
