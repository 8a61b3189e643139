"""``keras.datasets``: the arrays that ``load_data`` gives, as its documentation says.

The docstrings of the installed Keras and tf_keras give the shapes and dtypes; where they say nothing of a size or a
dtype, it is not known here.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.interpreter.arrays import new_array
from kerascheck.interpreter.binding import bind_arguments
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.values import Arguments, External, Extremes, Value
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec

IMAGES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "mnist": ((60000, 28, 28), (60000,)),
    "fashion_mnist": ((60000, 28, 28), (60000,)),
    "cifar10": ((50000, 32, 32, 3), (50000, 1)),
    "cifar100": ((50000, 32, 32, 3), (50000, 1)),
}
"""The training images and labels; there are 10,000 test images, and all are uint8."""

TEST_IMAGES = 10000

CLASSES = {"mnist": 10, "fashion_mnist": 10, "cifar10": 10, "cifar100": 100, "imdb": 2, "reuters": 46}
"""How many classes the labels are of, as the docstrings say."""

MOST_WORDS = 10_000
"""So many of the most frequent words certainly occur in the reviews and in the newswires, the last of them too."""

COARSE_CLASSES = 20
"""The superclasses of CIFAR-100."""


def images(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``mnist.load_data()`` and its like: images and labels, to train and to test."""
    name = function.name.split(".")[-2]
    shapes, classes = IMAGES[name], CLASSES.get(name)
    if name == "cifar100":
        mode = bind_arguments(interpreter, function.name, arguments, node).get("label_mode")
        classes = {"fine": classes, "coarse": COARSE_CLASSES}.get(_text(mode))
    train = [TensorSpec(Shape(shape), "uint8") for shape in shapes]
    test = [TensorSpec(Shape((TEST_IMAGES, *shape[1:])), "uint8") for shape in shapes]
    return _pairs(interpreter, train, test, node, classes)


def texts(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``imdb.load_data(num_words=10000)``, ``reuters.load_data()``: lists of different lengths, and labels."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    sizes: tuple[Dim, Dim] = (UNKNOWN, UNKNOWN)
    if function.name.split(".")[-2] == "reuters" and bound.get("maxlen", UNKNOWN) is None:
        sizes = _split(11228, bound.get("test_split"))
    train, test = ([TensorSpec(Shape.of(size), "object"), TensorSpec(Shape.of(size), "int64")] for size in sizes)
    words = bound.get("num_words", bound.get("nb_words"))
    pairs = _pairs(interpreter, train, test, node, CLASSES.get(function.name.split(".")[-2]))
    if not isinstance(words, int) or not 0 < words <= MOST_WORDS or bound.get("skip_top") != 0:
        return pairs
    return tuple((replace(samples, extremes=Extremes(1, words - 1)), labels) for samples, labels in pairs)


def houses(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """``boston_housing.load_data()``, ``california_housing.load_data()``: a table, and the prices."""
    bound = bind_arguments(interpreter, function.name, arguments, node)
    boston = function.name.split(".")[-2] == "boston_housing"
    count = None if boston else {"small": 600, "large": 20640}.get(_text(bound.get("version")))
    sizes = (UNKNOWN, UNKNOWN) if count is None else _split(count, bound.get("test_split"))
    columns = 13 if boston else 8
    train, test = ([TensorSpec(Shape.of(size, columns)), TensorSpec(Shape.of(size))] for size in sizes)
    return _pairs(interpreter, train, test, node)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _split(count: int, test_split: Value) -> tuple[Dim, Dim]:
    """How many samples are to train and to test on: the sum that both generations of Keras do."""
    if not isinstance(test_split, (int, float)) or not 0 <= test_split < 1:
        return UNKNOWN, UNKNOWN
    first = int(count * (1 - test_split))
    return first, count - first


def _pairs(
    interpreter: Interpreter,
    train: list[TensorSpec],
    test: list[TensorSpec],
    node: ast.AST,
    classes: int | None = None,
) -> Value:
    """The samples and the labels, which are of so many classes, to train and to test on."""
    return tuple(
        (new_array(interpreter, samples, node), replace(new_array(interpreter, labels, node), classes=classes))
        for samples, labels in (train, test)
    )


LOADERS = {
    **dict.fromkeys((f"keras.datasets.{name}.load_data" for name in IMAGES), images),
    "keras.datasets.imdb.load_data": texts,
    "keras.datasets.reuters.load_data": texts,
    "keras.datasets.boston_housing.load_data": houses,
    "keras.datasets.california_housing.load_data": houses,
}
"""What answers for each, by canonical name."""
