"""Connects to a TPU as the guides do, and trains on it."""

import tensorflow as tf
from tensorflow import keras

resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="")
tf.config.experimental_connect_to_cluster(resolver)
tf.tpu.experimental.initialize_tpu_system(resolver)
strategy = tf.distribute.TPUStrategy(resolver)

with strategy.scope():
    model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"])

data = tf.data.Dataset.from_tensor_slices((tf.ones([70, 4]), tf.ones([70, 2])))
data = data.batch(16 * strategy.num_replicas_in_sync)
model.fit(data, epochs=2)
