"""What the rules about gradients share: what of a model a gradient goes back through to a weight."""

from __future__ import annotations

from kerascheck.graph import ModelGraph, Node


def trained_behind(model: ModelGraph) -> set[str]:
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
