"""kerascheck: a static graph linter and shape checker for Keras and TensorFlow models.

The names below are imported when they are first used, so that ``import kerascheck`` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerascheck.api import build_graph, check_paths, check_program, check_source
    from kerascheck.config import Settings
    from kerascheck.diagnostic import Diagnostic
    from kerascheck.graph import ModelGraph
    from kerascheck.tracer import trace

__all__ = [
    "Diagnostic",
    "ModelGraph",
    "Settings",
    "build_graph",
    "check_paths",
    "check_program",
    "check_source",
    "trace",
]

_HOMES = {
    "Diagnostic": "kerascheck.diagnostic",
    "ModelGraph": "kerascheck.graph",
    "Settings": "kerascheck.config",
    "build_graph": "kerascheck.api",
    "check_paths": "kerascheck.api",
    "check_program": "kerascheck.api",
    "check_source": "kerascheck.api",
    "trace": "kerascheck.tracer",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
