"""An assignment in graph code whose op is dropped: no session runs it, and the variable keeps its value."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, UnrunAssign


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such assignment."""
    return once(_finding(found) for found in program.unrun_assigns)


def _finding(found: UnrunAssign) -> Finding:
    trail = [TrailStep(found.variable, "keeps its value")] if found.variable is not None else []
    trail.append(TrailStep(found.run, "does not run it"))
    return Finding(
        found.span,
        f"`{on_one_line(found.text)}` only makes an op, and no session runs it",
        "its result is dropped",
        (*trail, *(TrailStep(span, "called from here") for span in reversed(found.stack))),
        "keep the op and run it, or make what is run depend on it: `with tf.control_dependencies([op]):`",
    )
