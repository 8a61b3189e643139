"""tf.data and Keras's loaders: what an element of a dataset looks like. What TensorFlow says was seen by running it."""

from __future__ import annotations

from typing import Any

import pytest

from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.dataset_values import DatasetValue
from tests.interpreter.support import variables

HEAD = """
import keras
import numpy as np
import tensorflow as tf
Data = tf.data.Dataset
rows = Data.from_tensor_slices((np.zeros((10, 4)), np.zeros(10)))
"""


def data(expression: str) -> Any:
    """The dataset that an expression gives."""
    found = variables(f"{HEAD}\nfound = {expression}\n")["found"]
    assert isinstance(found, DatasetValue), found
    return found


def shapes(value: Any) -> list[str]:
    """The shapes of the tensors in an element."""
    element = value.element if isinstance(value, DatasetValue) else value
    return [str(tensor.spec.shape) for _, tensor in tensors_in(element)]


@pytest.mark.parametrize(
    ("expression", "expected", "length"),
    [
        ("rows", ["(4,)", "()"], 10),
        ("rows.batch(3)", ["(None, 4)", "(None,)"], 4),
        ("rows.batch(5, drop_remainder=True)", ["(5, 4)", "(5,)"], 2),
        ("rows.batch(2).batch(3)", ["(None, None, 4)", "(None, None)"], 2),
        ("rows.batch(3).unbatch()", ["(4,)", "()"], None),
        ("rows.shuffle(9).cache().prefetch(1).repeat(2)", ["(4,)", "()"], 20),
        ("rows.repeat()", ["(4,)", "()"], -1),
        ("rows.take(3)", ["(4,)", "()"], 3),
        ("rows.skip(4)", ["(4,)", "()"], 6),
        ("rows.filter(lambda a, b: b > 0)", ["(4,)", "()"], None),
        ("rows.enumerate()", ["()", "(4,)", "()"], 10),
        ("rows.concatenate(rows)", ["(4,)", "()"], 20),
        ("rows.map(lambda a, b: [a, tf.reshape(a, (2, 2))])", ["(4,)", "(2, 2)"], 10),
        ("rows.map(lambda a, b: (a, 1, 2.0))", ["(4,)", "()", "()"], 10),
        ("rows.map(lambda a, b: {'x': a})", ["(4,)"], 10),
        ("rows.apply(lambda d: d.batch(3))", ["(None, 4)", "(None,)"], 4),
        ("rows.interleave(lambda a, b: Data.from_tensors(a))", ["(4,)"], None),
        ("Data.zip((rows, rows.batch(2)))", ["(4,)", "()", "(None, 4)", "(None,)"], 5),
        ("Data.from_tensors(np.zeros((2, 3)))", ["(2, 3)"], 1),
        ("Data.from_tensor_slices([1, 2, 3])", ["()"], 3),
        ("Data.from_tensor_slices({'a': np.zeros((6, 2))})", ["(2,)"], 6),
        ("Data.range(5)", ["()"], 5),
        ("tf.data.TextLineDataset('file')", ["()"], None),
        ("Data.from_tensor_slices(np.zeros((6, 3))).padded_batch(2)", ["(None, 3)"], 3),
        ("Data.from_generator(f, output_signature=tf.TensorSpec(shape=(3,), dtype=tf.float32))", ["(3,)"], None),
        ("Data.from_generator(f, (tf.int32, tf.float32), ((3,), None))", ["(3,)", "?"], None),
    ],
)  # fmt: skip
def test_an_element_and_the_length_are_those_of_tensorflow(
    expression: str, expected: list[str], length: int | None
) -> None:
    found = data(f"(lambda f: {expression})(None)")
    assert (shapes(found), found.length) == (expected, length)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("image_dataset_from_directory('d')", ["(None, 256, 256, 3)", "(None,)"]),
        ("image_dataset_from_directory('d', label_mode='binary')", ["(None, 256, 256, 3)", "(None, 1)"]),
        ("image_dataset_from_directory('d', label_mode=None)", ["(None, 256, 256, 3)"]),
        ("image_dataset_from_directory('d', labels=None)", ["(None, 256, 256, 3)"]),
        ("image_dataset_from_directory('d', label_mode='categorical', class_names=['a', 'b'])",
         ["(None, 256, 256, 3)", "(None, 2)"]),
        ("image_dataset_from_directory('d', image_size=(20, 30), color_mode='grayscale')",
         ["(None, 20, 30, 1)", "(None,)"]),
        ("image_dataset_from_directory('d', color_mode='rgba', batch_size=None)", ["(256, 256, 4)", "()"]),
        ("image_dataset_from_directory('d', data_format='channels_first')", ["(None, 3, 256, 256)", "(None,)"]),
        ("text_dataset_from_directory('d')", ["(None,)", "(None,)"]),
        ("audio_dataset_from_directory('d', output_sequence_length=50)", ["(None, 50, None)", "(None,)"]),
        ("timeseries_dataset_from_array(np.zeros((100, 5)), np.zeros((100, 2)), 10)",
         ["(None, None, 5)", "(None, 2)"]),
        ("timeseries_dataset_from_array(np.zeros((100, 5)), None, 10, batch_size=None)", ["(None, 5)"]),
    ],
)  # fmt: skip
def test_keras_loaders_give_what_they_are_told_to(call: str, expected: list[str]) -> None:
    assert shapes(data(f"keras.utils.{call}")) == expected


