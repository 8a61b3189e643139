"""A saved model holds a Lambda whose function is stored as code."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, SavedObject, SavedObjectKind


def check(program: Program) -> Iterator[Finding]:
    """Every such Lambda in a model that is saved, unless the code says that the file is trusted."""
    for found in program.saved_objects:
        if found.kind is SavedObjectKind.LAMBDA:
            yield _finding(found)


def _finding(found: SavedObject) -> Finding:
    what = "cannot be loaded"
    why = f"`load_model` refuses the Python code of Lambda `{found.name}`"
    help = "make a layer of it, or load the file with `safe_mode=False` if you trust it"
    if found.argument:
        what = "cannot be used"
        why = f"the Python code of Lambda `{found.name}` reads `{found.argument}`, which is not in the file"
        help = "make a layer of it, or give the Lambda a named function that is registered for saving"
    return Finding(
        found.span,
        f"the saved model {what}: {why}",
        "stored as code",
        () if found.saved is None else (TrailStep(found.saved, "the model is saved"),),
        help,
    )
