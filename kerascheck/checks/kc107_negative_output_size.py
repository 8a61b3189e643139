"""A kernel or pool is larger than what is left of its input."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, failing_nodes, step_for
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import Edge, ModelGraph, Node
from kerascheck.problems import ProblemKind
from kerascheck.program import Program

LONGEST_TRAIL = 12


def check(program: Program) -> Iterator[Finding]:
    """Every convolution or pooling that would leave nothing, with the layers that made its input so small."""
    for model, node in program.shared(failing_nodes):
        if node.problem is not None and node.problem.kind is ProblemKind.NEGATIVE and node.source is not None:
            problem, span = node.problem, node.source.span
            trail = (*_shrinking(model, node), *call_trail(node))
            yield Finding(span, problem.message, problem.label, trail, problem.help)


def _shrinking(model: ModelGraph, node: Node) -> tuple[TrailStep, ...]:
    """Each line before ``node`` that changed the size of the map, and the input, in the order they ran."""
    steps: dict[Span, TrailStep] = {}
    operands = model.operands(node)
    while operands:
        source, edge = operands[0]
        operands = model.operands(source) if source.kind in ("layer", "op") else []
        resized = not operands or _sizes(*operands[0]) != _sizes(source, edge)
        step = step_for(source, edge.output)
        if step is not None and resized:
            steps.setdefault(step.span, step)
    return tuple(reversed(list(steps.values())[:LONGEST_TRAIL]))


def _sizes(node: Node, edge: Edge) -> list[int | None] | None:
    """The sizes between the batch and the last axis."""
    shape = node.outputs[edge.output].shape.public() if edge.output < len(node.outputs) else None
    return None if shape is None else shape[1:-1]
