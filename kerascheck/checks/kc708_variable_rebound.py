"""A variable's name that is bound to a tensor computed from it: the next gradient of it is None."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.tapes import fault_text, faults, gradient_text, tape_steps
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, TapeFaultKind


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such assignment, after which a gradient is taken again."""
    for fault in faults(program, TapeFaultKind.REBOUND):
        made = (TrailStep(fault.other, "the variable is made here"),) if fault.other is not None else ()
        name = fault.name.rpartition(".")[2] or "w"
        yield Finding(
            fault.span,
            f"`{fault_text(fault)}` is a tensor, no variable: the next `{gradient_text(fault)}` gives None",
            "the variable itself stays as it was",
            (*made, *tape_steps(fault, "", "no tape watches the tensor")),
            f"change the variable in place: `{name}.assign_sub(...)`",
        )
