"""Layers that behave otherwise in training because of an argument of their own."""

from __future__ import annotations

OWN_DROPOUT = frozenset(
    f"keras.layers.{name}"
    for name in (
        "LSTM", "GRU", "SimpleRNN", "LSTMCell", "GRUCell", "SimpleRNNCell", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
        "MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention",
    )
)  # fmt: skip
"""The layers that drop values if they are told to."""

OWN_RATES = ("dropout", "recurrent_dropout")
"""The arguments that tell them."""


def mode_name(layer: str) -> str:
    """What training makes active in a layer, by its class: ``Dropout``, ``the dropout of LSTM``."""
    name = layer.rpartition(".")[2]
    return f"the dropout of {name}" if layer in OWN_DROPOUT else name
