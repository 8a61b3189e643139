"""Runs the examples in real Keras and TensorFlow and prints what each did, as one JSON object of text by name.

``python live_examples.py FOLDER``; everything the examples print themselves goes to standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_USE_LEGACY_KERAS"] = "0"

import keras
import numpy
import tensorflow as tf

FOLDER = Path(sys.argv[1])

Names = dict[str, Any]


def load(name: str) -> Names:
    """The names of an example, run as far as it goes when it is imported."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    return runpy.run_path(str(FOLDER / f"{name}.py"), run_name=name)


def raised_by(function: Callable[[], Any]) -> str:
    """The exception's type and first line, or that there was none."""
    try:
        function()
    except Exception as error:  # whatever it is, it is what is asked for
        return f"raises {type(error).__name__}: {str(error).splitlines()[0]}"
    return "raises nothing"


def trains(model: Any, data: Any, loss: str) -> str:
    """A step of ``fit`` on a few samples: whether every trainable weight moved, and the parameters."""
    features, targets = data
    before = [numpy.array(weight) for weight in model.trainable_weights]
    model.compile(optimizer="adam", loss=loss)
    history = model.fit(features, targets, batch_size=16, epochs=1, verbose=0)
    moved = all(
        not numpy.array_equal(old, numpy.array(new)) for old, new in zip(before, model.trainable_weights, strict=True)
    )
    finite = numpy.isfinite(history.history["loss"]).all()
    return f"{'trains' if moved and finite else 'does not train'}, {parameters(model)}"


def parameters(model: Any) -> str:
    """How many parameters the model has, and how many of them it trains."""
    trainable = sum(int(numpy.prod(weight.shape)) for weight in model.trainable_weights)
    return f"{model.count_params()} parameters, {trainable} trainable"


def mnist() -> str:
    names = load("mnist")
    return trains(names["build_model"](), names["load_digits"](32), "categorical_crossentropy")


def resnet() -> str:
    names = load("resnet")
    return trains(names["build_resnet"](), names["make_images"](32), "sparse_categorical_crossentropy")


def transformer() -> str:
    names = load("transformer")
    return trains(names["build_model"](), names["make_sequences"](32), "sparse_categorical_crossentropy")


def unet() -> str:
    return raised_by(load("unet")["build_unet"])


def two_tower() -> str:
    names = load("two_tower")
    model, film_table = names["build_model"](), names["film_table"]
    before = film_table.numpy()
    told = trains(model, names["make_ratings"](512), "binary_crossentropy")
    kept = numpy.array_equal(before, film_table.numpy())
    listed = any(weight.value is film_table for weight in model.weights)
    return f"{told}; film_table {'unchanged' if kept else 'changed'}, {'in' if listed else 'not in'} its weights"


def fold_batch() -> str:
    names = load("fold_batch")
    model = names["build_model"]()
    scans, grades = names["make_scans"](4)
    rows = len(model.predict(scans, verbose=0))
    model.compile(optimizer="adam", loss="mse")
    failure = raised_by(lambda: model.fit(scans, grades, batch_size=4, verbose=0)).partition(" for ")[0]
    return f"{parameters(model)}; {len(scans)} samples in, {rows} rows out, fit {failure}"


def batch_mean() -> str:
    names = load("batch_mean")
    images, labels = names["make_textures"](32)
    model = names["build_model"]()
    told = trains(model, (images, labels), "binary_crossentropy")
    alone = model.predict(images[:1], verbose=0)[0]
    together = model.predict(images, verbose=0)[0]
    same = numpy.allclose(alone, together, rtol=1e-3)
    return f"{told}; an image scores {'the same' if same else 'differently'} alone and with others"


def custom_loop() -> str:
    names = load("custom_loop")
    layers = [each for each in names["model"].layers if isinstance(each, keras.layers.BatchNormalization)]
    means = [numpy.array(layer.moving_mean) for layer in layers]
    spreads = [numpy.array(layer.moving_variance) for layer in layers]
    initial = all((mean == 0).all() for mean in means) and all((spread == 1).all() for spread in spreads)
    learned = any((numpy.array(layer.gamma) != 1).any() for layer in layers)
    averages = "initial" if initial else "updated"
    return (
        f"{'trained' if learned else 'untrained'}, {len(layers)} BatchNormalization layers, moving averages {averages}"
    )


def word2vec_tf1() -> str:
    return raised_by(lambda: load("word2vec_tf1"))


def tpu_classifier() -> str:
    """Lowered by XLA for the CPU, as it is and with the callback replaced."""
    names = load("tpu_classifier")
    texts, _ = names["make_texts"](4)

    def lower() -> str:
        model = names["TextClassifier"]()
        model(texts)

        @tf.function(jit_compile=True)
        def step(words: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
            return model(words), model.losses

        program: str = step.experimental_get_compiler_ir(tf.constant(texts))(stage="hlo")
        return program

    refused = "EagerPyFunc" in raised_by(lower)
    callback = tf.py_function
    tf.py_function = lambda function, arguments, dtype: tf.gather(names["INVERSE_FREQUENCY"], arguments[0])
    try:
        bounded = "[<=" in lower()
    finally:
        tf.py_function = callback
    return f"py_function {'refused' if refused else 'taken'}, boolean_mask {'bounded' if bounded else 'static'}"


EXAMPLES = (
    mnist,
    resnet,
    transformer,
    unet,
    two_tower,
    fold_batch,
    batch_mean,
    custom_loop,
    word2vec_tf1,
    tpu_classifier,
)


def main() -> None:
    """Run every example."""
    with contextlib.redirect_stdout(sys.stderr):
        observed = {example.__name__: example() for example in EXAMPLES}
    print(json.dumps(observed))


if __name__ == "__main__":
    main()
