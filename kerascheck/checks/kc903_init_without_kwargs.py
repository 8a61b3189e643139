"""What is saved with every layer is more than the constructor takes."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, SavedObjectKind


def check(program: Program) -> Iterator[Finding]:
    """Every saved or registered class whose ``__init__`` lacks what Keras gives it when it is loaded."""
    for found in program.saved_objects:
        if found.kind is SavedObjectKind.NO_NAME:
            yield Finding(
                found.span,
                f"`{found.name}` cannot be loaded: `__init__` does not take the `{found.argument}` that "
                + ("`get_config` returns" if found.argument == "name" else "Keras saves with every layer"),
                "takes no `**kwargs`",
                () if found.saved is None else (TrailStep(found.saved, "a model with it is saved"),),
                "take `**kwargs` and write `super().__init__(**kwargs)`",
            )
