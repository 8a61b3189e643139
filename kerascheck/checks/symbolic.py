"""What the rules share that tell of symbolic tensors where a value is wanted."""

from __future__ import annotations

from kerascheck.checks.api import step_for
from kerascheck.checks.removals import called_from
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, SymbolicUse


def made_of(program: Program, use: SymbolicUse) -> tuple[TrailStep, ...]:
    """The line that made the tensor, with its shape, and the calls that led to its use."""
    step = step_for(program.recorder.nodes[use.tensor])
    shown = (step,) if step is not None and step.span.line != use.span.line else ()
    return shown + called_from(use.stack)
