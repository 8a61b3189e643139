"""Arrays as programs make them before ``fit``: their shapes reach models, and they remember where they were made."""

from __future__ import annotations

from typing import Any

import pytest

from kerascheck.interpreter.values import TensorValue, UnknownValue
from kerascheck.shapes import UNKNOWN
from tests.interpreter.support import given, lines, named, run, variables


def spec(text: str, name: str = "x") -> tuple[tuple[Any, ...] | None, str | None]:
    """The shape and dtype of an array that a program leaves."""
    value = variables("import numpy as np\n" + text)[name]
    assert isinstance(value, TensorValue) and value.is_array
    return value.spec.shape.dims, value.spec.dtype


def made_at(text: str, name: str = "x") -> str | None:
    """The expression that gave an array its shape."""
    value = variables("import numpy as np\n" + text)[name]
    assert isinstance(value, TensorValue)
    return None if value.source is None else value.source.text


def test_the_shape_of_an_array_is_a_models_input_shape() -> None:
    assert given("import numpy as np\nx = np.zeros((100, 28, 28))[..., None]\nInput(shape=x.shape[1:])") == [28, 28, 1]


def test_the_size_of_an_axis_is_a_layers_units() -> None:
    program = run(
        """
        import keras, numpy as np
        y = np.zeros((100, 7))
        x = keras.layers.Dense(y.shape[1], name="head")(keras.Input((3,)))
        """
    )
    assert str(named(program, "head").shape) == "(None, 7)"


def test_classes_counted_in_the_data_are_of_unknown_number() -> None:
    program = run(
        """
        import keras, numpy as np
        y = np.random.randint(0, 5, size=100)
        x = keras.layers.Dense(np.max(y) + 1, name="head")(keras.Input((3,)))
        """
    )
    assert str(named(program, "head").shape) == "(None, None)"


def test_a_method_and_a_function_give_the_same() -> None:
    assert spec("x = np.zeros((4, 6)).reshape(-1, 2, 3).transpose(0, 2, 1)") == ((4, 3, 2), "float64")


def test_a_mask_leaves_the_number_of_rows_open() -> None:
    assert spec("y = np.zeros((5, 3))\nx = y[y[:, 0] > 0]") == ((UNKNOWN, 3), "float64")


def test_an_array_of_unknown_content_is_reshaped_to_what_is_written() -> None:
    assert spec("import cv2\nx = np.array(cv2.imread('a.png')).reshape(-1, 64, 64, 3)") == ((UNKNOWN, 64, 64, 3), None)


def test_appended_images_are_stacked() -> None:
    program = """
    images = []
    for index in range(3):
        images.append(np.zeros((8, 8)))
    x = np.array(images)
    """
    assert variables("import numpy as np\n" + "\n".join(line[4:] for line in program.splitlines()))[
        "x"
    ].spec.shape.dims == (3, 8, 8)


def test_writing_into_an_array_keeps_its_dtype() -> None:
    assert spec("x = np.zeros(3, 'float32')\nx += np.ones(3)") == ((3,), "float32")
    assert spec("x = np.zeros(3, 'float32')\nx = x + np.ones(3)") == ((3,), "float64")


def test_setting_the_shape_reshapes() -> None:
    assert spec("x = np.zeros((4, 6))\nx.shape = (2, 12)") == ((2, 12), "float64")


def test_branches_keep_what_they_agree_on() -> None:
    text = "import sys\nx = np.zeros((4, 6))\nif sys.argv:\n    x = np.ones((5, 6))"
    assert spec(text) == ((UNKNOWN, 6), "float64")


def test_a_loop_that_grows_an_array_leaves_its_length_open() -> None:
    text = "import sys\nx = np.zeros((1, 6))\nfor a in sys.argv:\n    x = np.concatenate([x, np.zeros((1, 6))])"
    assert spec(text) == ((UNKNOWN, 6), "float64")


def test_a_list_filled_in_a_loop_of_unknown_length_makes_an_array_of_unknown_shape() -> None:
    text = "import random\nq = []\nwhile len(q) < 5000:\n    if random.random() in q:\n        continue\n"
    assert spec(text + "    q.append(random.random())\nx = np.zeros((len(q), 3))") == ((UNKNOWN, 3), "float64")


