"""A layer or model built for one size of an axis is called with another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kerascheck.checks.api import Finding, problems_of
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.problems import ProblemKind
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """Every call whose tensor has a size that the layer was not built for, with the call that built it."""
    built = _building_calls(program)
    for finding in problems_of(program, ProblemKind.SIZE):
        step = built.get(finding.span)
        trail = finding.trail if step is None else tuple(sorted({*finding.trail, step}, key=lambda each: each.span))
        yield replace(finding, trail=trail)


def _building_calls(program: Program) -> dict[Span, TrailStep]:
    """For each call at fault, the earlier call of the same layer that fixed its sizes."""
    first: dict[str, TrailStep] = {}
    found: dict[Span, TrailStep] = {}
    for model, node in program.nodes():
        if node.layer is None or node.source is None:
            continue
        if node.problem is not None and node.layer in first and first[node.layer].span != node.source.span:
            found[node.source.span] = first[node.layer]
        elif node.problem is None and node.layer not in first:
            shapes = ", ".join(str(spec.shape) for spec in model.operand_specs(node))
            first[node.layer] = TrailStep(node.source.span, f"built here for {shapes}")
    return found
