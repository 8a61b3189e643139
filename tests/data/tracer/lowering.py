"""Models that XLA takes and does not take, each with the step that shows it."""

import numpy
import tensorflow as tf
from tensorflow import keras

whole = keras.Sequential(
    [
        keras.Input(shape=(8, 8, 3)),
        keras.layers.Conv2D(4, 3),
        keras.layers.BatchNormalization(),
        keras.layers.Flatten(),
        keras.layers.Dense(3),
    ],
    name="whole",
)
whole.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
whole.fit(numpy.zeros((20, 8, 8, 3)), numpy.zeros(20, "int32"), batch_size=5)


class Volume(keras.layers.Layer):
    def call(self, inputs):
        return tf.linalg.det(inputs)[:, None]


inputs = keras.Input(shape=(3, 3))
refused = keras.Model(inputs, keras.layers.Dense(1)(Volume()(inputs)), name="refused")

words = keras.Input(shape=(1,), dtype="string")
table = keras.Model(words, keras.layers.StringLookup(vocabulary=["a", "b"])(words), name="table")


class Masked(keras.layers.Layer):
    def call(self, inputs):
        return tf.boolean_mask(inputs, inputs > 0.0)


inputs = keras.Input(shape=(4,))
dynamic = keras.Model(inputs, Masked()(inputs), name="dynamic")


class Recurrent(keras.Model):
    def __init__(self):
        super().__init__(name="recurrent")
        self.embedding = keras.layers.Embedding(10, 4)
        self.lstm = keras.layers.LSTM(4)

    def call(self, inputs):
        return self.lstm(self.embedding(inputs))


recurrent = Recurrent()
optimizer = keras.optimizers.SGD()


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((recurrent(x, training=True) - y) ** 2)
    gradients = tape.gradient(loss, recurrent.trainable_variables)
    optimizer.apply_gradients(zip(gradients, recurrent.trainable_variables))
    return loss


train_step(tf.zeros([8, 5], tf.int32), tf.zeros([8, 4]))
