"""Calls with values that nobody knows: not made again where nothing came of them, and made where something does."""

from __future__ import annotations

import pytest

from tests.interpreter.support import given, run

CONVERTED = """
from elsewhere import boxes
def converted(boxes, source, target):
    found = boxes
    for outer in range(100):
        for inner in range(50):
            found = found + inner
    return found
"""


def test_the_same_call_again_is_no_work() -> None:
    program = f"{CONVERTED}\nfor _ in range(100):\n    last = converted(boxes, 'xyxy', 'xywh')\nInput((7,))\n"
    assert given(program) == [7]
    assert run(f"from keras import Input\n{program}").unknown == []


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        pytest.param(
            "COUNTS = []\ndef noted(x):\n    COUNTS.append(1)\n"
            "for _ in range(5):\n    noted(boxes)\nInput((len(COUNTS),))\n",
            [5],
            id="a list that others see",
        ),
        pytest.param(
            "class Counter:\n    n = 0\ndef counted(x):\n    Counter.n += 1\nfor _ in range(5):\n    counted(boxes)\n"
            "Input((Counter.n,))\n",
            [5],
            id="an attribute that others see",
        ),
        pytest.param(
            "def size(x, n):\n    return n if n > 5 else x\n"
            "for _ in range(3):\n    size(boxes, 1)\nInput((size(boxes, 7),))\n",
            [7],
            id="another number",
        ),
        pytest.param(
            "SIZE = None\ndef size(x):\n    return SIZE\n"
            "for _ in range(3):\n    size(boxes)\nSIZE = 7\nInput((size(boxes),))\n",
            [7],
            id="what it reads is another thing by now",
        ),
    ],
)
def test_a_call_of_which_something_may_come_is_made(program: str, expected: list[object]) -> None:
    assert given(f"from elsewhere import boxes\n{program}") == expected


def test_a_call_that_makes_nodes_makes_them_each_time() -> None:
    program = """
    import tensorflow as tf
    from elsewhere import boxes
    def area(x):
        tf.reduce_sum(x)
    for _ in range(4):
        area(boxes)
    """
    assert len(run(program).recorder.nodes) == 4
