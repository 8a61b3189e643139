"""Segment round cells in microscope images with a U-Net."""

import keras
import numpy as np
from keras import layers

IMAGE_SIZE = 128
FILTERS = (16, 32, 64)


def make_cells(count, seed=0):
    """Grey images with a few bright discs each, and the masks of the discs."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:IMAGE_SIZE, 0:IMAGE_SIZE]
    images = rng.normal(0.2, 0.05, size=(count, IMAGE_SIZE, IMAGE_SIZE, 1))
    masks = np.zeros((count, IMAGE_SIZE, IMAGE_SIZE, 1))
    for image, mask in zip(images, masks):
        for _ in range(rng.integers(3, 8)):
            row, column = rng.integers(10, IMAGE_SIZE - 10, size=2)
            disc = (rows - row) ** 2 + (columns - column) ** 2 < rng.integers(5, 12) ** 2
            image[disc] += 0.5
            mask[disc] = 1.0
    return images.astype("float32"), masks.astype("float32")


def conv_block(x, filters):
    """Two convolutions, as in the original paper."""
    x = layers.Conv2D(filters, 3, activation="relu")(x)
    x = layers.Conv2D(filters, 3, activation="relu")(x)
    return x


def build_unet():
    inputs = keras.Input(shape=(IMAGE_SIZE, IMAGE_SIZE, 1))

    # Contracting path: remember what each level saw before it was pooled.
    skips = []
    x = inputs
    for filters in FILTERS:
        x = conv_block(x, filters)
        skips.append(x)
        x = layers.MaxPooling2D()(x)

    x = conv_block(x, FILTERS[-1] * 2)

    # Expanding path: back up, with the detail of the same level beside it.
    for filters, skip in zip(reversed(FILTERS), reversed(skips)):
        x = layers.UpSampling2D()(x)
        x = layers.concatenate([x, skip])
        x = conv_block(x, filters)

    outputs = layers.Conv2D(1, 1, activation="sigmoid")(x)
    return keras.Model(inputs, outputs, name="unet")


if __name__ == "__main__":
    images, masks = make_cells(64)
    unet = build_unet()
    unet.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    unet.fit(images, masks, batch_size=8, epochs=2, validation_split=0.25)
    unet.save("unet.keras")
