"""A metric goes on from epoch to epoch: what it reports is the mean of all of them."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import MetricRead, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every result that is read in a loop over epochs of a metric that nothing resets."""
    return once(_finding(read) for read in program.metric_reads)


def _finding(read: MetricRead) -> Finding:
    name = read.metric.rpartition(".")[2]
    trail = [TrailStep(read.made, "made once")] if read.made is not None else []
    if read.updated != read.span:
        trail.append(TrailStep(read.updated, "updated in every epoch"))
    return Finding(
        read.span,
        f"`{on_one_line(read.text)}` is of all epochs so far: nothing resets the {name} metric",
        "not of this epoch alone",
        (*trail, *(TrailStep(span, "called from here") for span in reversed(read.stack))),
        "call `reset_state()` of the metric at the beginning of each epoch",
    )
