"""Methods of imported classes, which become functions when somebody asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreter.support import imported, run_files, sizes


@pytest.mark.parametrize(
    ("body", "size"),
    [
        pytest.param("def width(self, n=3, *, more=4):\n        return n + more", "Sizes().width()", id="a method"),
        pytest.param("@property\n    def width(self):\n        return 7", "Sizes().width", id="a property"),
        pytest.param("@staticmethod\n    def width(n):\n        return n", "Sizes.width(7)", id="a static method"),
        pytest.param(
            "WIDE = 7\n    @classmethod\n    def width(cls):\n        return cls.WIDE",
            "Sizes.width()",
            id="a class method",
        ),
        pytest.param(
            "def width(self):\n        return 7\n    size = width", "Sizes().size()", id="a method by two names"
        ),
        pytest.param(
            "def width(self):\n        return 5\n    def width(self):\n        return 7",
            "Sizes().width()",
            id="the later",
        ),
        pytest.param(
            "def width(self):\n        return 5\n    width = 7", "Sizes().width", id="a name that is bound anew"
        ),
        pytest.param(
            "if len('a') == 1:\n        def width(self):\n            return 5\n    def width(self):\n        return 7",
            "Sizes().width()",
            id="the later, the other under a condition",
        ),
        pytest.param(
            "import math as width\n    def width(self):\n        return 7",
            "Sizes().width()",
            id="the later, the other an import",
        ),
        pytest.param(
            "def __init__(self):\n        self.n = 1\n    @property\n    def width(self):\n        return self.n\n"
            "    @width.setter\n    def width(self, value):\n        self.n = value + 2",
            "changed().width",
            id="a property that can be set",
        ),
    ],
)
def test_a_method_is_what_its_class_defines(tmp_path: Path, body: str, size: str) -> None:
    sizes_py = f"class Sizes:\n    {body}\ndef changed():\n    made = Sizes()\n    made.width = 5\n    return made\n"
    main = f"from keras import Input\nfrom sizes import Sizes, changed\nInput(({size},))\n"
    assert sizes(run_files(tmp_path, {"model.py": main, "sizes.py": sizes_py})) == [7]


DOUBLED = """
import functools
MADE = []
def doubled(method):
    names = [method.__name__]
    @functools.wraps(method)
    def twice(self):
        return 2 * method(self)
    return twice
def noted(method):
    MADE.append(method)
    return method
class Sizes:
    @doubled
    def width(self):
        return 3
    @noted
    def height(self):
        return 5
"""


def test_a_decorated_method_gives_what_its_decorator_makes(tmp_path: Path) -> None:
    main = "from keras import Input\nfrom sizes import Sizes\nInput((Sizes().width() + 1,))\n"
    assert sizes(run_files(tmp_path, {"model.py": main, "sizes.py": DOUBLED})) == [7]


def test_a_decorator_that_others_can_see_is_called_with_the_class(tmp_path: Path) -> None:
    main = "from keras import Input\nimport sizes\nsizes.Sizes()\nInput((len(sizes.MADE) + 6,))\n"
    assert sizes(run_files(tmp_path, {"model.py": main, "sizes.py": DOUBLED})) == [7]


def test_a_decorator_that_only_makes_functions_is_called_when_its_method_is_asked_for(tmp_path: Path) -> None:
    files = {"model.py": "from sizes import Sizes\nSizes()\n", "sizes.py": DOUBLED}
    names = [each.name for each in imported(tmp_path, files, "sizes.py").functions]
    assert "twice" not in names
    assert "height" in names


def test_only_the_methods_that_are_asked_for_are_made(tmp_path: Path) -> None:
    methods = "    def width(self):\n        return 7\n    def height(self):\n        return 5\n"
    files = {"model.py": "from sizes import Sizes\nSizes().width()\n", "sizes.py": f"class Sizes:\n{methods}"}
    assert [each.name for each in imported(tmp_path, files, "sizes.py").functions] == ["width"]


SETTING = """
class Sizes:
    def __init__(self):
        self.n = 5
    @property
    def width(self):
        return self.n
    @width.setter
    def width(self, value):
        self.n = value
    @property
    def height(self):
        return 5
    @height.setter
    def height(self, value):
        self.n = value
"""


def test_a_property_and_what_sets_it_are_made_when_it_is_asked_for(tmp_path: Path) -> None:
    model = "from keras import Input\nfrom sizes import Sizes\nmade = Sizes()\nmade.width = 7\nInput((made.width,))\n"
    files = {"model.py": model, "sizes.py": SETTING}
    assert sizes(run_files(tmp_path, files)) == [7]
    made = imported(tmp_path, files, "sizes.py").functions
    assert sorted(each.name for each in made) == ["__init__", "width", "width"]


def test_a_method_that_was_asked_for_in_one_branch_is_the_same_in_the_other(tmp_path: Path) -> None:
    main = """
    from keras import Input
    from sizes import Sizes
    import sys
    if len(sys.argv) > 1:
        width = Sizes.width
    else:
        width = Sizes.width
    Input((width(None),))
    """
    files = {"model.py": main, "sizes.py": "class Sizes:\n    def width(self):\n        return 7\n"}
    assert sizes(run_files(tmp_path, files)) == [7]
