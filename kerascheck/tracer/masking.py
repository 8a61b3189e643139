"""What a live layer and its call say of masks."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kerascheck.semantics.masking import MASK_ARGUMENTS
from kerascheck.tracer.library import Library, Live


def masking_of(library: Library, layer: Live, arguments: Mapping[str, Any]) -> str:
    """See :attr:`kerascheck.graph.Node.masking`."""
    if any(arguments.get(name) is not None for name in MASK_ARGUMENTS):
        return "told"
    if (library.canonical(type(layer)) or "").startswith("keras."):
        return ""
    if layer.supports_masking:
        return "keeps"
    parameters = inspect.signature(layer.call).parameters.values()
    open_ended = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
    return "takes" if open_ended or any("mask" in each.name for each in parameters) else ""
