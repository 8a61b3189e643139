"""A layer or model built for one size of an axis is called with another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kerascheck.checks.api import Finding, problems_of
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every call whose tensor has a size that the layer was not built for, with the call that built it.

    A loop that calls one model after another makes one mistake.
    """
    told: set[tuple[Span, tuple[Span, ...]]] = set()
    for finding in problems_of(program, ProblemKind.SIZE):
        place = (finding.span, tuple(each.span for each in finding.trail))
        if place in told:
            continue
        told.add(place)
        step = program.shared(_building_calls).get(finding.span)
        trail = finding.trail if step is None else tuple(sorted({*finding.trail, step}, key=lambda each: each.span))
        yield replace(finding, trail=trail)


def _building_calls(program: Program) -> dict[Span, TrailStep]:
    """For each call at fault, the earlier call of the same layer that fixed its sizes."""
    first: dict[str, tuple[ModelGraph, Node, Span]] = {}
    found: dict[Span, TrailStep] = {}
    for model, node in program.nodes():
        if node.layer is None or node.source is None:
            continue
        if node.problem is None:
            first.setdefault(node.layer, (model, node, node.source.span))
        elif node.layer in first:
            builder, earlier, span = first[node.layer]
            if span != node.source.span:
                shapes = ", ".join(str(spec.shape) for spec in builder.operand_specs(earlier))
                found[node.source.span] = TrailStep(span, f"built here for {shapes}")
    return found