def test_an_array_of_few_rows_unpacks_into_them() -> None:
    assert spec("x, y = np.zeros((2, 5, 3))") == ((5, 3), "float64")


def test_a_loop_over_pairs_of_rows_sees_a_row_of_each() -> None:
    text = "y = np.zeros((60000, 10))\nfor a, (x, b) in enumerate(zip(np.zeros((60000, 28, 28)), y)):\n    pass"
    assert spec(text) == ((28, 28), "float64")


def test_an_array_in_a_layers_call_is_a_constant_that_belongs_to_no_graph() -> None:
    program = run(
        """
        import keras, numpy as np
        class Positions(keras.layers.Layer):
            def call(self, x):
                places = np.arange(x.shape[1])[:, None] / np.power(10000, np.arange(8) / 8)
                return x + places[None].astype("float32")
        Positions(name="places")(keras.Input((5, 8)))
        """
    )
    assert str(named(program, "places").shape) == "(None, 5, 8)"
    assert all(node.problem is None for node in program.recorder.nodes.values())


def test_a_tensor_of_an_array_is_data_and_follows_tensorflow() -> None:
    value = variables("import numpy as np, tensorflow as tf\nx = tf.constant(np.zeros((4, 3)))[:2]")["x"]
    assert value.is_array and not value.is_numpy
    assert value.spec.shape.dims == (2, 3)


def test_a_keras_tensor_given_to_numpy_is_not_followed() -> None:
    value = variables("import keras, numpy as np\nx = np.reshape(keras.Input((4,)), (2, 2))")["x"]
    assert isinstance(value, UnknownValue)


def test_what_may_be_a_data_frame_is_not_taken_for_an_array() -> None:
    value = variables("import pandas as pd, numpy as np\nd = pd.read_csv('a.csv')\nx = np.log(d[['a', 'b']])")["x"]
    assert isinstance(value, UnknownValue)


def test_the_values_of_a_data_frame_are_unknown() -> None:
    assert isinstance(variables("import pandas as pd\nx = pd.read_csv('a.csv').values")["x"], UnknownValue)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("x = np.zeros((4, 6))", "np.zeros((4, 6))"),
        ("x = np.zeros((4, 6)).astype('float32') / 255", "np.zeros((4, 6))"),
        ("x = np.zeros((4, 6))\nx = x.reshape(-1, 3)", "x.reshape(-1, 3)"),
        ("y = np.zeros((4, 6))\nx = y[:2]", "y[:2]"),
        ("x = np.zeros((4, 6))\nx = np.expand_dims(x, -1)", "np.expand_dims(x, -1)"),
        ("import tensorflow as tf\nx = tf.zeros((4, 6)) * 2.0", "tf.zeros((4, 6))"),
        ("import tensorflow as tf\nx = tf.cast(tf.constant(np.zeros((4, 6))), tf.float32)", "np.zeros((4, 6))"),
    ],
)
def test_an_array_remembers_what_gave_it_its_shape(text: str, expression: str) -> None:
    assert made_at(text) == expression


def test_an_array_made_in_a_function_remembers_the_call() -> None:
    value = variables("import numpy as np\ndef load():\n    return np.zeros((4, 6))\nx = load()")["x"]
    assert value.source is not None
    assert lines([value.source.span, *value.source.stack]) == [3, 4]


def test_evenly_spaced_numbers_are_gone_through_one_by_one() -> None:
    program = """
    import tensorflow as tf
    rates = [x for x in tf.linspace(0.0, 0.3, 4)]
    steps = [float(x) for x in tf.linspace(0.0, 8.0, sum([2, 3])).numpy()]
    Input((len(rates), int(steps[1]), int(steps[-1]), 5 if rates[1] > 0 else 6))
    """
    assert given(program) == [4, 2, 8, 5]


def test_the_numbers_of_a_vector_are_known_in_its_parts() -> None:
    program = """
    import numpy as np
    rates = np.linspace(0.0, 8.0, 5)
    first, second = [part.tolist() for part in np.split(rates, [2])]
    Input((len(first), int(first[1]), int(second[-1]), int(rates[1]), int(rates[1:3][1])))
    """
    assert given(program) == [2, 2, 8, 2, 4]
