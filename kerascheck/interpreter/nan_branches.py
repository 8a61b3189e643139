"""``tf.where(x > 0, tf.math.log(x), 0.0)``: zeros are kept from the logarithm's value, and not from its gradient."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.flows import CALLED, PREDICTION
from kerascheck.interpreter.heap import EITHER
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Flow, TensorValue, Value
from kerascheck.program import NanBranch

CHOOSING = frozenset({"where", "where_v2", "switch"})
"""The last part of the names of functions that choose between two tensors by a third."""

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "equal": operator.eq,
    "not_equal": operator.ne,
}
QUOTIENTS = frozenset({"divide", "truediv", "true_divide", "div"})
INFINITE_AT_ZERO = frozenset({"log", "log2", "log10", "reciprocal", "rsqrt"})
"""Functions whose gradient at zero is infinite: times the zero that comes from a branch not taken it is NaN."""

STOPPING = frozenset({"stop_gradient"})
MAXIMUM_WAY = 200


def note_choice(interpreter: Interpreter, given: tuple[Value, ...], node: ast.AST) -> None:
    """Note a choice whose branch not taken at zero has an infinite gradient there."""
    if len(given) < 3 or EXPECTED_GUARD in interpreter.context.guards:
        return
    condition, first, second = given[:3]
    guarded = _guarded(condition)
    source = source_of(interpreter, node)
    if guarded is None or source is None:
        return
    tensor, at_zero = guarded
    for flow in _way_back(second if at_zero else first):
        operands = _infinite(flow, tensor)
        if operands and flow.source is not None:
            found = NanBranch(
                flow.source.span,
                flow.source.text,
                source.span,
                source.text,
                tuple(dict.fromkeys(origin.node for each in operands for origin in each.origins)),
                any(_is_trained(interpreter, each) for each in operands),
                source.stack,
            )
            if found not in interpreter.program.nan_branches:
                interpreter.program.nan_branches.append(found)
            return


def _guarded(condition: Value) -> tuple[TensorValue, bool] | None:
    """The tensor that a condition compares with a number, and whether it holds where the tensor is zero."""
    flow = condition.flow if isinstance(condition, TensorValue) else None
    if flow is None or len(flow.operands) < 2:
        return None
    compare = COMPARISONS.get(_last(flow))
    left, right = flow.operands[:2]
    if compare is None:
        return None
    if isinstance(left, TensorValue) and (bound := _number(right)) is not None:
        return _inner(left), compare(0.0, bound)
    if isinstance(right, TensorValue) and (bound := _number(left)) is not None:
        return _inner(right), compare(bound, 0.0)
    return None


def _inner(tensor: TensorValue) -> TensorValue:
    """What an absolute value is of, which is zero where that is."""
    flow = tensor.flow
    if flow is not None and _last(flow) in ("abs", "absolute") and isinstance(flow.operands[0], TensorValue):
        return flow.operands[0]
    return tensor


def _number(value: Value) -> float | None:
    """The number that a tensor is compared with."""
    if isinstance(value, (int, float)):
        return float(value)
    flow = value.flow if isinstance(value, TensorValue) else None
    if flow is None:
        return None
    if _last(flow) in ("zeros", "zeros_like"):
        return 0.0
    first = flow.operands[0] if _last(flow) in ("constant", "convert_to_tensor", "cast") and flow.operands else None
    return float(first) if isinstance(first, (int, float)) else None


def _infinite(flow: Flow, tensor: TensorValue) -> list[TensorValue]:
    """The operands whose gradient is no number where ``tensor`` is zero, on the branch that is not taken."""
    name, operands = _last(flow), flow.operands
    if name in QUOTIENTS and len(operands) >= 2 and operands[1] is tensor:
        return [each for each in operands[:2] if isinstance(each, TensorValue)]
    if name in INFINITE_AT_ZERO and operands and operands[0] is tensor:
        return [tensor]
    if name in ("pow", "power") and len(operands) >= 2 and operands[0] is tensor:
        exponent = _number(operands[1])
        return [tensor] if exponent is not None and exponent < 1 and exponent != 0 else []
    return []


def _way_back(value: Value) -> Iterator[Flow]:
    """What a branch's gradient goes back through, nearest first."""
    flow = value.flow if isinstance(value, TensorValue) else None
    pending = [flow] if flow is not None else []
    seen = {id(each) for each in pending}
    for current in pending:
        yield current
        if len(pending) > MAXIMUM_WAY:
            return
        if _last(current) in STOPPING or _last(current) in CHOOSING:
            continue
        for each in current.operands:
            before = each.flow if isinstance(each, TensorValue) else None
            if before is not None and id(before) not in seen:
                seen.add(id(before))
                pending.append(before)


def _is_trained(interpreter: Interpreter, tensor: TensorValue) -> bool:
    """Whether a gradient certainly goes back to a tensor: a tape records it, or it is a prediction in a loss."""
    pending: list[Value] = [tensor]
    seen: set[int] = set()
    recording = bool(interpreter.context.tapes)
    while pending and len(seen) < MAXIMUM_WAY:
        value = pending.pop()
        if not isinstance(value, TensorValue):
            continue
        if value.variable is not None and recording and value.variable.trainable is True:
            return True
        flow = value.flow
        if flow is None or id(flow) in seen or _last(flow) in STOPPING or flow.op == EITHER:
            continue
        seen.add(id(flow))
        if flow.op == PREDICTION or (flow.op == CALLED and recording and flow.tapes):
            return True
        if flow.op != CALLED:
            pending += flow.operands
    return False


def _last(flow: Flow) -> str:
    return flow.op.rpartition(".")[2]
