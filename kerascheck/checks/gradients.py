"""What the rules about gradients share: what of a model a gradient goes back through to a weight."""

from __future__ import annotations

from kerascheck.graph import ModelGraph, Node
from kerascheck.semantics.gradients import STOPS


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


def without_gradient(model: ModelGraph) -> list[tuple[Node, Node]]:
    """The layers with weights to train that no gradient of a loss of the outputs reaches, each with what stops it.

    Of a graph that is wholly known; what else a node does than stop a gradient counts as letting it through. A layer
    that is called several times is trained by any of the calls: the ``Lambda`` of a model that is called again reads
    what the function closed over from the first.
    """
    outputs = (end.node for end in model.outputs)
    passing = list(model.behind(outputs, lambda node: not stops_gradient(node)))
    reached = {node.identifier for node in passing} | {node.layer for node in passing if node.layer is not None}
    behind = model.output_ancestors()
    found = []
    for node in model.nodes():
        if node.identifier in behind and reached.isdisjoint((node.identifier, node.layer)) and _holds_weight(node):
            stop = _first_stop(model, node, behind)
            if stop is not None and not _is_regularized(node):
                found.append((node, stop))
    return found


def stops_gradient(node: Node) -> bool:
    """Whether no gradient comes through an op: its results are no floats, or change in steps."""
    if node.kind != "op":
        return False
    if node.op.rpartition(".")[2] in STOPS:
        return True
    kinds = [spec.dtype for spec in node.outputs]
    return bool(kinds) and all((kind or "float").startswith(("int", "uint", "bool", "string")) for kind in kinds)


def _first_stop(model: ModelGraph, start: Node, behind: set[str]) -> Node | None:
    """The op nearest behind a layer that stops the gradient, on the way to the outputs."""
    seen: set[str] = set()
    pending = [start.identifier]
    while pending:
        current = pending.pop(0)
        for edge in model.outgoing.get(current, ()):
            if edge.target in seen or edge.target not in behind:
                continue
            seen.add(edge.target)
            node = model.node(edge.target)
            if stops_gradient(node):
                return node
            pending.append(edge.target)
    return None


def _is_regularized(node: Node) -> bool:
    return any(name.endswith("regularizer") and value is not None for name, value in node.config.items())


def _holds_weight(node: Node) -> bool:
    if node.kind == "variable":
        dtype = node.outputs[0].dtype if node.outputs else None
        return node.config.get("trainable") is True and (dtype or "float").startswith(("float", "bfloat"))
    return any(weight.trainable for weight in node.weights)
