"""Stands in for what loads data: nothing is downloaded, and the code goes on with made-up data where it can."""

from __future__ import annotations

import functools
import math
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from kerascheck.tracer.binding import bind
from kerascheck.tracer.data_calls import data_call
from kerascheck.tracer.runtime import replace_attribute, replace_everywhere
from kerascheck.tracer.training import StopRun, Training

LIBRARIES = re.compile(r"(keras|tf_keras)(\..+)?")

NO_WEIGHTS = "kerascheck-has-no-weights"
"""The name of a weights file that was not downloaded."""

SEQUENCE = 100
"""How long the made-up texts are."""

WORDS = 10_000
"""How many words the made-up texts have, where the code does not say it."""

DIRECTORIES = ("image_dataset_from_directory", "text_dataset_from_directory", "audio_dataset_from_directory")


@dataclass(frozen=True, slots=True)
class Images:
    """A set of images that Keras loads, with the sizes that the loader's documentation gives."""

    train: int
    test: int
    shape: tuple[int, ...]
    classes: int
    column: bool = False


_IMAGES = {
    "mnist": Images(60_000, 10_000, (28, 28), 10),
    "fashion_mnist": Images(60_000, 10_000, (28, 28), 10),
    "cifar10": Images(50_000, 10_000, (32, 32, 3), 10, column=True),
    "cifar100": Images(50_000, 10_000, (32, 32, 3), 100, column=True),
}
_TABLES = {"boston_housing": (506, 13), "california_housing": (20_640, 8)}
_TEXTS = {"imdb": (25_000, 25_000, 2), "reuters": (8_982, 2_246, 46)}


def stop_loading(training: Training, library: ModuleType) -> None:
    """Put the stand-ins in place for one Keras."""
    made: list[tuple[Any, Any]] = []
    for name in (*_IMAGES, *_TABLES, *_TEXTS):
        loader = getattr(library.datasets, name, None)
        if loader is None:
            continue
        made.append((loader.load_data, _loader(training, name, loader.load_data)))
        for other in ("get_word_index", "get_label_names"):
            if other in vars(loader):
                made.append((vars(loader)[other], _stopping(training, f"{name}.{other}", vars(loader)[other])))
    made.append((library.utils.get_file, _get_file(training, library.utils.get_file)))
    for name in DIRECTORIES:
        found = getattr(library.utils, name, None)
        if found is not None:
            made.append((found, _from_directory(training, name, found)))
    replace_everywhere(LIBRARIES, made)


def stop_tensorflow_datasets(training: Training, module: ModuleType) -> None:
    """End the code where it would load one of TensorFlow's datasets."""
    for name in ("load", "builder"):
        if name in vars(module):
            replace_attribute(module, name, _stopping(training, f"tensorflow_datasets.{name}", vars(module)[name]))


def _stopping(training: Training, name: str, original: Any) -> Any:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        arguments = bind(original, args, kwargs)
        _note(training, name, arguments, tuple(key for key, value in arguments.items() if isinstance(value, str)))
        raise _stop(training, f"at {name}(), which would have loaded data")

    return call


def _stop(training: Training, why: str) -> StopRun:
    source = training.runtime.user.here()
    where = "" if source is None else f"at {source.span.file}:{source.span.line}, "
    return StopRun(f"the code was ended {where}{why}")


def _note(training: Training, method: str, arguments: Mapping[str, Any], shown: tuple[str, ...]) -> None:
    record = data_call(training.runtime, method, arguments, shown=shown)
    if record is not None:
        training.note_data(record)


def _loader(training: Training, name: str, original: Any) -> Any:
    @functools.wraps(original)
    def load_data(*args: Any, **kwargs: Any) -> Any:
        arguments = bind(original, args, kwargs)
        (x_train, y_train), (x_test, y_test) = _made(name, arguments)
        told = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
        _note(training, f"{name}.load_data", told, tuple(told))
        training.notes.setdefault(f"{name}.load_data() gave made-up data of the right shapes")
        return (x_train, y_train), (x_test, y_test)

    return load_data


