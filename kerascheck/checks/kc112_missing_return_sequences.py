"""A recurrent layer gives its last step only, and the layer after it needs them all."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression, shape_note
from kerascheck.checks.recurrence import calls_missing_sequences
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every call that would fit the sequence, and gets the last step."""
    for _, node, recurrent in calls_missing_sequences(program):
        if node.source is None or node.problem is None:
            continue
        made = recurrent.source
        step = () if made is None else (TrailStep(made.span, f"{shape_note(recurrent)}, the last step only"),)
        where = "" if made is None else f" to `{expression(recurrent)}` on line {made.span.line}"
        yield Finding(
            node.source.span,
            node.problem.message,
            "needs every step of the sequence",
            step + call_trail(node),
            f"add `return_sequences=True`{where}",
        )
