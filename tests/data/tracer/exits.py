import sys

import keras

inputs = keras.Input((None, None, 3), name="image")
model = keras.Model(inputs, keras.layers.Conv2D(2, 3, padding="same")(inputs), name="net")
model.compile(loss="mse")
print("from the script")
model.predict([[1.0]])
sys.exit(3)
