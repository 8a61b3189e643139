"""A metric, or a function of the user's that rounds or compares, given as the loss: it has no gradient."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.tapes import fault_text, faults, gradient_text, tape_steps
from kerascheck.diagnostic import TrailStep
from kerascheck.program import FlatLoss, Program, TapeFaultKind


def check(program: Program) -> Iterator[Finding]:
    """A finding for every loss given to ``compile``, or differentiated by a tape, that has no gradient."""
    yield from once(_finding(loss) for loss in program.flat_losses if not loss.numpy)
    for fault in faults(program, TapeFaultKind.METRIC):
        yield Finding(
            fault.span,
            f"`{fault_text(fault)}` is a metric, and has no gradient: `{gradient_text(fault)}` gives None",
            "gives what the metric keeps in its variables",
            tape_steps(fault, "", "every gradient is None"),
            "differentiate a loss: a class or function of `keras.losses`",
        )


def _finding(loss: FlatLoss) -> Finding:
    called = tuple(TrailStep(span, "called from here") for span in reversed(loss.stack))
    if loss.metric:
        return Finding(
            loss.span,
            f"model `{loss.model}` is compiled with a metric for a loss: `{loss.name}` has no gradient",
            "training raises: no gradients provided",
            called,
            'give a loss, and the metric beside it: `compile(loss="binary_crossentropy", metrics=[...])`',
        )
    return Finding(
        loss.span,
        f"`{on_one_line(loss.text)}` has no gradient, and all of the loss `{loss.name}` goes through it",
        f"no gradient gets from the loss to the output of model `{loss.model}`",
        (TrailStep(loss.compiled, "the model is compiled with it here"), *called),
        "compute the loss with smooth functions, and give this one as a metric: `compile(metrics=[...])`",
    )
