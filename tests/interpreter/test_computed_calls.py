"""Calls of functions that only compute: made once for the same constants, and as if they were made each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interpreter.support import given, run_files, sizes

COUNTED = """
def counted(rounds):
    found = 0
    for outer in range(rounds):
        for inner in range(rounds):
            found += 1
    return found
"""


def test_the_same_call_again_is_no_work() -> None:
    assert given(f"{COUNTED}\nfor _ in range(100):\n    n = counted(100)\nInput((n,))\n") == [10000]


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        pytest.param(
            "def made(n):\n    return [n]\nmade(7)\nfirst = made(5)\nfirst[0] = 6\nsecond = made(5)\n"
            "Input((first[0], second[0]))\n",
            [6, 5],
            id="each gets a list of its own",
        ),
        pytest.param(
            "def size(x):\n    return 5 if isinstance(x, bool) else 7\nsize(0)\nInput((size(True), size(1)))\n",
            [5, 7],
            id="True is another argument than 1",
        ),
        pytest.param(
            "WIDTH = 5\ndef wider(n):\n    return n + WIDTH\nwider(1)\na = wider(1)\nWIDTH = 6\nInput((a, wider(1)))\n",
            [6, 7],
            id="a name that it reads is bound anew",
        ),
        pytest.param(
            "def first(widths):\n    return widths\nfirst([1])\nmine = [5]\nfirst(mine)\nfirst(mine).append(6)\n"
            "Input(tuple(mine))\n",
            [5, 6],
            id="what it gives back is what it was given",
        ),
        pytest.param(
            "def widest(widths):\n    return max(widths)\nwidest([1])\nmine = [5]\na = widest(mine)\nmine.append(7)\n"
            "Input((a, widest(mine)))\n",
            [5, 7],
            id="a list has changed",
        ),
        pytest.param(
            "def size(a=1, b=1):\n    return 3 * a + b\nsize()\nInput((size(2), size(b=2), size(a=2)))\n",
            [7, 5, 7],
            id="given by position or by name",
        ),
        pytest.param(
            "WIDTHS = []\ndef noted(n):\n    WIDTHS.append(n)\n    return n\nnoted(1)\nnoted(1)\nnoted(1)\n"
            "Input((len(WIDTHS),))\n",
            [3],
            id="one that does more than compute",
        ),
    ],
)
def test_a_call_gives_what_it_would_if_it_were_made(program: str, expected: list[object]) -> None:
    assert given(program) == expected


def test_a_list_that_holds_itself_can_be_given() -> None:
    program = "def size(x):\n    return 7\nx = []\nx.append(x)\nsize(x)\nsize(x)\nInput((size(x),))\n"
    assert given(program) == [7]


def test_a_call_that_raises_raises_each_time() -> None:
    program = """
    def size(n):
        assert n > 1
        return n
    sizes = []
    for n in (5, 1, 1):
        try:
            sizes.append(size(n))
        except AssertionError:
            sizes.append(7)
    Input(tuple(sizes))
    """
    assert given(program) == [5, 7, 7]


@pytest.mark.parametrize("unit", [1, 2])
def test_a_call_in_another_run_knows_what_has_changed_between(tmp_path: Path, unit: int) -> None:
    files = {
        "model.py": "from keras import Input\nfrom widths import wide\nInput((wide(3), wide(4)))\n",
        "widths.py": "from units import unit\ndef wide(n):\n    return unit(n) + 1\n",
        "units.py": f"def unit(n):\n    return {unit} * n\n",
    }
    assert sizes(run_files(tmp_path, files)) == [3 * unit + 1, 4 * unit + 1]
    files["units.py"] = f"def unit(n):\n    return {unit} * n + 10\n"
    assert sizes(run_files(tmp_path, files)) == [3 * unit + 11, 4 * unit + 11]
