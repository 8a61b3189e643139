"""A compiled function that is given another Python number in each call: each one is compiled anew."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, Retrace

MANY = 4
"""So many different numbers are no choice between a few modes."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such parameter, at the first of the calls."""
    return once(_finding(found) for found in program.retraces if len(found.values) >= MANY)


def _finding(found: Retrace) -> Finding:
    shown = ", ".join(f"{value:g}" for value in found.values[:3])
    return Finding(
        found.span,
        f"`{on_one_line(found.text)}` compiles `{found.function}` anew for every number given as `{found.parameter}`",
        f"{shown} and {len(found.values) - 3} more",
        (
            TrailStep(found.made, "compiled by XLA"),
            *(TrailStep(span, "called from here") for span in reversed(found.stack)),
        ),
        "give it a tensor, which is traced once: `tf.constant(...)`",
    )