def _made(name: str, arguments: Mapping[str, Any]) -> Any:
    import numpy

    # Zeros would have gradients of zero; what is made up here is as good as any data, and the same every time.
    random = numpy.random.default_rng(0)
    if name in _IMAGES:
        images = _IMAGES[name]
        classes = 20 if arguments.get("label_mode") == "coarse" else images.classes

        def part(count: int) -> tuple[Any, Any]:
            labels = (numpy.arange(count) % classes).astype("uint8")
            pixels = numpy.frombuffer(random.bytes(count * math.prod(images.shape)), "uint8")
            return pixels.reshape(count, *images.shape).copy(), labels[:, None] if images.column else labels

        return part(images.train), part(images.test)
    if name in _TABLES:
        count, features = _TABLES[name]
        count = 600 if arguments.get("version") == "small" else count
        train = int(count * (1 - float(arguments.get("test_split", 0.2))))
        return tuple((random.random((each, features)), random.random(each)) for each in (train, count - train))
    train, test, classes = _TEXTS[name]
    words = arguments.get("num_words") or WORDS
    longest = arguments.get("maxlen") or SEQUENCE + 1
    length = max(1, min(SEQUENCE, longest - 1))

    def texts(count: int) -> tuple[Any, Any]:
        numbers = random.integers(min(3, words - 1), words, (count, length))
        numbers[:, -1] = words - 1
        made = numpy.empty(count, dtype="object")
        made[:] = [[1, *text] for text in numbers.tolist()]
        return made, numpy.arange(count) % classes

    return texts(train), texts(test)


def _get_file(training: Training, original: Any) -> Any:
    @functools.wraps(original)
    def get_file(*args: Any, **kwargs: Any) -> Any:
        caller = str(sys._getframe(1).f_globals.get("__name__"))
        arguments = bind(original, args, kwargs)
        if ".applications." in caller:
            training.notes.setdefault("did not load the weights of keras.applications; theirs are random here")
            return os.path.join(NO_WEIGHTS, str(arguments.get("fname")))  # noqa: PTH118
        _note(training, "get_file", arguments, ("fname", "origin"))
        raise _stop(training, f"at get_file(), which would have downloaded {arguments.get('origin')}")

    return get_file


def _from_directory(training: Training, name: str, original: Any) -> Any:
    """A dataset of files: the real one where there are files, a made-up one where there are none."""

    @functools.wraps(original)
    def from_directory(*args: Any, **kwargs: Any) -> Any:
        arguments = bind(original, args, kwargs)
        directory = arguments.get("directory")
        if isinstance(directory, (str, os.PathLike)) and os.path.isdir(directory):  # noqa: PTH112
            made = original(*args, **kwargs)
            _note(training, name, {**arguments, "gives": made}, ("directory", "gives"))
            return made
        made = _made_up(training, name, arguments)
        if made is None:
            _note(training, name, arguments, ("directory",))
            raise _stop(training, f"at {name}(): there is no folder {os.fspath(str(directory))}")
        _note(training, name, {**arguments, "gives": made}, ("directory", "gives"))
        training.notes.setdefault(f"there is no folder {directory}; {name}() gave made-up data of the right shapes")
        return (made, made) if arguments.get("subset") == "both" else made

    return from_directory


def _made_up(training: Training, name: str, arguments: Mapping[str, Any]) -> Any:
    """A dataset of what the files would give; None where only they say what that is."""
    tensorflow = training.runtime.tensorflow
    mode, classes = arguments.get("label_mode"), arguments.get("class_names")
    if name != "image_dataset_from_directory" or (mode == "categorical" and not classes):
        return None
    channels = {"rgb": 3, "rgba": 4, "grayscale": 1}.get(str(arguments.get("color_mode")))
    size, batch = arguments.get("image_size"), arguments.get("batch_size")
    if channels is None or not isinstance(size, (tuple, list)) or len(size) != 2:
        return None
    if arguments.get("data_format") == "channels_first":
        return None
    import numpy

    random = numpy.random.default_rng(0)
    count = min(batch, 8) if isinstance(batch, int) else 1
    elements: Any = random.uniform(0, 255, (count, *size, channels)).astype("float32")
    if arguments.get("labels") is not None and mode is not None:
        labels: dict[str, Callable[[], Any]] = {
            "int": lambda: numpy.arange(count, dtype="int32") % 2,
            "binary": lambda: (numpy.arange(count, dtype="float32") % 2)[:, None],
            "categorical": lambda: numpy.eye(len(classes or ()), dtype="float32")[
                numpy.arange(count) % max(len(classes or ()), 1)
            ],
        }
        if mode not in labels:
            return None
        elements = (elements, labels[mode]())
    made = tensorflow.data.Dataset.from_tensor_slices(elements)
    if isinstance(batch, int):
        made = made.repeat(-(-batch // count)).batch(batch)
    if classes:
        made.class_names = list(classes)
    else:
        made.__class__ = _without_classes(training, type(made), str(arguments.get("directory")))
    return made


def _without_classes(training: Training, base: type, directory: str) -> type:
    """The class of a dataset that does not know its classes, and ends the code that asks for them."""

    def class_names(_: Any) -> Any:
        raise _stop(training, f"which asks for the classes in {directory}: there is no such folder")

    return type(base.__name__, (base,), {"class_names": property(class_names)})
