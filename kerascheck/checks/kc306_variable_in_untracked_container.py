"""A variable in an object that Keras does not look into: the layer that uses it neither trains nor saves it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.variables import CONTAINER, untrained_finding, untrained_variables
from kerascheck.program import Program

WHY = "Keras does not look for variables in the object that holds it"
HELP = "make it a weight of the layer that uses it: `self.add_weight(...)` in its `build`"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such variable, at the line that makes it."""
    return once(
        untrained_finding(found, WHY, HELP)
        for found in untrained_variables(program)
        if found.variable.owner == CONTAINER and not found.on_keras_tensor
    )
