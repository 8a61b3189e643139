"""Two activations in a row: the second is applied to what the first gave."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program
from kerascheck.semantics.activations import ACTIVATING, WEIGHT_LAYERS, activation_of

MISH = ("softplus", "tanh")
"""The two of which ``x * tanh(softplus(x))`` is made, an activation as well known as they are."""


WITHOUT_WEIGHTS = ACTIVATING - WEIGHT_LAYERS


def check(program: Program) -> Iterator[Finding]:
    """A finding for every activation whose operand was made by another."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for model, node in program.nodes_of(WITHOUT_WEIGHTS):
        second = activation_of(node.op, node.config)
        if second in (None, "linear") or node.source is None:
            continue
        operands = model.operands(node)
        before = operands[0][0] if len(operands) == 1 else None
        first = activation_of(before.op, before.config) if before is not None else None
        if before is None or before.source is None or first in (None, "linear") or (first, second) == MISH:
            continue
        yield Finding(
            node.source.span,
            f"`{second}` in `{expression(node)}` is applied to what `{first}` gave",
            f"`{second}` of `{first}`",
            (TrailStep(before.source.span, f"`{first}` is applied here"), *call_trail(node)),
            "take one of the two away",
        )
