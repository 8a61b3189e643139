"""A ``where`` that keeps zeros from a logarithm or a division, but not from its gradient, which is NaN for them."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import NanBranch, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such choice through which a gradient goes back to a weight."""
    if not program.nan_branches:
        return
    trained = set[str]().union(*(model.shared(_trained_behind) for model in program.models))
    yield from once(
        _finding(found) for found in program.nan_branches if found.certain or trained.intersection(found.operands)
    )


def _trained_behind(model: ModelGraph) -> set[str]:
    """The nodes of a model that are computed from a trainable weight and that its outputs depend on."""
    if model.kind == "fragment":
        return set()
    trained: set[str] = set()
    reaching = model.output_ancestors()
    for node in model.nodes():
        if node.op.endswith("stop_gradient"):
            continue
        if _holds_weight(node) or any(source in trained for source in model.predecessors(node.identifier)):
            trained.add(node.identifier)
    return trained & reaching


def _holds_weight(node: Node) -> bool:
    if node.kind == "variable":
        dtype = node.outputs[0].dtype if node.outputs else None
        return node.config.get("trainable") is True and (dtype or "float").startswith(("float", "bfloat"))
    return any(weight.trainable for weight in node.weights)


def _finding(found: NanBranch) -> Finding:
    return Finding(
        found.span,
        f"the gradient of `{on_one_line(found.text)}` is NaN where `{on_one_line(found.choice_text)}` leaves it out",
        "infinite at zero, times the zero that comes back from the branch not taken",
        (
            TrailStep(found.choice, "chooses between the values, after both were computed"),
            *(TrailStep(span, "called from here") for span in reversed(found.stack)),
        ),
        "make the operand safe first: `tf.where(x > 0, x, 1.0)`; for a division `tf.math.divide_no_nan`",
    )
