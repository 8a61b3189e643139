"""A loss of the user's own gives one number for a batch, and the samples of the batch are weighted."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.program import LossFact, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such loss of a model that is given weights."""
    return once(
        _finding(fact, fact.loss.span, fact.loss.name)
        for fact in program.losses
        if fact.scalar and fact.weighted and fact.loss is not None
    )


def _finding(fact: LossFact, span: Span, name: str) -> Finding:
    calls = tuple(TrailStep(each, "called from here") for each in reversed(fact.stack))
    weights = tuple(TrailStep(each, "weights are given here") for each in fact.weighted[:2])
    return Finding(
        span,
        f"`{name}` gives one number for a whole batch, so the weights of its samples are only averaged",
        "no number for each sample",
        (*calls, *weights),
        "reduce over all axes but the first: `axis=-1`",
    )
