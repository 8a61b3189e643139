"""Grade small four-channel volume scans with a 3D convolution across the channels."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

SIDE = 9
CHANNELS = 4
UNITS = 4


def make_scans(count, seed=0):
    """Random volumes; the grade is how much brighter the core is than the rest."""
    rng = np.random.default_rng(seed)
    scans = rng.normal(size=(count, SIDE, SIDE, SIDE, CHANNELS)).astype("float32")
    grades = rng.uniform(0.0, 2.0, size=count).astype("float32")
    scans[:, 3:6, 3:6, 3:6, :] += grades[:, None, None, None, None]
    return scans, grades


class ChannelMixer(layers.Layer):
    """Convolves over channel, depth and height, and pairs up the responses.

    The channel axis takes the place of the first spatial axis for the convolution, and is put back afterwards.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.norm = layers.LayerNormalization()
        self.conv3d = layers.Conv3D(units, kernel_size=3, strides=2)

    def call(self, x):
        x = keras.activations.gelu(self.norm(x))
        x = tf.transpose(x, (0, 4, 1, 2, 3))
        x = self.conv3d(x)
        x = tf.transpose(x, (0, 2, 3, 4, 1))
        # One row of paired responses.
        return tf.reshape(x, (-1, 1, 2 * self.units))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def build_model():
    inputs = keras.Input(shape=(SIDE, SIDE, SIDE, CHANNELS), name="scan")
    x = ChannelMixer(UNITS)(inputs)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dense(16, activation="relu")(x)
    outputs = layers.Dense(1, name="grade")(x)
    return keras.Model(inputs, outputs)


if __name__ == "__main__":
    scans, grades = make_scans(256)
    model = build_model()
    model.compile(optimizer="adam", loss="mse")
    model.summary()

    before = model.predict(scans[:4])
    print("untrained grades:", before[:, 0])

    model.fit(scans, grades, batch_size=16, epochs=2)
    print("mean grade:", model.predict(scans).mean())
