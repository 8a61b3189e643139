import keras


def build(classes=3, width=4):
    inputs = keras.Input((width,))
    return keras.Model(inputs, keras.layers.Dense(classes)(inputs), name="built")


def save(path):
    build().save(path)


def nothing():
    return {}
