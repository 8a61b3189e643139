"""An Input of a model that none of its outputs depends on."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Node
from kerascheck.program import Connection, Program
from kerascheck.records import immutable


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such Input that no other model uses either."""
    needed = _needed(program)
    return once(
        finding
        for found in program.connections
        if found.whole and found.used
        for name, place in _places(program, found).items()
        if name not in found.used and place not in needed.places and place[0] not in needed.spans
        for finding in _findings(program, found, program.recorder.nodes[name])
    )


@immutable()
class Needed:
    """The inputs that some model uses, or that a model nobody could follow may use.

    Attributes:
        places: where each was made, and which of the inputs of its model that were made there it is.
        spans: where inputs were made of which that is not known.
    """

    places: frozenset[tuple[Span, int]]
    spans: frozenset[Span]


def _needed(program: Program) -> Needed:
    places: set[tuple[Span, int]] = set()
    spans: set[Span] = set()
    for found in program.connections:
        made = _places(program, found)
        kept = found.inputs if not found.whole else found.used
        places |= {made[name] for name in kept if name in made}
        beyond = (program.recorder.nodes.get(name) for name in (*found.used, *found.missing) if name not in made)
        spans |= {node.source.span for node in beyond if node is not None and node.source is not None}
    return Needed(frozenset(places), frozenset(spans))


def _places(program: Program, found: Connection) -> dict[str, tuple[Span, int]]:
    """Where each input of a model was made, and how many of the ones before it were made there."""
    counts: dict[Span, int] = {}
    places = {}
    for name in dict.fromkeys(found.inputs):
        node = program.recorder.nodes.get(name)
        if node is not None and node.source is not None:
            span = node.source.span
            places[name] = (span, counts.get(span, 0))
            counts[span] = counts.get(span, 0) + 1
    return places


def _findings(program: Program, found: Connection, node: Node) -> Iterator[Finding]:
    if node.kind != "input" or node.source is None:
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
