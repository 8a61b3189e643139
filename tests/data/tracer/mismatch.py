import keras
from keras import layers


class Block(layers.Layer):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 9)

    def call(self, x):
        return self.conv(x)


inputs = keras.Input((26, 26, 3))
fine = keras.Model(inputs, layers.Conv2D(8, 3)(inputs), name="fine")
a = layers.Conv2D(8, 3)(inputs)
b = layers.MaxPooling2D()(a)
try:
    Block()(keras.Input((6, 6, 3)))
except ValueError:
    pass
c = layers.Concatenate()([a, b])