def test_subset_both_gives_two_datasets() -> None:
    left = variables(
        f"{HEAD}\na, b = keras.utils.image_dataset_from_directory('d', validation_split=0.2, subset='both', seed=1)"
    )
    assert shapes(left["a"]) == shapes(left["b"]) == ["(None, 256, 256, 3)", "(None,)"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("flow_from_directory('d')", ["(None, 256, 256, 3)", "(None, None)"]),
        ("flow_from_directory('d', class_mode='binary')", ["(None, 256, 256, 3)", "(None,)"]),
        ("flow_from_directory('d', class_mode=None)", ["(None, 256, 256, 3)"]),
        ("flow_from_directory('d', (20, 30), color_mode='grayscale', classes=['a', 'b'])",
         ["(None, 20, 30, 1)", "(None, 2)"]),
        ("flow(np.zeros((10, 8, 9, 3)), np.zeros((10, 2)), batch_size=4)", ["(None, 8, 9, 3)", "(None, 2)"]),
    ],
)  # fmt: skip
def test_an_image_data_generator_flows_in_batches(call: str, expected: list[str]) -> None:
    assert shapes(data(f"tf.keras.preprocessing.image.ImageDataGenerator().{call}")) == expected


def test_a_loop_gives_elements_whose_batch_only_python_knows() -> None:
    left = variables(f"{HEAD}\nfor x, y in rows.batch(3).take(1):\n    size = x.shape\n")
    assert shapes(left["x"]) == ["(None, 4)"]


def test_next_of_an_iterator_and_a_numbered_loop_give_an_element() -> None:
    left = variables(f"{HEAD}\nx, y = next(iter(rows))\nfor step, (a, b) in enumerate(rows):\n    pass\n")
    assert shapes(left["x"]) == shapes(left["a"]) == ["(4,)"]


def test_a_function_that_certainly_raises_leaves_the_element_unknown() -> None:
    found = data("rows.map(lambda a, b: [][1])")
    assert shapes(found) == []


def test_where_branches_differ_in_a_dataset_only_what_both_agree_on_is_known() -> None:
    left = variables(f"{HEAD}\nimport sys\nfound = rows\nif len(sys.argv) > 1:\n    found = rows.take(2)\n")
    assert shapes(left["found"]) == ["(4,)", "()"]
    assert left["found"].length is None
