"""What the rules about gradient tapes share: how they tell of a :class:`TapeFault`."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import on_one_line
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, TapeFault, TapeFaultKind


def faults(program: Program, *kinds: TapeFaultKind) -> Iterator[TapeFault]:
    """The faults of some kinds, one for each place in the source."""
    seen: set[object] = set()
    for fault in program.tape_faults:
        if fault.kind in kinds and fault.span not in seen:
            seen.add(fault.span)
            yield fault


def tape_steps(fault: TapeFault, made: str, taken: str) -> tuple[TrailStep, ...]:
    """Where the tape was made and the gradient taken, with the calls that led there."""
    steps = [TrailStep(fault.tape, made)] if fault.tape is not None and made else []
    if fault.gradient != fault.span:
        steps.append(TrailStep(fault.gradient, taken))
    return (*steps, *(TrailStep(span, "called from here") for span in reversed(fault.stack)))


def gradient_text(fault: TapeFault) -> str:
    """The call that takes the gradient, on one line."""
    return on_one_line(fault.gradient_text)


def fault_text(fault: TapeFault) -> str:
    """What is at fault, on one line."""
    return on_one_line(fault.text)
