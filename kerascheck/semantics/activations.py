"""Which activation a layer or op applies last, by its canonical name and configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascheck.shapes import Unknown

PACKAGES = ("keras.", "tf_keras.", "tensorflow.", "tf.")

KNOWN = frozenset(
    {
        "linear", "softmax", "sigmoid", "relu", "tanh", "softplus", "softsign", "elu", "selu", "gelu", "silu", "swish",
        "leaky_relu", "relu6", "hard_sigmoid", "log_softmax", "exponential", "hard_tanh", "log_sigmoid", "mish",
        "sparsemax",
    }
)  # fmt: skip
"""The activations that are told apart, by the name that Keras gives them."""

OLD_LAYERS = "tf.compat.v1.layers."
"""TensorFlow 1's own layers have the names and arguments of Keras's."""

ACTIVATION_LAYERS = {
    "keras.layers.Softmax": "softmax",
    "keras.layers.ReLU": "relu",
    "keras.layers.LeakyReLU": "leaky_relu",
    "keras.layers.ELU": "elu",
}
"""The layers that are an activation, and which."""

WEIGHT_LAYERS = frozenset(
    f"keras.layers.{name}"
    for name in (
        "Dense", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose",
        "SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D", "EinsumDense",
        "LocallyConnected1D", "LocallyConnected2D",
    )
)  # fmt: skip
"""The layers that compute a weighted sum and then apply their ``activation``."""

ACTIVATION_MODULES = frozenset(
    {"keras.activations", "keras.ops", "keras.ops.nn", "keras.backend", "tf", "tf.nn", "tf.math", "tf.compat.v1.nn"}
)


_LAYERS = {*ACTIVATION_LAYERS, *WEIGHT_LAYERS, "keras.layers.Activation", "keras.layers.TimeDistributed"}

ACTIVATING = frozenset(
    {
        *_LAYERS,
        *(OLD_LAYERS + name.removeprefix("keras.layers.") for name in _LAYERS),
        *(f"{module}.{name}" for module in ACTIVATION_MODULES for name in KNOWN),
    }
)
"""Every layer and op that :func:`activation_of` may say something of."""


def given_activation(value: Any) -> str | None:
    """The activation that an ``activation=`` argument means; None where it is the user's own or not known."""
    match value:
        case None:
            return "linear"
        case str():
            return _of_text(value)
        case object(name=str(name), config=Mapping() as config):
            return activation_of(name, config)
        case object(name=str(name)) if name.startswith(PACKAGES) and not isinstance(value, Unknown):
            return _of_text(name)
    return None


def _of_text(name: str) -> str | None:
    last = name.rpartition(".")[2]
    return last if last in KNOWN else None


def activation_of(op: str, config: Mapping[str, Any]) -> str | None:
    """The activation that a layer or op applies last; ``linear`` for a weighted sum without one.

    None for everything that is neither, or not known.
    """
    if op.startswith(OLD_LAYERS):
        op = "keras.layers." + op.removeprefix(OLD_LAYERS)
    if op in ACTIVATION_LAYERS:
        return ACTIVATION_LAYERS[op]
    if op in WEIGHT_LAYERS:
        return given_activation(config.get("activation"))
    if op == "keras.layers.Activation":
        return given_activation(config.get("activation", ""))
    if op == "keras.layers.TimeDistributed":
        match config.get("layer"):
            case object(name=str(name), config=Mapping() as inner):
                return activation_of(name, inner)
        return None
    module, _, last = op.rpartition(".")
    return last if module in ACTIVATION_MODULES and last in KNOWN else None
