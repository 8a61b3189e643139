"""What the rules share about tensors that stand where a variable is meant."""

from __future__ import annotations

from collections.abc import Mapping

from kerascheck.checks.variables import differentiable_ancestors, is_trainable_float
from kerascheck.diagnostic import Span
from kerascheck.graph import Edge
from kerascheck.program import Program, TensorWeight

PASSING = frozenset(
    {
        "abs", "absolute", "add", "broadcast_to", "cast", "clip", "clip_by_value", "concat", "concatenate",
        "convert_to_tensor", "divide", "einsum", "elu", "exp", "expand_dims", "identity", "l2_normalize", "log",
        "matmul", "multiply", "negative", "normalize", "pad", "power", "reduce_mean", "reduce_sum", "relu", "repeat",
        "reshape", "sigmoid", "softmax", "softplus", "sqrt", "square", "squeeze", "stack", "subtract", "tanh", "tile",
        "transpose", "true_divide", "truediv", "unit_normalize",
    }
)  # fmt: skip
"""Functions whose result stands for the variable they are given."""


def told_as_tensors(program: Program) -> set[str]:
    """The variables whose place a tensor takes: that is told, and not what becomes of the variable."""
    replaced = {use.variable for use in program.rebound_weights}
    meant = (tensor for tensor in program.tensor_weights if not tensor.replaces and is_meant(program, tensor))
    return replaced | {name for tensor in meant for name in tensor.variables}


def is_meant(program: Program, tensor: TensorWeight) -> bool:
    """Whether a model's output depends on the tensor, and that on a new variable by functions that stand for it."""
    recorder = program.recorder
    pending, seen = list(tensor.nodes), set(tensor.nodes)
    meant = False
    while pending:
        name = pending.pop()
        node = recorder.nodes.get(name)
        if node is None:
            return False
        if node.kind == "variable":
            meant = meant or (name in tensor.variables and is_trainable_float(node))
            continue
        if node.op.rpartition(".")[2] not in PASSING:
            continue
        more = [edge.source for edge in recorder.incoming.get(name, ()) if edge.source not in seen]
        seen.update(more)
        pending += more
    if not meant:
        return False
    models = [model for model in program.models if model.kind != "fragment"]
    return any(not set(tensor.nodes).isdisjoint(differentiable_ancestors(model)) for model in models)


NEUTRAL = {"zeros": frozenset({"add", "bias_add"}), "ones": frozenset({"multiply"})}
"""The ops to which a constant makes no difference."""
PRODUCTS = frozenset({"matmul", "tensordot", "dot", "einsum"})


def idle_weights(program: Program) -> list[TensorWeight]:
    """The constants that a layer adds or multiplies with in vain, and the random tensors made beside them.

    Nobody adds zeros on purpose: they are where training is to begin. A random tensor alone may be meant to stay.
    """
    filled = [each for each in program.tensor_weights if each.filled]
    if not filled:
        return []
    used: dict[str, list[Edge]] = {}
    for edge in program.recorder.edges:
        used.setdefault(edge.source, []).append(edge)
    begun = _begun_with(program, filled)
    idle = [
        each
        for each in filled
        if each.filled in NEUTRAL and (each.layer, each.attribute) not in begun and _is_idle(program, each, used)
    ]
    layers = {(each.layer, each.stack) for each in idle}
    beside = [
        each
        for each in filled
        if each.filled == "random" and (each.layer, each.stack) in layers and _is_factor(program, each, used)
    ]
    return idle + beside


def _begun_with(program: Program, filled: list[TensorWeight]) -> set[tuple[str, str]]:
    """The constants that a loop begins with: the same line is given other tensors in their place, later."""
    recorder = program.recorder
    attribute_of = {name: (each.layer, each.attribute) for each in filled for name in each.nodes}
    given: dict[Span, list[tuple[str, str] | None]] = {}
    for target, edges in recorder.incoming.items():
        node = recorder.nodes.get(target)
        if node is not None and node.source is not None and node.kind == "op":
            found = (attribute_of[edge.source] for edge in edges if edge.source in attribute_of)
            given.setdefault(node.source.span, []).append(next(found, None))
    return {key for keys in given.values() if len(set(keys)) > 1 for key in keys if key is not None}


def _is_idle(program: Program, tensor: TensorWeight, used: Mapping[str, list[Edge]]) -> bool:
    """Whether every op that the constant goes into gives what it would give without it."""
    edges = [edge for name in tensor.nodes for edge in used.get(name, ())]
    return bool(edges) and all(_is_neutral(program, edge, NEUTRAL[tensor.filled]) for edge in edges)


def _is_neutral(program: Program, edge: Edge, ops: frozenset[str]) -> bool:
    recorder = program.recorder
    target = recorder.nodes[edge.target]
    others = [each for each in recorder.incoming[edge.target] if each.source != edge.source]
    if target.op.rpartition(".")[2] not in ops or len(others) != 1:
        return False
    other = recorder.nodes[others[0].source].outputs[others[0].output]
    known = other.shape.dims is not None and other.shape == target.shape
    return known and any(recorder.nodes[name].kind == "input" for name in recorder.ancestors([others[0].source]))


def _is_factor(program: Program, tensor: TensorWeight, used: Mapping[str, list[Edge]]) -> bool:
    edges = [edge for name in tensor.nodes for edge in used.get(name, ())]
    targets = [program.recorder.nodes[edge.target] for edge in edges]
    return bool(targets) and all(each.op.rpartition(".")[2] in PRODUCTS for each in targets)
