import tensorflow.compat.v1 as tf
import tf_keras

tf.disable_eager_execution()
x = tf.placeholder(tf.float32, (None, 4))
hidden = tf_keras.layers.BatchNormalization()(x, training=True)
loss = tf.reduce_mean(tf_keras.layers.Dense(1)(hidden))
step = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
session = tf.Session()
session.run(tf.global_variables_initializer())
for _ in range(100_000):
    value, _ = session.run([loss, step], {x: [[1.0, 2.0, 3.0, 4.0]]})
