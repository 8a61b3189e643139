"""A model for a distribution strategy, and its weights or optimizer that were made outside of the scope."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import OutsideStrategy, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such model, where it is compiled."""
    return once(map(_finding, program.outside_strategies))


def _finding(found: OutsideStrategy) -> Finding:
    scope = (TrailStep(found.scope, "the strategy's scope begins here"),) if found.scope is not None else ()
    stack = tuple(TrailStep(span, "called from here") for span in reversed(found.stack))
    if found.part == "optimizer":
        made = () if found.made == found.span else (TrailStep(found.made, "made outside of the scope"),)
        return Finding(
            found.span,
            f"model `{found.model}` is made for a distribution strategy, and its optimizer outside of it",
            "`fit` cannot mix its variables with those of the strategy",
            (*scope, *made, *stack),
            "make the optimizer in the scope, too: `with strategy.scope(): model.compile(...)`",
        )
    return Finding(
        found.span,
        f"model `{found.model}` is compiled for a distribution strategy, and its weights were made outside of it",
        "its variables are not distributed",
        (TrailStep(found.made, "has weights, made before the scope"), *scope, *stack),
        "make the model in the scope, too: `with strategy.scope(): model = ...`",
    )
