"""A model or its weights are saved under a name that Keras 3 takes for no format."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.program import Program, SavingCall

WEIGHTS = ".weights.h5"


def check(program: Program) -> Iterator[Finding]:
    """Every path that Keras 3 refuses to save to."""
    for call in program.saving_calls:
        wanted = _wanted(call)
        if call.generation != 3 or call.path is None or wanted is None or call.path.startswith("hf://"):
            continue
        if not call.path.endswith(wanted):
            yield Finding(
                call.path_span,
                f"Keras 3 saves {_what(call)} only to a file whose name ends in {_listed(wanted)}",
                f"`{call.path}` does not",
                help=_advice(call),
            )


def _wanted(call: SavingCall) -> tuple[str, ...] | None:
    """The endings that the call takes; None where it takes any, or is told by another rule."""
    if {"save_format", "max_shard_size", "zipped"} & set(call.keywords):
        return None
    match call.method, call.weights_only:
        case ("save" | "save_model", _):
            return (".keras", ".h5", ".hdf5")
        case ("save_weights", _) | ("ModelCheckpoint", True):
            return (WEIGHTS,)
        case ("ModelCheckpoint", False):
            return (".keras", ".h5")
    return None


def _what(call: SavingCall) -> str:
    return "weights" if _wanted(call) == (WEIGHTS,) else "a model"


def _listed(endings: tuple[str, ...]) -> str:
    return f"`{endings[0]}`" if endings == (WEIGHTS,) else "`.keras` or, for the legacy format, `.h5`"


def _advice(call: SavingCall) -> str:
    if _wanted(call) == (WEIGHTS,):
        return f"end the name in `{WEIGHTS}`"
    if call.method == "save":
        return "end the name in `.keras`, or write `model.export(path)` for a SavedModel"
    return "end the name in `.keras`"
