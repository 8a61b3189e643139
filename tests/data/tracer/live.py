"""Traces live models in its own process, and prints as JSON what it found."""

import json
import sys
import types

import keras
import numpy as np
import tensorflow as tf
import tf_keras
from keras.ops import mean

import kerascheck


class Center(keras.layers.Layer):
    def call(self, x):
        return x - mean(x, axis=0)


class Net(keras.Model):
    def __init__(self):
        super().__init__(name="net")
        self.inner = keras.layers.Dense(4)
        self.center = Center()

    def call(self, inputs):
        return self.center(self.inner(inputs["a"] if isinstance(inputs, dict) else inputs))


def snapshot():
    found = {}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] not in ("keras", "tf_keras", "tensorflow", "__main__") or not isinstance(module, types.ModuleType):
            continue
        for attribute, value in list(vars(module).items()):
            found[name, attribute] = value
            if isinstance(value, type) and (value.__module__ or "").split(".")[0] in ("keras", "tf_keras", "tensorflow"):
                found |= {(value, inner): held for inner, held in list(vars(value).items())}
    return found


def told(program):
    return [
        {
            "name": model.name,
            "kind": model.kind,
            "params": model.params,
            "nodes": [[node.op, str(node.shape), node.source and node.source.span.line] for node in model.nodes()],
        }
        for model in program.models
    ]


inputs = keras.Input((8,), name="rows")
head = keras.Sequential([keras.layers.Dropout(0.5), keras.layers.Dense(2)], name="head")
functional = keras.Model(inputs, head(keras.layers.Dense(3, activation="relu")(inputs) * 2.0), name="outer")
old_inputs = tf_keras.Input((8,))
old = tf_keras.Model(old_inputs, tf.reduce_sum(tf_keras.layers.Dense(3)(old_inputs), axis=1), name="old")
called = Net()
called(np.zeros((2, 6), "float32"))
kerascheck.trace(functional)

answers = {}
before, eagerly, finders = snapshot(), tf.config.functions_run_eagerly(), list(sys.meta_path)
program = kerascheck.trace(functional)  # functional
after = snapshot()
answers["changed"] = [str(key) for key in before if after.get(key) is not before[key]]
answers["restored"] = tf.config.functions_run_eagerly() == eagerly and sys.meta_path == finders
answers["functional"] = told(program)
answers["old"] = told(kerascheck.trace(old))
program = kerascheck.trace(called)
answers["called"] = told(program)
answers["findings"] = [[found.code, found.span.line] for found in kerascheck.check_program(program)]
answers["given"] = told(kerascheck.trace(Net(), input_shape=(5,)))
answers["dict"] = told(kerascheck.trace(Net(), input_shape=["a=5"]))
answers["unknown"] = [found.why for found in kerascheck.trace(Net()).unknown]
functional.compile("sgd", "mse")
answers["trains"] = sorted(functional.fit(np.zeros((4, 8)), np.zeros((4, 2)), verbose=0).history)
answers["errors"] = []
for wrong in (3, keras.layers.Dense(3), Net):
    try:
        kerascheck.trace(wrong)
    except ValueError as error:
        answers["errors"].append(str(error))
json.dump(answers, sys.stdout)
