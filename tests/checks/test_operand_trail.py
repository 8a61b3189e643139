"""The trail of a finding: the lines that made the operands, and the calls that led there."""

from __future__ import annotations

import kerascheck

PROGRAM = """\
import keras
from keras import layers

def block(x, filters):
    return layers.Conv2D(filters, 3)(x)

inputs = keras.Input((28, 28, 1))
first = block(inputs, 8)
second = block(first, 8)
joined = layers.Concatenate()([first, second])
"""


def test_operands_made_by_one_line_of_a_function_are_told_by_the_calls_that_made_them() -> None:
    (finding,) = kerascheck.check_source(PROGRAM)
    assert [(step.span.line, step.note) for step in finding.trail] == [
        (8, "(None, 26, 26, 8)"),
        (9, "(None, 24, 24, 8)"),
    ]


def test_an_operand_made_in_a_function_shows_its_line_and_the_call() -> None:
    program = PROGRAM.replace("second = block(first, 8)", "second = layers.MaxPooling2D()(first)")
    (finding,) = kerascheck.check_source(program)
    assert [(step.span.line, step.note) for step in finding.trail] == [
        (5, "(None, 26, 26, 8)"),
        (8, "(None, 26, 26, 8)"),
        (9, "(None, 13, 13, 8)"),
    ]
