"""A model whose gradient only TPUs have a kernel for, compiled for whatever device there is."""

import numpy
from tensorflow import keras

inputs = keras.Input(shape=(4, 4, 3))
bigger = keras.layers.UpSampling2D()(keras.layers.Conv2D(3, 1)(inputs))
model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(bigger)))
model.compile("sgd", "mse", jit_compile=True)
model.fit(numpy.zeros((8, 4, 4, 3)), numpy.zeros((8, 1)))
