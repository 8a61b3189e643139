"""An attribute that Keras keeps for itself is assigned: that raises."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from
from kerascheck.checks.batch import once
from kerascheck.program import Program, ReservedAttribute


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such assignment."""
    return once(_finding(use) for use in program.reserved_attributes)


def _finding(use: ReservedAttribute) -> Finding:
    base = use.owner.rpartition(".")[2]
    return Finding(
        use.span,
        f"`{use.attribute}` of `{use.layer}` cannot be assigned: it is a property of Keras's {base}",
        "Keras keeps this name for itself",
        called_from(use.stack),
        f"take another name: `self.own_{use.attribute}`",
    )
