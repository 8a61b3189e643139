"""Classify spirals with a hand-written training loop."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

NUM_CLASSES = 3
BATCH_SIZE = 64
EPOCHS = 5


def make_spirals(points_per_class=400, seed=0):
    """Three interleaved spirals; the coordinates are in millimetres."""
    rng = np.random.default_rng(seed)
    features, labels = [], []
    for label in range(NUM_CLASSES):
        radius = np.linspace(5.0, 100.0, points_per_class)
        angle = np.linspace(label * 4.0, label * 4.0 + 4.0, points_per_class)
        angle = angle + rng.normal(0.0, 0.15, size=points_per_class)
        features.append(np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1))
        labels.append(np.full(points_per_class, label))
    order = rng.permutation(NUM_CLASSES * points_per_class)
    return np.concatenate(features)[order].astype("float32"), np.concatenate(labels)[order].astype("int32")


def build_model():
    inputs = keras.Input(shape=(2,))
    x = layers.BatchNormalization()(inputs)
    for units in (64, 64):
        x = layers.Dense(units, use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
    return keras.Model(inputs, layers.Dense(NUM_CLASSES)(x), name="spirals")


features, labels = make_spirals()
split = int(0.8 * len(features))
train = tf.data.Dataset.from_tensor_slices((features[:split], labels[:split])).shuffle(1024).batch(BATCH_SIZE)
held_out = tf.data.Dataset.from_tensor_slices((features[split:], labels[split:])).batch(BATCH_SIZE)

model = build_model()
optimizer = keras.optimizers.Adam(3e-3)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
train_loss = keras.metrics.Mean()
accuracy = keras.metrics.SparseCategoricalAccuracy()


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x)
        loss = loss_fn(y, logits)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss.update_state(loss)


for epoch in range(EPOCHS):
    train_loss.reset_state()
    for x, y in train:
        train_step(x, y)

    accuracy.reset_state()
    for x, y in held_out:
        accuracy.update_state(y, model(x, training=False))
    print(f"epoch {epoch + 1}: loss {float(train_loss.result()):.3f}, accuracy {float(accuracy.result()):.3f}")
