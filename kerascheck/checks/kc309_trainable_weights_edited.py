"""An edit of the list that ``trainable_weights`` returns, which is a copy: nothing is added to the layer."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, WeightListEdit

ADDING = frozenset({"append", "extend", "insert", "__iadd__", "+="})


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such edit."""
    for edit in program.weight_list_edits:
        if not edit.what.startswith("_"):
            yield _finding(edit)


def _finding(edit: WeightListEdit) -> Finding:
    if edit.method in ADDING:
        help_line = "make it a weight of the layer that uses it: `self.add_weight(...)` in its `build`"
    else:
        help_line = "set `trainable = False` on the layer whose weights are to stay as they are"
    return Finding(
        edit.span,
        f"`{edit.what}.{edit.method}` changes a copy: the layer's weights stay as they were",
        f"`{edit.what}` makes a new list each time it is read",
        tuple(TrailStep(span, "this variable stays untrained") for span in edit.variables),
        help_line,
    )
