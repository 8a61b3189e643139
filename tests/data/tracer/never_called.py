import keras


class Two(keras.Model):
    def __init__(self):
        super().__init__()
        self.flat = keras.layers.Flatten()
        self.join = keras.layers.Concatenate()
        self.head = keras.layers.Dense(5)

    def call(self, image, size):
        return self.head(self.join([self.flat(image), size]))


model = Two()
