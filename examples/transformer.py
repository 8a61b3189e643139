"""Classify token sequences with a small transformer encoder."""

import keras
import numpy as np
from keras import layers, ops

VOCABULARY_SIZE = 200
MAX_LENGTH = 24
WIDTH = 32
NUM_HEADS = 4
NUM_BLOCKS = 2


def make_sequences(count, seed=0):
    """Random tokens; the label says whether token 7 comes before the middle."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(8, VOCABULARY_SIZE, size=(count, MAX_LENGTH))
    positions = rng.integers(0, MAX_LENGTH, size=count)
    tokens[np.arange(count), positions] = 7
    return tokens.astype("int32"), (positions < MAX_LENGTH // 2).astype("int32")


class TokenAndPosition(layers.Layer):
    """Token embeddings with a learned embedding of the position added."""

    def __init__(self, vocabulary_size, length, width, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.length = length
        self.width = width
        self.tokens = layers.Embedding(vocabulary_size, width)

    def build(self, input_shape):
        self.tokens.build(input_shape)
        self.positions = self.add_weight(
            name="positions",
            shape=(self.length, self.width),
            initializer="random_normal",
        )

    def call(self, inputs):
        return self.tokens(inputs) + self.positions

    def get_config(self):
        sizes = {"vocabulary_size": self.vocabulary_size, "length": self.length, "width": self.width}
        return {**super().get_config(), **sizes}


class EncoderBlock(layers.Layer):
    """Self-attention and a feed-forward network, each behind a normalization and beside a residual connection."""

    def __init__(self, width, num_heads, dropout=0.1, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.num_heads = num_heads
        self.attention = layers.MultiHeadAttention(num_heads, key_dim=width // num_heads)
        self.attention_norm = layers.LayerNormalization(epsilon=1e-6)
        self.feed_forward = keras.Sequential([layers.Dense(4 * width, activation="gelu"), layers.Dense(width)])
        self.feed_forward_norm = layers.LayerNormalization(epsilon=1e-6)
        self.dropout = layers.Dropout(dropout)

    def build(self, input_shape):
        self.attention.build(input_shape, input_shape)
        self.attention_norm.build(input_shape)
        self.feed_forward.build(input_shape)
        self.feed_forward_norm.build(input_shape)

    def call(self, inputs, training=None):
        x = self.attention_norm(inputs)
        x = self.attention(x, x, training=training)
        x = inputs + self.dropout(x, training=training)
        y = self.feed_forward(self.feed_forward_norm(x), training=training)
        return x + self.dropout(y, training=training)

    def get_config(self):
        return {**super().get_config(), "width": self.width, "num_heads": self.num_heads, "dropout": self.dropout.rate}


def build_model():
    inputs = keras.Input(shape=(MAX_LENGTH,), dtype="int32")
    x = TokenAndPosition(VOCABULARY_SIZE, MAX_LENGTH, WIDTH)(inputs)
    for _ in range(NUM_BLOCKS):
        x = EncoderBlock(WIDTH, NUM_HEADS)(x)
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = ops.mean(x, axis=1)
    x = layers.Dropout(0.2)(x)
    outputs = layers.Dense(2, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="transformer")


def main():
    tokens, labels = make_sequences(1024)
    model = build_model()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(tokens, labels, batch_size=64, epochs=2, validation_split=0.1)


if __name__ == "__main__":
    main()
