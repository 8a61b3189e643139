"""NumPy, or `predict`, between the weights and the loss: no gradient gets back through it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.tapes import fault_text, faults, gradient_text, tape_steps
from kerascheck.program import Program, TapeFaultKind


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such expression that all ways from the weights to the loss go through."""
    for fault in faults(program, TapeFaultKind.NUMPY, TapeFaultKind.PREDICTED):
        predicts = fault.kind is TapeFaultKind.PREDICTED
        yield Finding(
            fault.span,
            f"`{fault_text(fault)}` is no longer TensorFlow's: `{gradient_text(fault)}` gives None",
            "`predict` gives NumPy's arrays, which no tape records" if predicts else "NumPy is not recorded",
            tape_steps(fault, "", "every gradient is None"),
            "call the model itself: `model(x, training=True)`"
            if predicts
            else "compute with TensorFlow or keras.ops up to the loss, and convert only what is shown",
        )
