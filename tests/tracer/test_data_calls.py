"""What would load data or hand it to a model is stopped there, and its shapes are kept."""

from __future__ import annotations

import pytest

from kerascheck.tracer.request import Request, TargetKind

from .forked import Ended, run_all

pytestmark = pytest.mark.tensorflow

SOURCES = {
    "fit": """\
import keras, numpy as np
inputs = keras.Input((4,))
model = keras.Model(inputs, keras.layers.Dense(2)(inputs), name="net")
x, y = np.ones((10, 4), "float32"), np.ones((10, 2), "int64")
model.compile("sgd", "mse")
model.fit(x, y, batch_size=5, validation_data=(x[:3], y[:3]))
model.evaluate(x, y)
model.train_on_batch(x[:2], y[:2])
""",
    "dataset": """\
import keras, tensorflow as tf
inputs = keras.Input((4,))
model = keras.Model(inputs, keras.layers.Dense(2)(inputs), name="net")
model.compile("sgd", "mse")
model.fit(tf.data.Dataset.from_tensor_slices(({"a": tf.zeros((6, 4))}, tf.zeros((6, 2)))).batch(3))
""",
    "datasets": """\
import keras, numpy as np, tf_keras
for module in (keras, tf_keras):
    (x, y), (x_test, y_test) = module.datasets.mnist.load_data()
    assert x.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28) and x.dtype == "uint8"
    assert y.shape == (60000,) and y.max() == 9 and y_test.shape == (10000,) and x.std() > 0
    (x, y), (x_test, y_test) = module.datasets.cifar100.load_data(label_mode="coarse")
    assert x.shape == (50000, 32, 32, 3) and y.shape == (50000, 1) and y.max() == 19
    (x, y), _ = module.datasets.imdb.load_data(num_words=500, maxlen=80)
    assert len(x) == 25000 and max(map(max, x)) == 499 and max(map(len, x)) <= 80 and set(y) == {0, 1}
    (x, y), (x_test, y_test) = module.datasets.boston_housing.load_data()
    assert x.shape == (404, 13) and y_test.shape == (102,)
""",
    "word_index": "import keras\nkeras.datasets.imdb.get_word_index()\n",
    "weights": """\
import keras
base = keras.applications.MobileNetV2(weights="imagenet", include_top=False, input_shape=(96, 96, 3))
base.load_weights("best.weights.h5")
""",
    "missing_folder": """\
import keras
data = keras.utils.image_dataset_from_directory("photos", image_size=(32, 32), batch_size=4)
(images, labels), = data.take(1)
assert images.shape == (4, 32, 32, 3) and labels.dtype == "int32"
inputs = keras.Input((32, 32, 3))
model = keras.Model(inputs, keras.layers.Flatten()(inputs), name="net")
head = keras.layers.Dense(len(data.class_names))
""",
    "real_folder": """\
import keras
data = keras.utils.image_dataset_from_directory("pictures", image_size=(32, 32), label_mode="categorical")
assert data.class_names == ["cat", "dog"] and data.element_spec[1].shape == (None, 2)
""",
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """How each script ended."""
    folder = tmp_path_factory.mktemp("data") / "work"
    for name in ("cat", "dog"):
        (folder / "pictures" / name).mkdir(parents=True)
        (folder / "pictures" / name / "1.png").write_bytes(b"")
    for name, text in SOURCES.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    jobs = [(folder, Request(f"{name}.py", TargetKind.SCRIPT)) for name in SOURCES]
    return dict(zip(SOURCES, run_all(jobs), strict=True))


def _calls(how: Ended) -> list[tuple[str, int, str | None, dict[str, str]]]:
    return [(call.method, call.span.line, call.model, dict(call.shapes)) for call in how.program.data_calls]


def test_arrays_are_told_by_shape_and_type(ended: dict[str, Ended]) -> None:
    fit, evaluate, on_batch = _calls(ended["fit"])
    assert fit[:3] == ("fit", 6, "net")
    assert fit[3] == {
        "x": "(10, 4) float32",
        "y": "(10, 2) int64",
        "batch_size": "5",
        "epochs": "1",
        "validation_data": "((3, 4) float32, (3, 2) int64)",
    }
    assert evaluate == ("evaluate", 7, "net", {"x": "(10, 4) float32", "y": "(10, 2) int64"})
    assert on_batch == ("train_on_batch", 8, "net", {"x": "(2, 4) float32", "y": "(2, 2) int64"})


def test_a_dataset_is_told_by_what_its_elements_are(ended: dict[str, Ended]) -> None:
    ((_, _, _, shapes),) = _calls(ended["dataset"])
    assert shapes["x"] == "Dataset of ({a: (None, 4) float32}, (None, 2) float32)"


def test_the_known_datasets_give_made_up_data_of_their_documented_shapes(ended: dict[str, Ended]) -> None:
    assert ended["datasets"].outcome.sentence == ""
    assert [(method, line) for method, line, _, _ in _calls(ended["datasets"])] == [
        ("mnist.load_data", 3),
        ("cifar100.load_data", 6),
        ("imdb.load_data", 8),
        ("boston_housing.load_data", 10),
    ]


def test_what_only_a_download_can_tell_ends_the_code(ended: dict[str, Ended]) -> None:
    outcome = ended["word_index"].outcome
    assert outcome.ending == "stopped"
    assert outcome.sentence == (
        "the code was ended at word_index.py:2, at imdb.get_word_index(), which would have loaded data"
    )


def test_pretrained_weights_stay_random(ended: dict[str, Ended]) -> None:
    assert ended["weights"].outcome.sentence == ""
    assert ended["weights"].outcome.notes == (
        "did not load the weights of keras.applications; theirs are random here",
        "did not load the weights in best.weights.h5: there is no such file",
    )


def test_images_that_are_not_there_are_made_up_until_their_classes_matter(ended: dict[str, Ended]) -> None:
    outcome = ended["missing_folder"].outcome
    assert outcome.sentence == (
        "the code was ended at missing_folder.py:7, which asks for the classes in photos: there is no such folder"
    )
    assert "net" in ended["missing_folder"].models


def test_a_folder_that_is_there_is_read(ended: dict[str, Ended]) -> None:
    ((method, _, _, shapes),) = _calls(ended["real_folder"])
    assert ended["real_folder"].outcome.sentence == ""
    assert (method, shapes["gives"]) == (
        "image_dataset_from_directory",
        "Dataset of ((None, 32, 32, 3) float32, (None, 2) float32)",
    )
