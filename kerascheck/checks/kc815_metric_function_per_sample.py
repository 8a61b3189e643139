"""A metric function gives a number for each sample, and that is printed as if it were the metric."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, ShownMetric


def check(program: Program) -> Iterator[Finding]:
    """A finding for every call whose result is shown without a mean."""
    return once(_finding(found) for found in program.shown_metrics)


def _finding(found: ShownMetric) -> Finding:
    calls = tuple(TrailStep(span, "called from here") for span in reversed(found.stack))
    name = "".join(part.capitalize() for part in found.name.split("_"))
    return Finding(
        found.span,
        f"`{on_one_line(found.text)}` gives a number for each sample, and not the accuracy of all",
        f"gives {found.shape}",
        (*calls, TrailStep(found.shown, "taken for one number here")),
        f"take the mean of it, or use `keras.metrics.{name}()`",
    )
