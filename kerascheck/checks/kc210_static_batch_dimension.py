"""The size of an open batch is None in Python, and is used as a number."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import NoneUse, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every place that takes the static size of an open batch for a number."""
    return once(_finding(use) for use in program.none_uses)


def _finding(found: NoneUse) -> Finding:
    return Finding(
        found.span,
        f"`{on_one_line(found.text)}` uses the static size of the batch as a number, and that is None",
        f"`{found.use}` is given None" if found.use else "None is no number",
        tuple(TrailStep(span, "called from here") for span in reversed(found.stack)),
        "take the size from the tensor itself: `tf.shape(x)[0]`, or `keras.ops.shape(x)[0]` within a layer's `call`",
    )
