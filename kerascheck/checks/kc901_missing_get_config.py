"""A layer without get_config holds what Keras cannot put into a saved model by itself."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, SavedObjectKind


def check(program: Program) -> Iterator[Finding]:
    """Every layer of a saved model that was made with objects and has no ``get_config``."""
    for found in program.saved_objects:
        if found.kind is SavedObjectKind.ARGUMENT:
            yield Finding(
                found.span,
                f"`{found.name}` is made with {found.argument} and has no `get_config`: the model cannot be saved",
                f"{found.argument} is no plain value",
                () if found.saved is None else (TrailStep(found.saved, "the model is saved"),),
                f"give `{found.name}` a `get_config` and a `from_config` that keep what it is made with",
            )
