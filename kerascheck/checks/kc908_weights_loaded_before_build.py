"""load_weights of a model that has no weights yet."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.program import Program, UnreadyWeights

READ_AT_ONCE = (".h5", ".hdf5", ".keras")
"""The endings of the files that tf_keras reads at once; what is in others waits for the variables to be made."""


def check(program: Program) -> Iterator[Finding]:
    """Every ``load_weights`` before the model is called or built."""
    seen: set[Span] = set()
    for found in program.unready_weights:
        path = found.call.path
        if found.call.generation == 2 and (path is None or not path.endswith(READ_AT_ONCE)):
            continue
        if found.call.span in seen:
            continue
        seen.add(found.call.span)
        yield Finding(
            found.call.span,
            _message(found),
            "there are no weights to load into",
            () if found.made is None else (TrailStep(found.made, "the model is made"),),
            f"call {_named(found)} on data or on a `keras.Input` first",
        )


def _named(found: UnreadyWeights) -> str:
    return f"`{found.model}`" if found.model else "the model"


def _message(found: UnreadyWeights) -> str:
    if found.why == "empty build":
        return f"{_named(found)} keeps its random weights: `build` makes none where the class has no `build` of its own"
    return f"weights are loaded into {_named(found)}, which has none before it is called or built"
