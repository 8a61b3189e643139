"""A variable that a layer's ``call`` makes anew each time it runs."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.graph_code import is_graph_code
from kerascheck.program import CreatedInCall, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such variable."""
    if not program.created_in_call or is_graph_code(program):
        return iter(())
    return once(_finding(made) for made in program.created_in_call if made.kind == "variable")


def _finding(made: CreatedInCall) -> Finding:
    runs = "the function of a Lambda" if made.in_lambda else f"`{made.owner}.call`"
    where = "the `build` of a layer" if made.in_lambda else f"`{made.owner}.build`"
    return Finding(
        made.span,
        f"`{on_one_line(made.text)}` makes a new variable each time {runs} runs",
        "`fit` and `tf.function` refuse it; run eagerly, it starts anew at every call",
        called_from(made.stack),
        f"make it once, in {where}: `self.add_weight(...)`",
    )
