"""A layer whose constructor does not call that of the class it extends, or, in a Keras 2 model, calls it too late."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from
from kerascheck.checks.batch import once
from kerascheck.program import MissingInit, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such constructor, at the line that begins it."""
    missing = {made.layer for made in program.missing_inits if made.early is None}
    return once(_finding(made) for made in program.missing_inits if made.early is None or made.layer not in missing)


def _finding(made: MissingInit) -> Finding:
    what = "model" if made.is_model else "layer"
    if made.early is None:
        message = f"`{made.layer}.__init__` does not call `super().__init__()`: the {what} cannot be used"
        label = f"Keras has not set up the {what}"
    else:
        message = f"`self.{made.early}` is assigned before `super().__init__()`: Keras 2 refuses that in a model"
        label = "Keras has not set up the model yet"
    help_line = f"make `super().__init__()` the first statement of `{made.layer}.__init__`"
    return Finding(made.span, message, label, called_from(made.stack), help_line)
