"""Predictions of shape (n, 1) meet targets of shape (n,): the result pairs every prediction with every target."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.program import Program, StretchedPrediction


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such operation."""
    return once(_finding(found) for found in program.stretched)


def _finding(found: StretchedPrediction) -> Finding:
    wider = found.prediction if found.prediction.rank == 2 else found.other
    which = "the prediction" if wider is found.prediction else "the target"
    return Finding(
        found.span,
        f"`{on_one_line(found.text)}` pairs every prediction with every target: {found.prediction} meets {found.other}",
        f"gives {found.result}",
        found.trail,
        f"give both one shape: `tf.squeeze(…, axis=-1)` of {which}, or `[:, None]` of the other",
    )
