"""What loads and prepares data: ``keras.datasets``, ``keras.utils``, scikit-learn."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import pytest

from kerascheck.interpreter.data_loaders import IMAGES
from kerascheck.interpreter.values import ListValue, TensorValue, UnknownValue
from kerascheck.shapes import UNKNOWN
from tests.interpreter.support import variables


def known(value: Any) -> Any:
    """The shape of an array, in the nesting of the value; None where nothing is known."""
    match value:
        case tuple():
            return tuple(known(part) for part in value)
        case ListValue(items=list() as items):
            return [known(part) for part in items]
        case TensorValue(spec=spec):
            return spec.shape.dims
    assert isinstance(value, UnknownValue)
    return None


def shape(expression: str, setup: str = "", generation: int = 3) -> Any:
    text = f"import numpy as np\nimport keras\n{setup}\nx = {expression}\n"
    return known(variables(text, generation)["x"])


def dtype(expression: str, setup: str = "", generation: int = 3) -> str | None:
    text = f"import numpy as np\nimport keras\n{setup}\nx = {expression}\n"
    value = variables(text, generation)["x"]
    assert isinstance(value, TensorValue)
    return value.spec.dtype


@pytest.mark.parametrize("package", ["keras", "tensorflow.keras"])
@pytest.mark.parametrize(("name", "generation"), [(name, each) for name in IMAGES for each in (2, 3)])
def test_images_have_their_documented_shapes(package: str, name: str, generation: int) -> None:
    train, labels = IMAGES[name]
    found = shape("data.load_data()", f"from {package}.datasets import {name} as data", generation)
    assert found == ((train, labels), ((10000, *train[1:]), (10000, *labels[1:])))


@pytest.mark.tensorflow
@pytest.mark.parametrize("package", ["keras", "tf_keras"])
@pytest.mark.parametrize("name", IMAGES)
def test_the_documentation_says_so(package: str, name: str) -> None:
    module = importlib.import_module(f"{package}.datasets.{name}")
    said = re.findall(r"_train.shape == (\(.*?\))", inspect.getdoc(module.load_data) or "")
    assert said == [str(shape) for shape in IMAGES[name]]


def test_reviews_are_lists_of_different_lengths() -> None:
    assert shape("keras.datasets.imdb.load_data(num_words=10000)[0]") == ((UNKNOWN,), (UNKNOWN,))
    assert dtype("keras.datasets.imdb.load_data(num_words=10000)[0][0]") == "object"


def test_reuters_is_split_as_asked() -> None:
    assert shape("keras.datasets.reuters.load_data()") == (((8982,), (8982,)), ((2246,), (2246,)))
    assert shape("keras.datasets.reuters.load_data(test_split=0.5)[0]") == ((5614,), (5614,))
    assert shape("keras.datasets.reuters.load_data(maxlen=50)[0]") == ((UNKNOWN,), (UNKNOWN,))


def test_houses_have_their_features() -> None:
    assert shape("keras.datasets.boston_housing.load_data()[0]") == ((UNKNOWN, 13), (UNKNOWN,))
    assert shape("keras.datasets.california_housing.load_data()[0]") == ((16512, 8), (16512,))
    assert shape("keras.datasets.california_housing.load_data(version='small')[1]") == ((120, 8), (120,))


def test_labels_become_vectors_of_the_number_of_classes() -> None:
    y = "y = np.zeros((50, 1), dtype='uint8')"
    assert shape("keras.utils.to_categorical(y, 10)", y) == (50, 10)
    assert shape("keras.utils.to_categorical(y, num_classes=y.max() + 1)", y) == (50, UNKNOWN)
    assert shape("keras.utils.to_categorical(y)", y) == (50, UNKNOWN)
    assert shape("keras.utils.to_categorical([0, 1, 2], 3)") == (3, 3)
    assert dtype("keras.utils.to_categorical(y, 10)", y) == "float64"
    assert dtype("keras.utils.to_categorical(y, 10)", y, generation=2) == "float32"


def test_sequences_are_padded_to_one_length() -> None:
    setup = "from keras.preprocessing.sequence import pad_sequences\n"
    assert shape("pad_sequences([[1], [1, 2, 3]])", setup) == (2, 3)
    assert shape("pad_sequences([[1], [1, 2, 3]], maxlen=9)", setup) == (2, 9)
    assert shape("pad_sequences([[[1, 2]], [[1, 2], [3, 4]]])", setup) == (2, 2, 2)
    reviews = setup + "(r, _), _ = keras.datasets.imdb.load_data()"
    assert shape("pad_sequences(r, 80)", reviews) == (UNKNOWN, 80)
    assert shape("pad_sequences(r)", reviews) == (UNKNOWN, UNKNOWN)
    assert dtype("pad_sequences(r, 80)", reviews) == "int32"


def test_texts_are_padded_to_one_length() -> None:
    setup = "from keras.preprocessing.text import Tokenizer\nt = Tokenizer(num_words=100)\nt.fit_on_texts(['a'])"
    assert shape("keras.utils.pad_sequences(t.texts_to_sequences(['a b']), maxlen=20)", setup) == (UNKNOWN, 20)
    assert shape("np.zeros((len(t.word_index) + 1, 8))", setup) == (UNKNOWN, 8)


def test_an_image_has_the_size_asked_for() -> None:
    load = "keras.utils.load_img('a.png', target_size=(32, 48)"
    assert shape(f"keras.utils.img_to_array({load}))") == (32, 48, 3)
    assert shape(f"keras.utils.img_to_array({load}, color_mode='grayscale'))") == (32, 48, 1)
    assert shape(f"np.array([{load})])") == (1, 32, 48, 3)
    assert shape("keras.utils.img_to_array(keras.utils.load_img('a.png'))") == (UNKNOWN, UNKNOWN, 3)
    assert dtype(f"keras.utils.img_to_array({load}))") == "float32"


def test_normalized_rows_keep_their_shape() -> None:
    assert shape("keras.utils.normalize(np.zeros((5, 3), 'uint8'))") == (5, 3)
    assert dtype("keras.utils.normalize(np.zeros((5, 3), 'uint8'))") == "float64"
    assert dtype("keras.utils.normalize(np.zeros((5, 3), 'float32'))") == "float32"


SPLIT = "from sklearn.model_selection import train_test_split\na, b = np.zeros((101, 7)), np.zeros(101)"


@pytest.mark.parametrize(
    ("arguments", "train", "test"),
    [("", 75, 26), ("test_size=0.2", 80, 21), ("test_size=10", 91, 10), ("train_size=0.5", 50, 51),
     ("train_size=0.3, test_size=0.3", 30, 31), ("test_size=n", UNKNOWN, UNKNOWN)],
)  # fmt: skip
def test_arrays_are_split_as_scikit_learn_does(arguments: str, train: Any, test: Any) -> None:
    found = shape(f"train_test_split(a, b, {arguments})", SPLIT)
    assert found == [(train, 7), (test, 7), (train,), (test,)]


def test_what_is_not_known_to_be_an_array_is_split_into_what_is_not_known() -> None:
    assert shape("train_test_split(open('a').read(), b, test_size=0.2)", SPLIT) == [None, None, (80,), (21,)]


def test_a_scaler_keeps_the_table() -> None:
    setup = "from sklearn.preprocessing import StandardScaler\ns = StandardScaler()\na = np.zeros((101, 7))"
    assert shape("s.fit_transform(a)", setup) == (101, 7)
    assert shape("s.fit(a).transform(a)", setup) == (101, 7)


def test_the_tables_that_come_with_scikit_learn() -> None:
    setup = "from sklearn import datasets\niris = datasets.load_iris()"
    assert shape("iris.data", setup) == (150, 4)
    assert shape("iris['target']", setup) == (150,)
    assert shape("datasets.load_digits(return_X_y=True)", setup) == ((1797, 64), (1797,))
    assert shape("datasets.load_iris(as_frame=True).data", setup) is None
    assert shape("datasets.make_moons(100, noise=0.1)", setup) == ((100, 2), (100,))
    assert shape("datasets.make_classification(n_samples=50)", setup) == ((50, 20), (50,))


def test_labels_tell_how_many_classes_they_are_of() -> None:
    names = variables(
        """
        import keras
        import numpy as np
        (_, y), _ = keras.datasets.cifar10.load_data()
        (_, coarse), _ = keras.datasets.cifar100.load_data(label_mode="coarse")
        largest, lowest = np.max(y), y.min()
        number = len(np.unique(y.astype("int32").reshape(-1)))
        superclasses = coarse.max() + 1
        some = np.max(y[:100])
        by_axis = np.max(y, axis=0)
        vectors = keras.utils.to_categorical(y)
        """
    )
    assert [names[name] for name in ("largest", "lowest", "number", "superclasses")] == [9, 0, 10, 20]
    assert isinstance(names["some"], (TensorValue, UnknownValue)) and isinstance(names["by_axis"], TensorValue)
    assert str(names["vectors"].spec.shape) == "(50000, 10)"
