"""Classify short texts on a Cloud TPU."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

VOCABULARY_SIZE = 500
MAX_LENGTH = 32
NUM_CLASSES = 4
PADDING = 0

rng = np.random.default_rng(0)
document_frequency = rng.integers(1, 1000, size=VOCABULARY_SIZE)
INVERSE_FREQUENCY = np.log(1000.0 / document_frequency).astype("float32")


def make_texts(count):
    """Texts of 8 to 32 words, padded with zeros; each class prefers its own quarter of the words."""
    labels = rng.integers(0, NUM_CLASSES, size=count)
    texts = np.full((count, MAX_LENGTH), PADDING, dtype="int32")
    share = VOCABULARY_SIZE // NUM_CLASSES
    for text, label in zip(texts, labels):
        length = rng.integers(8, MAX_LENGTH + 1)
        text[:length] = rng.integers(label * share + 1, (label + 1) * share, size=length)
    return texts, labels.astype("int32")


def inverse_frequency(words):
    return INVERSE_FREQUENCY[words.numpy()]


class TextClassifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = keras.layers.Embedding(VOCABULARY_SIZE, 64)
        self.hidden = keras.layers.Dense(64, activation="relu")
        self.dropout = keras.layers.Dropout(0.2)
        self.classify = keras.layers.Dense(NUM_CLASSES)

    def call(self, words, training=False):
        vectors = self.embedding(words)

        # Keep the vectors of real words short; padding does not count.
        real = tf.boolean_mask(vectors, words != PADDING)
        self.add_loss(1e-4 * tf.reduce_mean(tf.square(real)))

        # Rare words say more.
        weights = tf.py_function(inverse_frequency, [words], tf.float32)
        weights = tf.ensure_shape(weights, [None, MAX_LENGTH])
        pooled = tf.reduce_sum(vectors * weights[:, :, tf.newaxis], axis=1)

        x = self.hidden(pooled)
        x = self.dropout(x, training=training)
        return self.classify(x)


def connect():
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="")
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return tf.distribute.TPUStrategy(resolver)


def main():
    strategy = connect()
    batch_size = 128 * strategy.num_replicas_in_sync
    texts, labels = make_texts(8192)
    data = tf.data.Dataset.from_tensor_slices((texts, labels)).shuffle(8192).batch(batch_size, drop_remainder=True)

    with strategy.scope():
        model = TextClassifier()
        model.compile(
            optimizer="adam",
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
    model.fit(data, epochs=3)


if __name__ == "__main__":
    main()
