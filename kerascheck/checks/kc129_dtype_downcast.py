"""Data that lose digits at a model's input."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Downcast, Program

EXACT = {"float32": 2**24, "float16": 2**11, "bfloat16": 2**8}
"""The integer above which a type no longer holds all integers."""

CHOOSING = ("set_floatx", "set_dtype_policy", "set_global_policy", "set_policy")
"""Functions that choose the type of all layers that are not told."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every call that gives a model float64, or integers that its floats do not hold."""
    if not program.downcasts or any(use.name.rpartition(".")[2] in CHOOSING for use in program.symbols):
        return iter(())
    return once(_finding(found) for found in program.downcasts if _loses(found))


def _loses(found: Downcast) -> bool:
    if found.taken not in EXACT:
        return False
    if found.given == "float64":
        return True
    return "int" in found.given and found.largest is not None and found.largest > EXACT[found.taken]


def _finding(found: Downcast) -> Finding:
    made = () if found.made is None or found.made == found.span else (TrailStep(found.made, found.given),)
    calls = tuple(TrailStep(span, "called from here") for span in reversed(found.stack))
    if found.given == "float64":
        label = f"{found.taken} keeps about {7 if found.taken == 'float32' else 3} digits"
    else:
        label = f"the data reach {found.largest}; above {EXACT[found.taken]} {found.taken} skips integers"
    return Finding(
        found.span,
        f"`{on_one_line(found.text)}` gives model `{found.model}` {found.given}, which its input makes {found.taken}",
        label,
        (*made, *calls),
        f'give the input and the layers `dtype="{found.given}"`, or cast the data where it is meant',
    )
