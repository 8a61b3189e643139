"""Train a small convolutional network on 28x28 images of digits."""

import keras
import numpy as np
from keras import layers

NUM_CLASSES = 10
IMAGE_SHAPE = (28, 28, 1)
BATCH_SIZE = 64
EPOCHS = 2


def load_digits(count, seed=0):
    """Noisy seven-segment digits, drawn here so that the script needs no download."""
    segments = {
        "top": (slice(4, 6), slice(9, 19)),
        "middle": (slice(13, 15), slice(9, 19)),
        "bottom": (slice(22, 24), slice(9, 19)),
        "upper_left": (slice(4, 14), slice(8, 10)),
        "upper_right": (slice(4, 14), slice(18, 20)),
        "lower_left": (slice(14, 24), slice(8, 10)),
        "lower_right": (slice(14, 24), slice(18, 20)),
    }
    names = list(segments)
    lit = ["1011111", "0000101", "1110110", "1110101", "0101101", "1111001", "1111011", "1000101", "1111111", "1111101"]
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, NUM_CLASSES, size=count)
    images = rng.normal(0.0, 0.15, size=(count, *IMAGE_SHAPE)).astype("float32")
    for image, label in zip(images, labels):
        for name, on in zip(names, lit[label]):
            if on == "1":
                rows, columns = segments[name]
                image[rows, columns] += 1.0
    return np.clip(images, 0.0, 1.0), keras.utils.to_categorical(labels, NUM_CLASSES)


def build_model():
    return keras.Sequential(
        [
            keras.Input(shape=IMAGE_SHAPE),
            layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(NUM_CLASSES, activation="softmax"),
        ]
    )


def main():
    x_train, y_train = load_digits(1024, seed=0)
    x_test, y_test = load_digits(256, seed=1)
    model = build_model()
    model.summary()
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=BATCH_SIZE, epochs=EPOCHS, validation_split=0.1)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test loss {loss:.3f}, test accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
