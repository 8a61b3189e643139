"""A ``where`` that keeps zeros from a logarithm or a division, but not from its gradient, which is NaN for them."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.gradients import trained_behind
from kerascheck.diagnostic import TrailStep
from kerascheck.program import NanBranch, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such choice through which a gradient goes back to a weight."""
    if not program.nan_branches:
        return
    trained = set[str]().union(*(model.shared(trained_behind) for model in program.models))
    yield from once(
        _finding(found) for found in program.nan_branches if found.certain or trained.intersection(found.operands)
    )


def _finding(found: NanBranch) -> Finding:
    return Finding(
        found.span,
        f"the gradient of `{on_one_line(found.text)}` is NaN where `{on_one_line(found.choice_text)}` leaves it out",
        "infinite at zero, times the zero that comes back from the branch not taken",
        (
            TrailStep(found.choice, "chooses between the values, after both were computed"),
            *(TrailStep(span, "called from here") for span in reversed(found.stack)),
        ),
        "make the operand safe first: `tf.where(x > 0, x, 1.0)`; for a division `tf.math.divide_no_nan`",
    )
