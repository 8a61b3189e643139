"""An attribute that held a variable and is assigned a tensor computed from it: the variable is not changed."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from
from kerascheck.checks.batch import once
from kerascheck.checks.graph_code import is_graph_code
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, RebindingUse


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such assignment."""
    if not program.rebound_weights or is_graph_code(program):
        return iter(())
    return once(_finding(use) for use in program.rebound_weights)


def _finding(use: RebindingUse) -> Finding:
    if use.method == "call":
        label = "the variable keeps its value; the next call computes with this tensor"
        help_line = f"change the variable itself, `self.{use.attribute}.assign(...)`, or compute with a local name"
    else:
        label = "it is computed once, here: training changes the variable, and not this tensor"
        help_line = f"keep the variable in `self.{use.attribute}`, and compute with it in `call`"
    made = () if use.made is None else (TrailStep(use.made, "the variable is made here"),)
    method = "__init__" if use.method == "init" else use.method
    return Finding(
        use.span,
        f"`{use.layer}.{method}` replaces the variable `self.{use.attribute}` by a tensor",
        label,
        (*made, *called_from(use.stack)),
        help_line,
    )
