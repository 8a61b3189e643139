"""The ``training`` flag of one call: what the call says, its signature's default included."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kerascheck.tracer.binding import bind
from kerascheck.tracer.library import Library, Live


def told_mode(library: Library, layer: Live, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool | str | None:
    """Whether the outermost call of a layer runs in training: None where nothing says so, ``unknown`` in doubt."""
    function = type(layer).call
    value = bind(function, (layer, *args), kwargs).get("training")
    if value is not None:
        return bool(value) if isinstance(value, (bool, int)) else "unknown"
    names = inspect.signature(function).parameters
    if "training" not in names and any("train" in name for name in names):
        # What a user's own flag, such as `is_training`, does is for the user's code to say.
        return "unknown"
    return library.learning_phase()


def is_on_by_default(layer: Live) -> bool:
    """Whether the layer behaves as in training where nothing tells it otherwise."""
    flag = inspect.signature(type(layer).call).parameters.get("training")
    return flag is not None and flag.default is True
