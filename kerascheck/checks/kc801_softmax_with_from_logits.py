"""Probabilities meet a loss that takes logits."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.heads import Prediction, cross_entropies, head_step
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program

PROBABILITIES = {"softmax", "sigmoid"}


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such loss, wherever the activation was applied."""
    return once(
        _finding(found)
        for found in cross_entropies(program)
        if found.head.activation in PROBABILITIES and found.loss.from_logits is True
    )


def _finding(found: Prediction) -> Finding:
    head, loss = found.head, found.loss
    passed: tuple[TrailStep, ...] = ()
    if head.behind and head.last.source is not None and head.last.source != head.node.source:
        passed = head_step(type(head)(head.activation, head.last), "hides it from Keras, which would correct the loss")
    what = f"model `{found.fact.model}` gives" if found.fact.model is not None else "it is given"
    help = "leave `from_logits` out, or take the activation off the last layer"
    if "with_logits" in loss.shown:
        help = f"give it what goes into the `{head.activation}`"
    return Finding(
        loss.span,
        f"`{loss.shown}` takes logits here, and {what} probabilities: `{expression(head.node)}` ends in "
        f"`{head.activation}`",
        "takes logits",
        (*head_step(head, f"`{head.activation}` is applied here"), *passed, *found.trail),
        help,
    )
