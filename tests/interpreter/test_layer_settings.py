"""What the layers of both Kerases keep of their constructors' arguments is what the layers themselves say."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.interpreter.support import variables

pytestmark = pytest.mark.tensorflow

LAYERS = (
    "Conv1D(4, 3)",
    "Conv2D(4, 3, strides=2)",
    "Conv2D(4, (3, 5), dilation_rate=[1, 2])",
    "Conv3D(4, 3)",
    "Conv1DTranspose(4, 3)",
    "Conv2DTranspose(4, 3, strides=(2, 1))",
    "DepthwiseConv2D(3)",
    "SeparableConv1D(4, 3)",
    "SeparableConv2D(4, 3)",
    "ConvLSTM2D(4, 3)",
    "MaxPooling1D()",
    "MaxPooling2D()",
    "AveragePooling2D((2, 3), strides=1)",
    "AveragePooling3D(2)",
    "UpSampling1D(3)",
    "UpSampling2D()",
    "UpSampling3D((1, 2, 3))",
    "ZeroPadding1D(2)",
    "ZeroPadding1D((1, 2))",
    "ZeroPadding2D()",
    "ZeroPadding2D((1, 2))",
    "ZeroPadding2D(((1, 0), (2, 3)))",
    "ZeroPadding3D(1)",
    "Cropping1D(1)",
    "Cropping2D((1, 2))",
    "Cropping3D(((1, 1), (0, 2), (3, 3)))",
    "Dense(4)",
    "LSTM(5)",
)
NAMES = ("kernel_size", "strides", "dilation_rate", "pool_size", "size", "padding", "cropping", "filters", "units")
"""The attributes that are looked at, where the layer has them and its constructor the argument."""

ASK = """
import json, sys
keras = __import__(sys.argv[1])
layers, names = json.load(sys.stdin)
found = []
for text in layers:
    layer = eval("keras.layers." + text)
    found.append({name: getattr(layer, name) for name in names if name in layer.get_config()})
print(json.dumps(found))
"""


def as_json(value: Any) -> Any:
    """Tuples as the lists that JSON has for them."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize(("package", "generation"), [("keras", 3), ("tf_keras", 2)])
def test_a_layer_keeps_what_real_keras_says(package: str, generation: int) -> None:
    asked = json.dumps([LAYERS, NAMES])
    command = [sys.executable, "-c", ASK, package]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    for text, real in zip(LAYERS, json.loads(done.stdout.splitlines()[-1]), strict=True):
        program = f"import {package} as keras\nlayer = keras.layers.{text}\n"
        program += "".join(f"{name} = layer.{name}\n" for name in real)
        kept = variables(program, generation)
        assert {name: as_json(kept[name]) for name in real} == real, text
