"""Tell two kinds of texture apart by which filters respond most."""

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers

IMAGE_SHAPE = (28, 28, 1)


def make_textures(count, seed=0):
    """Noise with faint rows or faint columns in it."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, size=count)
    images = rng.normal(0.0, 0.5, size=(count, *IMAGE_SHAPE))
    wave = np.sin(np.arange(IMAGE_SHAPE[0]))
    for image, label in zip(images, labels):
        image += wave[:, None, None] if label else wave[None, :, None]
    return images.astype("float32"), labels.astype("float32")


def build_model():
    inputs = keras.Input(shape=IMAGE_SHAPE)
    x = layers.Conv2D(16, 3, activation="relu")(inputs)

    # Relative strength: each response as a share of the sum of all responses.
    total = tf.reduce_sum(x, axis=0)
    x = x / (total + 1e-3)

    x = layers.Conv2D(16, 3, activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(1, activation="sigmoid")(x)
    return keras.Model(inputs, outputs)


def main():
    images, labels = make_textures(512)
    model = build_model()
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(images, labels, batch_size=32, epochs=2, validation_split=0.25)

    image = images[:1]
    print("the first texture:", model.predict(image)[0, 0])


if __name__ == "__main__":
    main()
