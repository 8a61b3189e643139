"""A compiled function that is given another Python number in each call: each one is compiled anew."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.compiled_sizes import size_operands
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import JIT_GUARD, Node
from kerascheck.program import Program, Retrace

MANY = 4
"""So many different numbers are no choice between a few modes."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such parameter, at the first of the calls, and for every size that is given as a tensor."""
    yield from once(_finding(found) for found in program.retraces if len(found.values) >= MANY)
    yield from _sizes(program)


def _sizes(program: Program) -> Iterator[Finding]:
    """A finding for every op whose size is one constant after another, given to the compiled function around it."""
    found: dict[Span, tuple[Node, set[float]]] = {}
    for model, node in program.nodes():
        if JIT_GUARD not in node.guards or node.source is None or node.kind != "op":
            continue
        for source in size_operands(model, node):
            value = source.config.get("value")
            if JIT_GUARD not in source.guards and source.shape.rank == 0 and isinstance(value, (int, float)):
                found.setdefault(node.source.span, (node, set()))[1].add(value)
    for node, values in found.values():
        if len(values) >= MANY and node.source is not None:
            yield Finding(
                node.source.span,
                f"`{expression(node)}` is compiled anew for every size that the function is given",
                f"{len(values)} sizes are given, and XLA bakes each of them in",
                call_trail(node),
                "compute with the largest size there may be, and mask: `tf.where(tf.range(16) < n, x, 0.0)`",
            )


def _finding(found: Retrace) -> Finding:
    shown = ", ".join(f"{value:g}" for value in found.values[:3])
    return Finding(
        found.span,
        f"`{on_one_line(found.text)}` compiles `{found.function}` anew for every number given as `{found.parameter}`",
        f"{shown} and {len(found.values) - 3} more",
        (
            TrailStep(found.made, "compiled by XLA"),
            *(TrailStep(span, "called from here") for span in reversed(found.stack)),
        ),
        "give it a tensor, which is traced once: `tf.constant(...)`",
    )
