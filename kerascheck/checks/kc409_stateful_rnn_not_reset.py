"""A stateful recurrent layer goes through the same data again, and nothing resets its state in between."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, StatefulFit


def check(program: Program) -> Iterator[Finding]:
    """A finding for every pass over data that begins with the state that the last pass over them ended with."""
    return once(_finding(fit) for fit in program.stateful_fits if _goes_on(fit))


def _goes_on(fit: StatefulFit) -> bool:
    return not fit.open and (fit.again or (fit.epochs is not None and fit.epochs > 1))


def _finding(fit: StatefulFit) -> Finding:
    names = " and ".join(dict.fromkeys(name.rpartition(".")[2] for name, _ in fit.layers[:3]))
    after = "every epoch after the first" if (fit.epochs or 1) > 1 else "this pass over the same data"
    if fit.method == "predict":
        after = "predicting the same data again"
    trail = [TrailStep(span, "`stateful=True`") for _, span in fit.layers[:3]]
    first = "" if fit.method == "predict" else "fit one epoch at a time, and "
    reset = "reset_states" if fit.generation == 2 else "reset_state"
    return Finding(
        fit.span,
        f"{after} begins with the state of {names} at the end of the one before",
        "nothing resets it",
        (*trail, *(TrailStep(span, "called from here") for span in reversed(fit.stack))),
        f"{first}call `layer.{reset}()` before each",
    )
