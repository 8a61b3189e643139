import keras
import tensorflow as tf
from keras import layers


class Gate(layers.Layer):
    def __init__(self, units):
        super().__init__(name="gate")
        self.units = units
        self.scale = tf.Variable(1.0)
        self.inner = layers.Dense(units)

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units), name="w")

    def pooled(self, x):
        return tf.reduce_sum(x, axis=0)

    def call(self, x):
        y = self.inner(tf.matmul(x, self.w) * self.scale)
        return y + self.pooled(y)


class Net(keras.Model):
    def __init__(self):
        super().__init__(name="net")
        self.gate = Gate(6)
        self.norm = layers.BatchNormalization()

    def call(self, x, training=None):
        h = self.norm(self.gate(x), training=training)
        return tf.reshape(h, (-1, 3))


net = Net()
optimizer = keras.optimizers.SGD()


@tf.function
def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(net(x))
    gradients = tape.gradient(loss, net.trainable_variables)
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))


while True:
    step(tf.zeros((32, 5)))
