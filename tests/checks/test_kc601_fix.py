"""The edit that KC601 offers: the twin of the function, by the names the file itself has for Keras."""

from __future__ import annotations

import pytest

import kerascheck

PROGRAM = """\
import tensorflow as tf
{imports}
inputs = {input}((4,))
outputs = tf.reduce_sum(inputs, axis=-1)
"""


@pytest.mark.parametrize(
    ("imports", "input_name", "written"),
    [
        ("import keras", "keras.Input", "keras.ops.sum(inputs, axis=-1)"),
        ("from tensorflow import keras", "keras.Input", "keras.ops.sum(inputs, axis=-1)"),
        ("import keras as k", "k.Input", "k.ops.sum(inputs, axis=-1)"),
        ("from keras import Input, ops", "Input", "ops.sum(inputs, axis=-1)"),
    ],
)
def test_the_fix_uses_the_name_the_file_has(imports: str, input_name: str, written: str) -> None:
    (finding,) = kerascheck.check_source(PROGRAM.format(imports=imports, input=input_name))
    assert finding.fix is not None
    assert [edit.text for edit in finding.fix.edits] == [written]


def test_there_is_no_fix_where_the_file_has_no_name_for_keras() -> None:
    (finding,) = kerascheck.check_source(PROGRAM.format(imports="from keras import Input", input="Input"))
    assert finding.fix is None
    assert finding.help == "write `keras.ops.sum(inputs, axis=-1)`"
