"""What the rules share about tensors that stand where a variable is meant."""

from __future__ import annotations

from kerascheck.checks.variables import differentiable_ancestors, is_trainable_float
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
