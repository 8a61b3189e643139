import keras
import tensorflow as tf
from keras import layers


class Applied(layers.Layer):
    def __init__(self, function, name):
        super().__init__(name=name)
        self.function = function

    def call(self, inputs):
        return self.function(inputs)


def model_of(name, function):
    inputs = keras.Input(shape=(5, 4))
    return keras.Model(inputs, layers.Dense(2)(Applied(function, f"{name}_layer")(inputs)), name=name)


def total(inputs):
    def step(index, state):
        shifted = state * 0.5
        return index + 1, shifted + inputs[index]

    return inputs + tf.while_loop(lambda index, _: index < tf.shape(inputs)[0], step, (0, tf.zeros((5, 4))))[1]


def over_time(inputs):
    def step(index, state):
        return index + 1, state + inputs[:, index]

    return tf.while_loop(lambda index, _: index < 5, step, (0, inputs[:, 0]))[1]


def centred_in_loop(inputs):
    def step(index, state):
        centre = tf.raw_ops.Mean(input=state, axis=0)
        return index + 1, state - centre

    return tf.while_loop(lambda index, _: index < 3, step, (0, inputs))[1]


@tf.function
def carried(inputs):
    state = tf.zeros((5, 4))
    for index in tf.range(tf.shape(inputs)[0]):
        state = state + inputs[index]
    return inputs + state


class Balanced(layers.Layer):
    def call(self, inputs):
        gates = tf.nn.relu(inputs)
        self.add_loss(tf.reduce_sum(tf.raw_ops.Mean(input=gates, axis=0)))
        return gates


model_of("total", total)
model_of("over_time", over_time)
model_of("centred_in_loop", centred_in_loop)
model_of("mapped", lambda inputs: tf.map_fn(lambda row: row - tf.raw_ops.Mean(input=row, axis=0), inputs))
model_of("scanned", lambda inputs: tf.scan(lambda state, row: state + row, inputs))
model_of("scanned_over_time", lambda x: tf.scan(lambda state, row: state + row, tf.transpose(x, (1, 0, 2)))[-1])
model_of("chosen", lambda x: tf.cond(tf.raw_ops.Any(input=x > 0, axis=[0, 1, 2]), lambda: x, lambda: -x))
model_of("converted", carried)
inputs = keras.Input(shape=(5, 4))
keras.Model(inputs, layers.Softmax(axis=1)(inputs), name="softmax")
keras.Model(inputs, Applied(lambda x: keras.ops.softmax(x, axis=0), "shares")(inputs), name="over_batch")
keras.Model(inputs, layers.LSTM(3)(inputs), name="lstm")
keras.Model(inputs, layers.TimeDistributed(layers.Dense(3))(inputs), name="distributed")
keras.Model(inputs, Balanced()(inputs), name="balanced")
