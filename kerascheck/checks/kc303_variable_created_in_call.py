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
    runs, help_line = _words(made)
    return Finding(
        made.span,
        f"`{on_one_line(made.text)}` makes a new variable each time {runs} runs",
        "`fit` and `tf.function` refuse it; run eagerly, it starts anew at every call",
        called_from(made.stack),
        help_line,
    )


def _words(made: CreatedInCall) -> tuple[str, str]:
    """What runs, and what to do about it."""
    if made.function:
        return made.function, "make it once, outside of the function; what is to be trained belongs to a layer"
    if made.in_lambda:
        return "the function of a Lambda", "make it once, in the `build` of a layer: `self.add_weight(...)`"
    return f"`{made.owner}.call`", f"make it once, in `{made.owner}.build`: `self.add_weight(...)`"
