import keras
from keras import layers, ops

inputs = keras.Input(shape=(28, 28, 1))
x = layers.Conv2D(32, 3, activation="relu")(inputs)
x = layers.MaxPooling2D()(x)
x = layers.BatchNormalization()(x)
pooled = ops.mean(x, axis=(1, 2))
shared = layers.Dense(8)
first = shared(pooled)
second = shared(pooled * 2.0)
joined = layers.Concatenate()([first, second])
head = keras.Sequential([layers.Dropout(0.5), layers.Dense(10, activation="softmax")], name="head")
model = keras.Model(inputs, head(joined), name="net")
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
before = [weight.copy() for weight in model.get_weights()]
history = model.fit([[1.0]], [1], epochs=3)
assert len(history.history["val_loss"]) == 3
loss, accuracy = model.evaluate([[1.0]], [1])
assert all((old == new).all() for old, new in zip(before, model.get_weights()))
print("reached the end; parameters:", model.count_params())
