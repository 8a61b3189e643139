"""``add_weight`` is given the weight's name by position, which only Keras 2 takes."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.removals import called_from, name_arguments
from kerascheck.program import Program

METHOD = "add_weight"


def check(program: Program) -> Iterator[Finding]:
    """Every such call in Keras 3 code."""
    for use in program.members:
        if use.member == METHOD and use.old_form and use.generation == 3:
            yield Finding(
                use.span,
                "`add_weight` takes the name of the weight by keyword in Keras 3: the first argument is its shape",
                "the name comes first in Keras 2 only",
                called_from(use.stack),
                "write `add_weight(name=..., shape=...)`",
                name_arguments(use),
            )
