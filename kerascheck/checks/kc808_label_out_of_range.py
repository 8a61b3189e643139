"""Labels reach the number of units, or are negative: there is no such class."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.fed import once_a_model
from kerascheck.checks.heads import single_unit_models
from kerascheck.program import FedTarget, Program
from kerascheck.shapes import as_int


def check(program: Program) -> Iterator[Finding]:
    """A finding for every model that is certainly given such a label; a head of one unit is wrong for any."""
    single = single_unit_models(program) if program.fed_targets else ()
    found = (
        (target, _finding(target, units))
        for target in program.fed_targets
        if target.loss == "sparse_categorical_crossentropy"
        and target.taken is not False
        and target.output.dims
        and (units := as_int(target.output.dims[-1])) is not None
        and not (units == 1 and target.model in single)
    )
    return once_a_model((target, finding) for target, finding in found if finding is not None)


def _finding(target: FedTarget, units: int) -> Finding | None:
    highest = target.classes - 1 if target.classes is not None else target.highest
    lowest = 0 if target.classes is not None else target.lowest
    what = f"`{target.text}`" if target.text else "the data"
    if highest is not None and highest >= units:
        count = f"{units} unit" if units == 1 else f"{units} units"
        from_one = lowest is not None and lowest >= 1 and highest == units
        number = highest - (lowest or 0) + 1
        return Finding(
            target.span,
            f"{what} has the label {highest}, and the output of model `{target.model}` has {count}: 0 to {units - 1}",
            f"labels up to {highest}",
            target.trail,
            "count the classes from 0: subtract 1" if from_one else f"give the last layer {number} units",
        )
    if lowest is not None and lowest < 0:
        return Finding(
            target.span,
            f"{what} has the label {lowest}, and classes count from 0",
            "a negative label",
            target.trail,
            "count the classes from 0, and weigh with 0 what is to be ignored",
        )
    return None
