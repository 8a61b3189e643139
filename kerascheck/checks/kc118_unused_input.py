"""An Input of a model that none of its outputs depends on."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Node
from kerascheck.program import Connection, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such Input that no other model uses either."""
    needed = _needed(program)
    return once(
        finding
        for found in program.connections
        if found.whole and found.used
        for name in found.inputs
        if name not in found.used
        for finding in _findings(program, found, program.recorder.nodes[name], needed)
    )


def _needed(program: Program) -> set[Span]:
    """Where the inputs were made that some model uses, or that a model nobody could follow may use."""
    nodes = program.recorder.nodes
    names = {
        name
        for found in program.connections
        for name in (found.inputs if not found.whole else (*found.used, *found.missing))
        if name in nodes
    }
    return {node.source.span for name in names if (node := nodes[name]).source is not None}


def _findings(program: Program, found: Connection, node: Node, needed: set[Span]) -> Iterator[Finding]:
    if node.kind != "input" or node.source is None or node.source.span in needed:
        return
    uses = _uses(program, node)
    if _in_loss(program, node, uses):
        # KC610 says what is wrong with it.
        return
    if found.generation == 2 and any(use.kind == "op" for use in uses):
        # A loss of tf_keras may be such an op.
        return
    direct = {edge.target for edge in program.recorder.edges if edge.source == node.identifier}
    first = [use.source.span for use in uses if use.identifier in direct and use.source is not None]
    yield Finding(
        node.source.span,
        f"no output of model `{found.model}` depends on its input `{node.name}`",
        "an input that changes nothing",
        (
            *(TrailStep(span, "used here, and no output depends on that") for span in dict.fromkeys(first[:2])),
            TrailStep(found.span, "the model is made here"),
            *(TrailStep(span, "called from here") for span in reversed(found.stack)),
        ),
        "connect it to an output, or leave it out of the model's inputs",
    )


def _in_loss(program: Program, node: Node, uses: list[Node]) -> bool:
    """Whether a function given to `compile` uses the input, or what is computed from it."""
    names = {node.identifier, *(use.identifier for use in uses)}
    return any(end.node in names for loss in program.symbolic_losses for end in loss.tensors)


def _uses(program: Program, node: Node) -> list[Node]:
    """What is computed from the input."""
    outgoing: dict[str, list[str]] = {}
    for edge in program.recorder.edges:
        outgoing.setdefault(edge.source, []).append(edge.target)
    seen: dict[str, None] = {}
    pending = [node.identifier]
    while pending:
        for target in outgoing.get(pending.pop(), ()):
            if target not in seen and target in program.recorder.nodes:
                seen[target] = None
                pending.append(target)
    return [program.recorder.nodes[name] for name in seen]
