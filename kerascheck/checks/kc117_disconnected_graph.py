"""A model's output depends on an Input that the model does not have."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Connection, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such model, where it is made."""
    return once(_finding(program, found) for found in program.connections if found.missing)


def _finding(program: Program, found: Connection) -> Finding:
    nodes = [program.recorder.nodes[name] for name in found.missing]
    names = " and ".join(dict.fromkeys(f"`{node.name}`" for node in nodes[:3]))
    one = len(found.missing) == 1
    made = [TrailStep(node.source.span, f"`{node.name}`") for node in nodes[:3] if node.source is not None]
    own = [program.recorder.nodes[name] for name in found.inputs[:3]]
    given = [TrailStep(node.source.span, "the model's input") for node in own if node.source is not None]
    calls = [TrailStep(span, "called from here") for span in reversed(found.stack)]
    return Finding(
        found.span,
        f"an output of model `{found.model}` depends on {names}, which {'is' if one else 'are'} not among its inputs",
        "the graph is not connected",
        (*sorted(dict.fromkeys((*made, *given)), key=lambda step: step.span), *calls),
        f"add {'it' if one else 'them'} to the model's inputs, or build the output from those it has",
    )
