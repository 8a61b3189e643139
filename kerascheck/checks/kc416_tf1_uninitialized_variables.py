"""A session runs what reads variables, and nothing ever initialises them in it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, UninitializedRun


def check(program: Program) -> Iterator[Finding]:
    """A finding for the first such run of each session."""
    told: set[object] = set()
    for found in program.uninitialized_runs:
        key = found.session or found.span
        if key not in told:
            told.add(key)
            yield from once([_finding(found)])


def _finding(found: UninitializedRun) -> Finding:
    trail = [TrailStep(span, "holds variables") for span in found.variables[:3]]
    if found.session is not None:
        trail.append(TrailStep(found.session, "nothing is initialised in this session"))
    return Finding(
        found.span,
        "the session runs what reads variables, and no initializer was run in it",
        "raises FailedPreconditionError",
        (*trail, *(TrailStep(span, "called from here") for span in reversed(found.stack))),
        "run `tf.compat.v1.global_variables_initializer()` in the session first",
    )
