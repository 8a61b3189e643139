"""Shape functions of Keras layers, one module a family; importing the package registers them all."""

from kerascheck.semantics.layers import (
    activation,
    attention,
    conv_lstm,
    convolution,
    core,
    merging,
    normalization,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    wrappers,
)

__all__ = [
    "activation",
    "attention",
    "conv_lstm",
    "convolution",
    "core",
    "merging",
    "normalization",
    "pooling",
    "preprocessing",
    "recurrent",
    "regularization",
    "reshaping",
    "wrappers",
]
