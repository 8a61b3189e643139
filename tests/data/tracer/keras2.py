import tensorflow as tf
import tf_keras
from tf_keras import layers


class Scale(layers.Layer):
    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(2.0)

    def call(self, x):
        return tf.nn.softmax(x * self.factor, axis=0)


inputs = tf_keras.Input(shape=(28, 28, 1))
x = layers.Conv2D(32, 3)(inputs)
x = tf.reduce_mean(x, axis=[1, 2])
x = Scale()(x)
x = x + tf.reduce_sum(x, axis=0)
outputs = layers.Dense(2)(x[:, :4])
model = tf_keras.Model(inputs, outputs, name="net")
model.compile("adam", "mse")
model.fit([[1.0]], [1])
