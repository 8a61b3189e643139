"""A layer that another's ``call`` makes anew each time it runs, with new weights."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.graph_code import is_graph_code
from kerascheck.program import CreatedInCall, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such layer; what a Lambda makes is told with what it calls."""
    if not program.created_in_call or is_graph_code(program):
        return iter(())
    layers = (made for made in program.created_in_call if made.kind == "layer")
    return once(_finding(made) for made in layers if not made.in_lambda and not made.function)


def _finding(made: CreatedInCall) -> Finding:
    return Finding(
        made.span,
        f"`{on_one_line(made.text)}` makes a new layer each time `{made.owner}.call` runs",
        "`fit` refuses its new variables; run eagerly, they start anew at every call",
        called_from(made.stack),
        f"make it once, in `{made.owner}.__init__`, keep it in an attribute, and call that",
    )
