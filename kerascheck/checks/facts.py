"""What the rules share that read :attr:`Program.variables`: what the live models do with their variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kerascheck.checks.variables import FLOATS, added_by_hand
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Node
from kerascheck.program import Program, VariableFact

NO_GRADIENT = ("none", "zero")
"""The gradients that train nothing."""


def untracked(program: Program) -> Iterator[VariableFact]:
    """The trainable float variables that a model's output depends on by a way a gradient takes and that it lacks.

    Those that the code writes or trains in some other way are left out, and those that it adds to a list of weights.
    """
    added = added_by_hand(program)
    for fact in program.variables:
        if (
            not fact.in_weights
            and fact.trainable
            and fact.used
            and not fact.assigned
            and not fact.trained
            and fact.gradient == "flows"
            and (fact.dtype or "").startswith(FLOATS)
            and (fact.layer is not None or fact.span not in added)
        ):
            yield fact


def untrained(program: Program) -> Iterator[VariableFact]:
    """The trainable weights that a training step was proved to give no gradient."""
    for fact in program.variables:
        if fact.in_trainable_weights and fact.gradient in NO_GRADIENT:
            yield fact


def stopping_nodes(program: Program, fact: VariableFact) -> list[tuple[Node, str]]:
    """The calls that no gradient gets through, of those whose line is known, each with what stops there."""
    nodes = program.recorder.nodes
    found = [(nodes[name], what) for name, what in fact.stopped_by if name in nodes]
    return [(node, what) for node, what in found if node.source is not None]


def layer_steps(facts: Iterable[VariableFact], most: int = 3) -> tuple[TrailStep, ...]:
    """Where the layers of the variables were made, each line once, with the names of what they hold there."""
    names: dict[Span, dict[str, None]] = {}
    for fact in facts:
        span = fact.layer_span or fact.span
        if span is not None:
            names.setdefault(span, {})[fact.name] = None
    return tuple(TrailStep(span, f"{_listed(list(found))} made here") for span, found in list(names.items())[:most])


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
