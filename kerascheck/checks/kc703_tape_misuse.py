"""A GradientTape that is used twice, or asked about a tensor that it does not watch."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.tapes import fault_text, faults, tape_steps
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, TapeFault, TapeFaultKind

USED_TWICE, NOT_WATCHED = TapeFaultKind.USED_TWICE, TapeFaultKind.NOT_WATCHED
NOT_TRAINABLE, NOT_FLOAT = TapeFaultKind.NOT_TRAINABLE, TapeFaultKind.NOT_FLOAT


def check(program: Program) -> Iterator[Finding]:
    """A finding for every gradient that such a tape refuses, or gives None for."""
    for fault in faults(program, USED_TWICE, NOT_WATCHED, NOT_TRAINABLE, NOT_FLOAT):
        yield _finding(fault)


def _finding(fault: TapeFault) -> Finding:
    call = f"`{fault_text(fault)}`"
    match fault.kind:
        case TapeFaultKind.USED_TWICE:
            message = f"{call} uses a GradientTape a second time, which forgot all at the first"
            label, help = "raises RuntimeError", "keep the record: `tf.GradientTape(persistent=True)`"
            note = "its gradient was taken here"
        case TapeFaultKind.NOT_TRAINABLE:
            message = f"{call} gives None: the tape does not watch a variable that is not trainable"
            label, help = "not watched", "watch it, in the block and before it is used: `tape.watch(...)`"
            note = "made here, with `trainable=False`"
        case TapeFaultKind.NOT_FLOAT:
            message = f"{call} gives None: what it is taken of holds {fault.name}, which has no gradient"
            label, help = "no gradient of whole numbers", "make it of floats: `tf.constant(3.0)`"
            note = f"{fault.name}, made here"
        case _:
            message = f"{call} gives None: the tape does not watch what it is taken of"
            label, help = "not watched", "watch it, in the block and before it is used: `tape.watch(...)`"
            note = "no variable, made here"
    trail = tape_steps(fault, "the tape is made here" if fault.kind is TapeFaultKind.USED_TWICE else "", "")
    made = (TrailStep(fault.other, note),) if fault.other is not None and fault.other != fault.span else ()
    return Finding(fault.span, message, label, (*made, *trail), help)
