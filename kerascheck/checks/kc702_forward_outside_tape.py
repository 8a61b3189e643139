"""A model that is called, or a loss that is computed, where the GradientTape does not record it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.tapes import fault_text, faults, gradient_text, tape_steps
from kerascheck.program import Program, TapeFaultKind


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call, with the gradient that is None for it."""
    for fault in faults(program, TapeFaultKind.FORWARD_OUTSIDE, TapeFaultKind.LOSS_OUTSIDE):
        yield Finding(
            fault.span,
            f"`{fault_text(fault)}` runs outside the GradientTape: `{gradient_text(fault)}` gives None",
            "not recorded",
            tape_steps(fault, "only what runs in this tape's block is recorded", "every gradient is None"),
            "move it into the block: `with tf.GradientTape() as tape:`",
        )
