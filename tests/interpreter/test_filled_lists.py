"""Lists that a loop fills with data, and what NumPy makes of them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from kerascheck.interpreter.core import MAXIMUM_LONG_LOOPS
from kerascheck.interpreter.values import ListValue, TensorValue
from tests.interpreter.support import variables

LONG = MAXIMUM_LONG_LOOPS
"""More rounds than are ever followed."""


def shape(text: str, name: str = "x") -> str:
    """The shape of an array that a program leaves, as Keras prints it."""
    value = variables("import os\nimport numpy as np\n" + dedent(text))[name]
    assert isinstance(value, TensorValue)
    return str(value.spec.shape)


def test_windows_cut_in_a_long_loop_are_counted_and_of_one_length() -> None:
    program = """
        series = np.zeros((1258, 1))
        x = []
        for i in range(60, 1258):
            x.append(series[i - 60:i, 0])
        x = np.array(x)
        """
    assert shape(program) == "(1198, 60)"


@pytest.mark.parametrize("rounds", ["os.listdir('faces')", f"range({LONG})"])
def test_what_a_loop_of_unknown_or_too_many_rounds_appends_keeps_its_shape(rounds: str) -> None:
    assert (
        shape(f"x = []\nfor each in {rounds}:\n    x.append(np.zeros((28, 28)))\nx = np.array(x)") == "(None, 28, 28)"
    )


def test_appending_under_a_condition_that_is_not_known_keeps_the_shape() -> None:
    program = "x = []\nfor name in os.listdir('.'):\n    if name > 'm':\n        x.append(np.zeros(3))\nx = np.array(x)"
    assert shape(program) == "(None, 3)"


def test_labels_appended_as_different_numbers_are_one_axis() -> None:
    program = """
        x = []
        for name in os.listdir("faces"):
            x.append(1 if name == "a" else 0)
        x = np.array(x)
        """
    assert shape(program) == "(None,)"


def test_what_grows_from_round_to_round_has_no_known_size() -> None:
    program = """
        rows, row = [], np.zeros(3)
        for name in os.listdir("."):
            row = np.pad(row, 1)
            rows.append(row)
        x = rows[0]
        """
    value = variables("import os\nimport numpy as np\n" + dedent(program))["x"]
    assert not isinstance(value, TensorValue) or str(value.spec.shape) == "(None,)"


def test_the_index_of_a_loop_that_is_not_followed_gives_no_size() -> None:
    program = f"""
        rows = []
        for i in range({LONG}):
            rows.append(np.zeros((i, 3)))
        x = np.concatenate(rows)
        """
    assert shape(program) == "(None, 3)"


def test_arrays_joined_along_an_axis_leave_only_that_axis_open() -> None:
    parts = "rows = []\nfor name in os.listdir('.'):\n    rows.append(np.zeros((2, 5)))\n"
    assert shape(parts + "x = np.concatenate(rows)") == "(None, 5)"
    assert shape(parts + "x = np.stack(rows, axis=1)") == "(2, None, 5)"


@pytest.mark.parametrize("change", ["x += [name]", "x.extend(name)", "x[0] = name", "del x[0]", "x.insert(0, name)"])
def test_what_is_put_in_otherwise_leaves_nothing_known(change: str) -> None:
    program = f"import os\nx = []\nfor name in os.listdir('.'):\n    x.append(1)\nname = os.getcwd()\n{change}\n"
    value = variables(program)["x"]
    assert isinstance(value, ListValue)
    assert value.items is None and value.alike is None


def test_layers_made_in_a_loop_of_unknown_length_are_not_taken_to_be_alike() -> None:
    program = "import os, keras\nx = []\nfor name in os.listdir('.'):\n    x.append(keras.layers.Dense(3))\n"
    value = variables(program)["x"]
    assert isinstance(value, ListValue) and value.alike is None
