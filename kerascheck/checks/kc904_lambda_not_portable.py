"""A saved model holds a Lambda whose function is stored as code."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, SavedObjectKind


def check(program: Program) -> Iterator[Finding]:
    """Every such Lambda in a model that is saved, unless the code says that the file is trusted."""
    for found in program.saved_objects:
        if found.kind is SavedObjectKind.LAMBDA:
            yield Finding(
                found.span,
                f"the saved model cannot be loaded: `load_model` refuses the Python code of Lambda `{found.name}`",
                "stored as code",
                () if found.saved is None else (TrailStep(found.saved, "the model is saved"),),
                "make a layer of it, or load the file with `safe_mode=False` if you trust it",
            )
