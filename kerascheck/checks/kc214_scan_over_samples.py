"""A loop carries state from sample to sample, and the model's output comes of it."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import BatchOp, batched_ops, call_finding, once
from kerascheck.checks.operations import batch_effects, operation_finding
from kerascheck.program import Program
from kerascheck.semantics.api import Family, UserFunction
from kerascheck.semantics.raw_ops import Effect

DOES = "goes over the samples of a batch and carries a state from each to the next"
HELP = "put the axis to go over first: transpose before and after; for each sample by itself, `tf.vectorized_map`"

FUNCTION_ARGUMENTS = ("fn", "f")
"""The parameters that hold what is done at each step; it is given the state first."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every scan or fold over the batch axis whose function reads the state that it is given."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for found in batched_ops(program, Family.SCAN):
        axes = {found.node.config.get(found.info.axis)} if found.info.axis else {0}
        over = axes & set(found.batch_axes)
        if over and _carries_state(found):
            yield call_finding(found, 0, DOES, HELP)
    yield from (operation_finding(found, DOES, help=HELP) for found in batch_effects(program, Effect.SCAN))


def _carries_state(found: BatchOp) -> bool:
    """Whether the function certainly reads its first argument, the state: one that does not is a mere map."""
    for name in FUNCTION_ARGUMENTS:
        function = found.node.config.get(name)
        if isinstance(function, UserFunction) and function.parameters:
            return function.parameters[0] in function.read
    return False
