"""A ResNet-20 for 32x32 colour images, after He et al. (2015)."""

import keras
import numpy as np
from keras import layers

INPUT_SHAPE = (32, 32, 3)
NUM_CLASSES = 10
BLOCKS_PER_STAGE = 3
STAGE_FILTERS = (16, 32, 64)


def make_images(count, seed=0):
    """Stripes: the class is the direction they run in."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, NUM_CLASSES, size=count)
    rows, columns = np.mgrid[0 : INPUT_SHAPE[0], 0 : INPUT_SHAPE[1]]
    angles = labels[:, None, None] * np.pi / NUM_CLASSES
    stripes = np.sin(0.8 * (rows * np.sin(angles) + columns * np.cos(angles)))
    images = stripes[..., None] + rng.normal(0.0, 0.3, size=(count, *INPUT_SHAPE))
    return images.astype("float32"), labels.astype("int32")


def conv_bn(x, filters, kernel_size=3, strides=1, activation=True):
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(1e-4),
    )(x)
    x = layers.BatchNormalization()(x)
    if activation:
        x = layers.ReLU()(x)
    return x


def residual_block(x, filters, strides=1):
    shortcut = x
    x = conv_bn(x, filters, strides=strides)
    x = conv_bn(x, filters, activation=False)
    if strides != 1 or shortcut.shape[-1] != filters:
        shortcut = conv_bn(shortcut, filters, kernel_size=1, strides=strides, activation=False)
    x = layers.Add()([x, shortcut])
    return layers.ReLU()(x)


def build_resnet():
    inputs = keras.Input(shape=INPUT_SHAPE)
    x = conv_bn(inputs, STAGE_FILTERS[0])
    for stage, filters in enumerate(STAGE_FILTERS):
        for block in range(BLOCKS_PER_STAGE):
            # The first block of each stage but the first halves the image.
            strides = 2 if stage > 0 and block == 0 else 1
            x = residual_block(x, filters, strides=strides)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(NUM_CLASSES, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="resnet20")


def main():
    images, labels = make_images(128)
    model = build_resnet()
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(images, labels, batch_size=32, epochs=1, validation_split=0.125)


if __name__ == "__main__":
    main()
