import gc
import weakref

import keras
import numpy as np
import tensorflow as tf

inputs = keras.Input((4,))
net = keras.Model(inputs, keras.layers.Dense(2)(inputs), name="net")
samples = np.ones((8, 4), "float32")
error = keras.losses.MeanSquaredError()


def step():
    image = tf.Variable(samples)
    with tf.GradientTape() as tape:
        predicted = net(image)
        loss = error(tf.zeros((8, 2)), predicted) + tf.reduce_mean(tf.square(predicted - 1.0))
    tape.gradient(loss, image)
    data = tf.data.Dataset.from_tensor_slices(samples).batch(2)
    return [weakref.ref(each) for each in (image, predicted, data, keras.losses.MeanAbsoluteError())]


step()
made = [step() for _ in range(3)]
gc.collect()
assert [each() for each in sum(made, [])] == [None] * 12, made
