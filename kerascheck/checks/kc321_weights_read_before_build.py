"""A weight that is read before the layer has any: weights are made when the layer is first called, or built."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, UnbuiltRead


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such use."""
    return once(_finding(read) for read in program.unbuilt_reads)


def _finding(read: UnbuiltRead) -> Finding:
    made = () if read.made is None else (TrailStep(read.made, "made here"),)
    return Finding(
        read.span,
        f"`{read.member}` is read before layer `{read.name}` is built: it has no weights yet",
        "weights are made when the layer is first called",
        (*made, *called_from(read.stack)),
        "call the layer first, or build it for its input: `layer.build((None, size))`",
    )
