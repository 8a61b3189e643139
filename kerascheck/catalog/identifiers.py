"""The strings that Keras takes for activations, initializers, losses and the like, as its own ``get`` says.

``data/identifiers.tsv`` is written by ``tools/make_identifiers.py``.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache

from kerascheck.catalog.symbols import data_line

KINDS = ("activation", "initializer", "regularizer", "constraint")
"""What the parameters of layers are called that take such a string: ``kernel_initializer``."""
COMPILED = frozenset({"acc", "accuracy", "ce", "crossentropy"})
"""Metrics that ``compile`` finds out by the model's loss and shapes."""
PLURALS = {"loss": "losses"}


@cache
def identifiers(kind: str, generation: int) -> frozenset[str]:
    """The strings that are taken for an ``activation``, ``loss`` or ``optimizer``; empty where any is."""
    package = "tf_keras" if generation == 2 else "keras"
    line = data_line("identifiers", f"{package}.{PLURALS.get(kind, f'{kind}s')}")
    # Of tf_keras's regularizers, a layer only minds when it is built.
    return frozenset() if line is None or (generation, kind) == (2, "regularizer") else frozenset(json.loads(line))


def is_taken(kind: str, written: str, generation: int) -> bool:
    """Whether Keras makes something of a string; an optimizer's name may be in any case."""
    known = identifiers(kind, generation)
    if kind == "metric" and written in COMPILED:
        return True
    return not known or written in known or (kind == "optimizer" and written.lower() in known) or ">" in written


@lru_cache(maxsize=1024)
def kind_of(parameter: str) -> str | None:
    """What a layer's parameter of this name takes: ``initializer`` for ``kernel_initializer``."""
    return next((kind for kind in KINDS if parameter == kind or parameter.endswith(f"_{kind}")), None)
