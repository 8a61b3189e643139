"""Decorated definitions of an imported file: what their decorators put elsewhere is there when it is imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerascheck.program import SavedObjectKind
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


LOUD = {
    "an alias of a table": (
        "TABLES = {'sizes': FOUND}\n"
        "def keep(cls):\n    table = TABLES['sizes']\n    table['wide'] = 7\n    return cls\n",
        "@keep",
    ),
    "an alias whose method changes it": (
        "def keep(cls):\n    table = FOUND\n    table.update(wide=7)\n    return cls\n",
        "@keep",
    ),
    "a table among several bindings": (
        "def keep(cls):\n    table = {}\n    table = FOUND\n    table['wide'] = 7\n    return cls\n",
        "@keep",
    ),
    "a table in a loop": (
        "def keep(cls):\n    for table in [FOUND]:\n        table['wide'] = 7\n    return cls\n",
        "@keep",
    ),
    "a table as an argument": (
        "def keep(table):\n"
        "    def decorate(cls):\n        table['wide'] = 7\n        return cls\n"
        "    return decorate\n",
        "@keep(FOUND)",
    ),
    "a table that a class is given": (
        "class keep:\n"
        "    def __init__(self, table):\n        self.table = table\n"
        "    def __call__(self, cls):\n        self.table['wide'] = 7\n        return cls\n",
        "@keep(FOUND)",
    ),
    "a table as a default": (
        "def keep(cls, table=FOUND):\n    table['wide'] = 7\n    return cls\n",
        "@keep",
    ),
    "a table that a helper is given": (
        "def put(table):\n    table['wide'] = 7\ndef keep(cls):\n    put(FOUND)\n    return cls\n",
        "@keep",
    ),
    "a decorator that another function made": (
        "def make(put):\n    def decorate(cls):\n        put({'wide': 7})\n        return cls\n    return decorate\n"
        "keep = make(FOUND.update)\n",
        "@keep",
    ),
    "a method that is kept": (
        "put = FOUND.update\ndef keep(cls):\n    put({'wide': 7})\n    return cls\n",
        "@keep",
    ),
    "the decorated function is called": ("def keep(function):\n    function()\n    return function\n", "@keep"),
    "a call in the arguments": (
        "def found():\n    FOUND['wide'] = 7\n    return 'wide'\ndef keep(name):\n    return lambda cls: cls\n",
        "@keep(found())",
    ),
}
"""Decorators that fill ``FOUND``, and how they are written."""


@pytest.mark.parametrize("name", LOUD)
def test_a_decorator_that_may_fill_a_table_has_filled_it(tmp_path: Path, name: str) -> None:
    decorator, written = LOUD[name]
    widths = f"FOUND = {{}}\n{decorator}{written}\ndef wide():\n    FOUND['wide'] = 7\n"
    assert _size(tmp_path, widths, "FOUND['wide']") == [7]


@pytest.mark.parametrize(
    ("decorator", "written"),
    [
        pytest.param("def keep(cls):\n    setattr(State, 'wide', 7)\n    return cls\n", "@keep", id="setattr"),
        pytest.param("def keep(cls):\n    State.wide = 7\n    return cls\n", "@keep", id="a class"),
        pytest.param(
            "def mark(target):\n    target.wide = 7\ndef keep(cls):\n    mark(State)\n    return cls\n",
            "@keep",
            id="a helper",
        ),
        pytest.param(
            "def keep(target):\n"
            "    def decorate(cls):\n        target.wide = 7\n        return cls\n    return decorate\n",
            "@keep(State)",
            id="an argument",
        ),
        pytest.param(
            "class Registry(State):\n    @classmethod\n    def keep(cls, kept):\n        State.wide = 7\n"
            "        return kept\n",
            "@Registry.keep",
            id="a class method",
        ),
    ],
)
def test_a_decorator_that_marks_something_else_has_marked_it(tmp_path: Path, decorator: str, written: str) -> None:
    widths = f"class State:\n    wide = 3\n{decorator}{written}\nclass Wide:\n    pass\n"
    assert _size(tmp_path, widths, "State.wide") == [7]


QUIET = {
    "marks": "def keep(cls):\n    cls.label = 'wide'\n    return cls\n",
    "marks by setattr": "def keep(cls):\n    setattr(cls, 'label', 'wide')\n    return cls\n",
    "fills a dict of its own": "def keep(cls):\n    own = {}\n    own['wide'] = cls\n    return cls\n",
    "fills a list of its own": "def keep(cls):\n    own = [1]\n    own.append(2)\n    return cls\n",
    "counts": "def keep(cls):\n    number = 0\n    number += 1\n    return cls\n",
    "wraps": (
        "import functools\n"
        "def keep(function):\n"
        "    @functools.wraps(function)\n"
        "    def wrapper(*args, **kwargs):\n        kwargs['more'] = 1\n        return function(*args, **kwargs)\n"
        "    wrapper.original = function\n"
        "    return wrapper\n"
    ),
    "registers with Keras": (
        "import keras\n"
        "def register(path, symbol):\n    keras.saving.register_keras_serializable(package=path)(symbol)\n"
        "class export:\n"
        "    def __init__(self, path):\n        self.path = path\n"
        "    def __call__(self, symbol):\n        register(self.path, symbol)\n        return symbol\n"
        "keep = export\n"
    ),
}
"""Decorators that change nothing but what they decorate."""


@pytest.mark.parametrize("name", QUIET)
def test_what_a_quiet_decorator_marks_is_not_read_before_it_is_asked_for(tmp_path: Path, name: str) -> None:
    written = "@keep('wide')" if "export" in QUIET[name] else "@keep"
    widths = f"from marks import keep\nimport keras\n{written}\nclass Wide:\n    other = keras.Input((3,))\nWIDTH = 7\n"
    main = "import keras\nkeras.Input((2,))\nimport widths\n"
    assert sizes(run_files(tmp_path, {"model.py": main, "widths.py": widths, "marks.py": QUIET[name]})) == [2]


def test_what_a_loud_decorator_marks_is_read_at_once(tmp_path: Path) -> None:
    marks = "FOUND = []\ndef keep(cls):\n    FOUND.append(cls)\n    return cls\n"
    widths = "from marks import keep\nimport keras\n@keep\nclass Wide:\n    other = keras.Input((3,))\n"
    main = "import keras\nkeras.Input((2,))\nimport widths\n"
    assert sizes(run_files(tmp_path, {"model.py": main, "widths.py": widths, "marks.py": marks})) == [3]


def test_a_decorator_of_another_file_that_fills_a_table_has_filled_it(tmp_path: Path) -> None:
    tables = "FOUND = {}\ndef keep(function):\n    FOUND['wide'] = 7\n    return function\n"
    widths = "import tables\n@tables.keep\ndef wide():\n    return 7\n"
    assert _size(tmp_path, widths, "tables.FOUND['wide']", tables=tables) == [7]


def test_a_decorator_whose_helper_fills_a_table_has_filled_it(tmp_path: Path) -> None:
    tables = "FOUND = {}\ndef put(name):\n    FOUND[name] = 7\n"
    marks = "from tables import put\ndef keep(function):\n    put('wide')\n    return function\n"
    widths = "from marks import keep\nfrom tables import FOUND\n@keep\ndef wide():\n    return 7\n"
    assert _size(tmp_path, widths, "FOUND['wide']", tables=tables, marks=marks) == [7]


def test_a_decorator_whose_helper_is_in_a_module_of_a_package_has_filled_it(tmp_path: Path) -> None:
    files = {
        "model.py": USE.format(name="FOUND['wide']"),
        "core/__init__.py": "",
        "core/tables.py": "def put(table, name):\n    table[name] = 7\n",
        "marks.py": (
            "from core import tables\nFOUND = {}\n"
            "def keep(function):\n    tables.put(FOUND, 'wide')\n    return function\n"
        ),
        "widths.py": "from marks import FOUND, keep\n@keep\ndef wide():\n    return 7\n",
    }
    assert sizes(run_files(tmp_path, files)) == [7]


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


DECORATORS = {
    "gives what it is given": ("def decorate(cls):\n    return cls\n", 3),
    "an object that gives what it is given": (
        "class Export:\n"
        "    def __init__(self, path):\n"
        "        self.path = path\n"
        "    def __call__(self, cls):\n"
        "        return cls\n"
        "decorate = Export('widths')\n",
        3,
    ),
    "writes to what it is given": ("def decorate(cls):\n    cls.width = 7\n    return cls\n", 7),
    "gives something else": ("class Other:\n    width = 7\ndef decorate(cls):\n    return Other\n", 7),
    "gives another parameter": (
        "class Other:\n    width = 7\ndef decorate(cls, other=Other):\n    return other\n",
        7,
    ),
    "binds its parameter anew": (
        "class Other:\n    width = 7\ndef decorate(cls):\n    cls = Other\n    return cls\n",
        7,
    ),
    "what a base's method makes of it": (
        "class Other:\n    width = 7\n"
        "class Base:\n    def __call__(self, cls):\n        return Other\n"
        "class Export(Base):\n    def __call__(self, cls):\n        return super().__call__(cls)\n"
        "decorate = Export()\n",
        7,
    ),
}


@pytest.mark.parametrize("name", DECORATORS)
def test_a_decorated_class_is_what_its_decorator_gives(tmp_path: Path, name: str) -> None:
    decorator, expected = DECORATORS[name]
    widths = f"{decorator}@decorate\nclass Widths:\n    width = 3\n"
    assert _size(tmp_path, widths, "Widths.width") == [expected]


def test_a_class_that_an_exporting_decorator_registers_is_registered(tmp_path: Path) -> None:
    export = """
    import keras
    class export:
        def __init__(self, path):
            self.path = path
        def __call__(self, symbol):
            keras.saving.register_keras_serializable(package="widths")(symbol)
            return symbol
    """
    main = """
    import keras
    from exporting import export
    @export("widths.Scale")
    class Scale(keras.layers.Layer):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor
        def get_config(self):
            return {**super().get_config(), "factor": self.factor}
    """
    done = run_files(tmp_path, {"model.py": main, "exporting.py": export})
    assert [(each.kind, each.name) for each in done.saved_objects] == [(SavedObjectKind.NO_NAME, "Scale")]
