"""Who holds a variable that Keras does not."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from kerascheck.tracer.binding import leaves

GLOBAL_MODULES = ("__main__",)


def owner_of(variable: Any, layers: Iterable[Any], tensorflow: Any) -> str | None:
    """How ``variable`` is held: see :attr:`kerascheck.graph.Node.owner`.

    Args:
        variable: the live variable.
        layers: the layers in whose ``call`` it was used, outermost first.
        tensorflow: the module.
    """
    for layer in reversed(list(layers)):
        held = {name: value for name, value in vars(layer).items() if not name.startswith(("_self_", "_obj_"))}
        if _among(variable, held.values()):
            return "attribute"
        for value in held.values():
            if isinstance(value, tensorflow.Module) and _among(variable, vars(value).values()):
                return "module"
            if isinstance(value, (list, tuple, dict)) and _among(variable, leaves(value)):
                return "container"
        function = vars(layer).get("function", type(layer).call)
        if _among(variable, _closure(function)):
            return "closure"
        if _among(variable, getattr(function, "__globals__", {}).values()):
            return "global"
    for name in GLOBAL_MODULES:
        if _among(variable, vars(sys.modules[name]).values()):
            return "global"
    return None


def _closure(function: Any) -> Iterator[Any]:
    for cell in getattr(function, "__closure__", None) or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue


def _among(variable: Any, values: Iterable[Any]) -> bool:
    return any(value is variable for value in list(values))
