"""A source with the shapes of its lines beside them."""

from __future__ import annotations

import ast
import json
from textwrap import dedent

from kerascheck.config import Settings
from kerascheck.engine import interpret
from kerascheck.report.annotate import render_annotated, shape_text
from kerascheck.shapes import UNKNOWN, Shape
from kerascheck.shapes.dim import batch, symbol
from kerascheck.source import source_from_text


def annotated(text: str, name: str = "<string>", *, color: bool = False) -> str:
    source = source_from_text(dedent(text).lstrip() if name.endswith(">") else text, name)
    return render_annotated(interpret(source, Settings()), source, color=color)


def test_each_line_has_its_shape_beside_it() -> None:
    text = """
    import keras
    x = keras.Input((28, 28, 1))
    y = keras.layers.Conv2D(8, 3)(x)
    model = keras.Model(x, y)
    """
    assert annotated(text) == (
        "import keras\n"
        "x = keras.Input((28, 28, 1))      # (B, 28, 28, 1)\n"
        "y = keras.layers.Conv2D(8, 3)(x)  # (B, 26, 26, 8)\n"
        "model = keras.Model(x, y)         # Model (B, 28, 28, 1) → (B, 26, 26, 8), 80 parameters\n"
    )


def test_the_calls_of_one_line_come_in_turn() -> None:
    text = """
    from keras import Input, layers
    y = layers.Dense(2)(layers.Flatten()(Input((3, 4))))
    """
    assert annotated(text).splitlines()[1].endswith("  # (B, 3, 4) → (B, 12) → (B, 2)")


def test_the_input_that_a_layer_makes_comes_before_its_output() -> None:
    text = """
    from keras import Sequential, layers
    model = Sequential()
    model.add(layers.Flatten(input_shape=(3, 4)))
    """
    assert annotated(text).splitlines()[2].endswith("  # (B, 3, 4) → (B, 12)")


def test_a_line_that_runs_several_times_tells_each_shape_once() -> None:
    text = """
    from keras import Input, layers
    def block(x, width):
        return layers.Dense(width)(x)
    x = Input((4,))
    for width in (8, 8, 9):
        x = block(x, width)
    """
    assert annotated(text).splitlines()[2].endswith("  # (B, 8) | (B, 9)")


def test_an_open_size_has_its_name_and_an_unknown_one_a_question_mark() -> None:
    text = """
    from keras import Input, layers
    import mystery
    x = layers.MaxPooling2D()(Input((None, None, 3)))
    y = layers.Dense(mystery.size())(x)
    z = layers.JaxLayer(mystery.call)(x)
    """
    lines = annotated(text).splitlines()
    assert lines[2].endswith("# (B, H, W, 3) → (B, (H//2), (W//2), 3)")
    assert lines[3].endswith("# (B, (H//2), (W//2), ?)")
    assert lines[4].endswith("# ?")


def test_shapes_are_written_as_tuples() -> None:
    shapes = [Shape(None), Shape.of(), Shape.of(3), Shape.of(batch(), 2 * (symbol("H") // 2), UNKNOWN)]
    assert [shape_text(shape) for shape in shapes] == ["?", "()", "(3,)", "(B, 2*(H//2), ?)"]


def test_the_result_is_the_same_program() -> None:
    text = "import keras\nx = keras.layers.Dense(\n    4,\n)(keras.Input((3,)))\n"
    assert ast.dump(ast.parse(annotated(text))) == ast.dump(ast.parse(text))


def test_a_notebook_is_told_cell_by_cell() -> None:
    cells = [
        {"cell_type": "code", "source": "import keras\nx = keras.Input((3,))"},
        {"cell_type": "markdown", "source": "And then"},
        {"cell_type": "code", "source": "y = keras.layers.Dense(2)(x)"},
    ]
    text = annotated(json.dumps({"cells": cells, "nbformat": 4}), "n.ipynb")
    assert text == (
        "# %% cell 1\n"
        "import keras\n"
        "x = keras.Input((3,))         # (B, 3)\n"
        "# %% cell 3\n"
        "y = keras.layers.Dense(2)(x)  # (B, 2)\n"
    )


def test_colour_tells_the_unknown_apart() -> None:
    text = "import keras, mystery\nx = keras.Input((3,))\nkeras.layers.JaxLayer(mystery.f)(x)\n"
    lines = annotated(text, color=True).splitlines()
    assert lines[1].endswith("\x1b[36m# (B, 3)\x1b[0m")
    assert lines[2].endswith("\x1b[33m# ?\x1b[0m")
