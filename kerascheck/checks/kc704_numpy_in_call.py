"""NumPy, or `predict`, between the weights and the loss: no gradient gets back through it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.symbolic import made_of
from kerascheck.checks.tapes import fault_text, faults, gradient_text, tape_steps
from kerascheck.diagnostic import TrailStep
from kerascheck.program import NUMPY_METHOD, FlatLoss, Program, SymbolicUse, TapeFaultKind


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such expression that all ways from the weights to the loss go through."""
    yield from once(_on_symbols(program, use) for use in program.symbolic_uses if use.use == NUMPY_METHOD)
    yield from once(_in_loss(loss) for loss in program.flat_losses if loss.numpy)
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


def _in_loss(loss: FlatLoss) -> Finding:
    called = tuple(TrailStep(span, "called from here") for span in reversed(loss.stack))
    return Finding(
        loss.span,
        f"`{on_one_line(loss.text)}` wants the values of a tensor that has none: `{loss.name}` runs in a graph",
        "NumPy cannot compute with it, nor take its gradient",
        (TrailStep(loss.compiled, "the model is compiled with it here"), *called),
        "compute with TensorFlow or keras.ops",
    )


def _on_symbols(program: Program, use: SymbolicUse) -> Finding:
    return Finding(
        use.span,
        f"`{on_one_line(use.text)}` wants the values of a symbolic tensor, which has none",
        "raises AttributeError" if not use.in_call else "Keras runs `call` on symbols; eagerly, the gradient ends here",
        made_of(program, use),
        "compute with TensorFlow or keras.ops",
    )
