"""A softmax over a single number is 1.0, whatever the number."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression, operand_trail
from kerascheck.checks.batch import once
from kerascheck.checks.heads import units_of
from kerascheck.graph import Node
from kerascheck.program import Program
from kerascheck.semantics.activations import ACTIVATING, WEIGHT_LAYERS, activation_of
from kerascheck.shapes import as_int


def check(program: Program) -> Iterator[Finding]:
    """A finding for every softmax whose axis certainly has one element, in every round of a loop it stands in."""
    softmaxes = [(model, node) for model, node in program.nodes_of(ACTIVATING) if _is_softmax(node)]
    longer = {_place(node) for _, node in softmaxes if _size(node) != 1}
    return once(
        Finding(
            node.source.span,
            f"`{expression(node)}` applies softmax to a single unit: the result is always 1.0",
            "always 1.0",
            call_trail(node) if node.op in WEIGHT_LAYERS else operand_trail(model, node),
            "use `sigmoid` for one unit, or a unit for each class",
        )
        for model, node in softmaxes
        if node.source is not None and _size(node) == 1 and _place(node) not in longer
    )


def _is_softmax(node: Node) -> bool:
    return activation_of(node.op, node.config) == "softmax"


def _place(node: Node) -> object:
    """What the rounds of a loop have in common: attention over the steps so far begins with one."""
    return None if node.source is None else (node.source.span, node.source.stack)


def _size(node: Node) -> int | None:
    """The size of the axis that the softmax goes over."""
    axis = node.config.get("axis", node.config.get("dim"))
    if axis in (None, -1):
        return units_of(node)
    dims = node.shape.dims
    if isinstance(axis, int) and dims is not None and -len(dims) <= axis < len(dims):
        return as_int(dims[axis])
    return None
