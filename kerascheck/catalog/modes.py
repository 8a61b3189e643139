"""Layers that behave otherwise in training because of an argument of their own: ``LSTM(4, dropout=0.5)``."""

from __future__ import annotations

from kerascheck.catalog.symbols import find

OWN_RATES = ("dropout", "recurrent_dropout")
"""The arguments that tell a layer to drop values in training."""


def has_own_dropout(layer: str) -> bool:
    """Whether a layer of Keras's, by its canonical name, has an argument that makes it drop values in training."""
    symbol = find(layer)
    parameters = None if symbol is None else symbol.parameters
    return any(each.name in OWN_RATES for each in parameters or ())


def mode_name(layer: str) -> str:
    """What training makes active in a layer, by its class: ``Dropout``, ``the dropout of LSTM``."""
    name = layer.rpartition(".")[2]
    return f"the dropout of {name}" if has_own_dropout(layer) else name
