"""Writes saved models of every form into the working directory."""

import zipfile

import keras
import tensorflow as tf
import tf_keras


class Plain(tf.Module):
    def __init__(self):
        self.weight = tf.Variable(tf.ones((4, 3)))

    @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32)])
    def __call__(self, x):
        return tf.matmul(x, self.weight)

    @tf.function(input_signature=[tf.TensorSpec((1, 4), tf.float32)])
    def one(self, x):
        return x * 2.0


def new():
    inputs = keras.Input((8,), name="rows")
    return keras.Model(inputs, keras.layers.Dense(3)(inputs), name="new")


def old():
    inputs = tf_keras.Input((8,), name="rows")
    return tf_keras.Model(inputs, tf_keras.layers.Dense(3)(inputs), name="old")


def with_lambda(library):
    inputs = library.Input((8,))
    return library.Model(inputs, library.layers.Lambda(lambda x: x * 2, name="double")(inputs))


def remake(name, change=lambda text: text, **extra):
    with zipfile.ZipFile("new.keras") as source, zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            data = source.read(member)
            target.writestr(member, change(data) if member == "config.json" else data)
        for member, data in extra.items():
            target.writestr(member.replace("__", "/").replace("up", ".."), data)


new().save("new.keras")
new().save("new.h5")
new().save_weights("new.weights.h5")
new().export("exported", verbose=False)
old().save("old.keras")
old().save("old.h5")
old().save("old_folder", save_format="tf")
for library, prefix in ((keras, "new"), (tf_keras, "old")):
    with_lambda(library).save(f"{prefix}_lambda.keras")
    with_lambda(library).save(f"{prefix}_lambda.h5")
with_lambda(tf_keras).save("old_lambda_folder", save_format="tf")
module = Plain()
tf.saved_model.save(module, "plain")
tf.saved_model.save(module, "signed", signatures={"serve": module.__call__})
remake("leads_out.keras", up__evil="x")
remake("bomb.keras", assets__big=bytes(300 << 20))
remake("vast.keras", lambda text: text.replace(b'"units": 3', b'"units": 1000000000000'))
remake("not_json.keras", lambda text: b"{")
remake("deep.keras", lambda text: b"[" * 200_000)
remake("foreign.keras", lambda text: text.replace(b'"keras.layers", "class_name": "Dense"', b'"os", "class_name": "system"'))
for name in ("no_archive.keras", "no_file.h5"):
    with open(name, "w") as file:
        file.write("nothing")
