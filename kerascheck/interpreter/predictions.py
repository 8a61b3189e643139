"""What a program computes of a model's output before it gives it to a loss."""

from __future__ import annotations

from kerascheck.graph import Node
from kerascheck.interpreter.flows import flat_values
from kerascheck.interpreter.nests import is_constant
from kerascheck.interpreter.values import Flow, TensorValue

MAXIMUM_STEPS = 20


def followed(predicted: TensorValue) -> tuple[TensorValue, tuple[Node, ...]] | None:
    """The model's output that a prediction is computed from alone, and the ops in between, in order.

    The nodes are no part of any graph: on data, nothing is recorded.
    """
    passed: list[Node] = []
    current = predicted
    while current.derived:
        flow = current.flow
        before = None if flow is None else _only_tensor(flow)
        if flow is None or before is None or len(passed) == MAXIMUM_STEPS:
            return None
        passed.append(_node(flow, current))
        current = before
    return (current, tuple(reversed(passed))) if current.origins else None


def _only_tensor(flow: Flow) -> TensorValue | None:
    """The one tensor that an op is given, beside numbers."""
    given = list(flat_values(flow.operands))
    tensors = [value for value in given if isinstance(value, TensorValue)]
    others = [value for value in given if not isinstance(value, (TensorValue, slice)) and value is not Ellipsis]
    return tensors[0] if len(tensors) == 1 and all(map(is_constant, others)) else None


def _node(flow: Flow, result: TensorValue) -> Node:
    numbers = {f"x{place}": value for place, value in enumerate(flow.operands, 1) if isinstance(value, (int, float))}
    return Node("", "op", flow.op, flow.op.rpartition(".")[2], (result.spec,), flow.source, config=numbers)
