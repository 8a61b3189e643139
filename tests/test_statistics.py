"""How much was understood, in numbers."""

from __future__ import annotations

import json

from kerascheck.report.statistics import render_statistics
from kerascheck.statistics import Statistics, count, statistics_json
from tests.interpreter.support import run

PROGRAM = """
import keras
import mystery
x = keras.Input((4,))
y = keras.layers.Dense(3)(x)
z = keras.layers.Dense(mystery.size())(y)
keras.Model(x, z)
keras.layers.JaxLayer(mystery.call)(x)
"""


def test_models_calls_and_shapes_are_counted() -> None:
    found = statistics_json(count(run(PROGRAM)))
    assert (found["files"], found["models"], found["calls"]) == (1, {"found": 1, "complete": 0}, 4)
    assert found["shapes"] == {"total": 4, "known": 2, "partly": 1, "unknown": 1}
    assert found["without_shape"] == [
        {"op": "keras.layers.Dense", "count": 1},
        {"op": "keras.layers.JaxLayer", "count": 1},
    ]


def test_what_was_not_understood_comes_by_frequency() -> None:
    text = PROGRAM + "keras.layers.JaxLayer(mystery.call)(x)\nkeras.layers.TFSMLayer('a')(x)\n"
    found = statistics_json(count(run(text)))
    assert [each["count"] for each in found["not_understood"]] == [2, 1]
    assert "JaxLayer" in found["not_understood"][0]["what"]


def test_several_programs_add_up() -> None:
    once, twice = count(run(PROGRAM)), count(run(PROGRAM), run(PROGRAM))
    assert (twice.files, twice.calls) == (2, 2 * once.calls)
    assert sum(twice.unknown.values()) == sum(once.unknown.values()), "one place of one file is told once"


def test_an_open_size_that_has_a_name_is_known() -> None:
    found = count(run("import keras\nkeras.layers.Conv2D(3, 3)(keras.Input((None, None, 3)))\n"))
    assert (found.shapes, found.known) == (2, 2)


def test_the_text_says_the_same() -> None:
    text = render_statistics(count(run(PROGRAM)))
    assert text.startswith(
        "Models: 1 (0 understood in full)\nCalls: 4\nShapes: 4 (2, 50.0 %, known, 1 in part, 1 not)\n"
    )
    assert "     1\tkeras.layers.JaxLayer\n" in text


def test_nothing_is_counted_of_nothing() -> None:
    assert (
        render_statistics(Statistics())
        == "Models: 0 (0 understood in full)\nCalls: 0\nShapes: 0 (0 known, 0 in part, 0 not)\n"
    )
    json.dumps(statistics_json(Statistics()))
