"""Products as the Einstein sums they are: which axes of which operand meet, which vanish and which stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerascheck.semantics.ops.arguments import axes_argument, flag, integer
from kerascheck.semantics.ops.einsum import ELLIPSIS, Equation

Labels = tuple[str, ...]

PRODUCT_OPERANDS: Mapping[str, tuple[str, str]] = {
    "keras.ops.matmul": ("x1", "x2"),
    "keras.ops.dot": ("x1", "x2"),
    "keras.ops.inner": ("x1", "x2"),
    "keras.ops.outer": ("x1", "x2"),
    "keras.ops.vdot": ("x1", "x2"),
    "keras.ops.tensordot": ("x1", "x2"),
    "keras.ops.cdist": ("x", "y"),
    "keras.backend.dot": ("x", "y"),
    "tf.linalg.matmul": ("a", "b"),
    "tf.compat.v1.linalg.matmul": ("a", "b"),
    "tf.linalg.matvec": ("a", "b"),
    "tf.tensordot": ("a", "b"),
}
"""The products of two tensors, and the parameters that hold them."""

EINSUM_OPERANDS: Mapping[str, tuple[str, str]] = {
    "keras.ops.einsum": ("operands", "subscripts"),
    "tf.einsum": ("inputs", "equation"),
}
"""The Einstein sums: the parameters of the operands and of the equation."""


def product_equation(name: str, arguments: Mapping[str, Any], ranks: Sequence[int]) -> Equation | None:
    """The Einstein sum that a product over whole axes is, or None where it is none or not known to be one.

    An axis of size one that broadcasts has the label of the axis it meets.

    Args:
        name: the function's canonical name.
        arguments: its arguments by parameter name, the tensors left out.
        ranks: the ranks of its operands, in the order of its parameters.
    """
    if name in EINSUM_OPERANDS:
        written = arguments.get(EINSUM_OPERANDS[name][1])
        parsed = Equation.parse(written) if isinstance(written, str) else None
        return None if parsed is None else _without_ellipsis(parsed, ranks)
    if name not in PRODUCT_OPERANDS or len(ranks) != 2:
        return None
    left, right = (tuple(f"{side}{axis}" for axis in range(rank)) for side, rank in zip("ab", ranks, strict=True))
    match name.rpartition(".")[2]:
        case "matmul":
            return _turned(_matmul, (left, right), arguments)
        case "matvec":
            return _turned(_matvec, (left, right), arguments)
        case "dot":
            return _contracted(left, right, (-1,), (-2 if len(right) > 1 else -1,)) if left and right else None
        case "inner":
            return _contracted(left, right, (-1,), (-1,)) if left and right else None
        case "outer":
            return Equation((left, right), left + right) if len(left) == len(right) == 1 else None
        case "vdot":
            return Equation((left, left), ()) if len(left) == len(right) else None
        case "cdist":
            return _cdist(left, right)
        case "tensordot":
            return _tensordot(left, right, arguments.get("axes"))
    return None


def _turned(
    rule: Callable[[Labels, Labels], Equation | None], operands: tuple[Labels, Labels], arguments: Mapping[str, Any]
) -> Equation | None:
    """The product of the operands, the last two axes of either exchanged first where the call says so."""
    flags = [[flag(arguments.get(f"{verb}_{side}")) for verb in ("transpose", "adjoint")] for side in "ab"]
    if any(None in pair and not any(pair) for pair in flags):
        return None
    turned = [any(pair) and len(labels) > 1 for pair, labels in zip(flags, operands, strict=True)]
    left, right = (_exchanged(labels) if turn else labels for labels, turn in zip(operands, turned, strict=True))
    equation = rule(left, right)
    if equation is None:
        return None
    terms = (_exchanged(term) if turn else term for term, turn in zip(equation.inputs, turned, strict=True))
    return Equation(tuple(terms), equation.output)


def _exchanged(labels: Labels) -> Labels:
    return (*labels[:-2], labels[-1], labels[-2])


def _aligned(left: Labels, right: Labels) -> tuple[Labels, Labels]:
    """The labels of axes that broadcast, those of ``right`` renamed to the ones they meet, and of the result."""
    shared = min(len(left), len(right))
    renamed = right[: len(right) - shared] + left[len(left) - shared :]
    longer = left if len(left) >= len(right) else renamed
    return renamed, longer


def _matmul(left: Labels, right: Labels) -> Equation | None:
    if not left or not right:
        return None
    column = len(right) == 1
    inner = right[0] if column else right[-2]
    rows: Labels = () if len(left) == 1 else (left[-2],)
    outer, whole = _aligned(left[:-2], () if column else right[:-2])
    first = (*left[:-1], inner)
    second = (inner,) if column else (*outer, inner, right[-1])
    return Equation((first, second), (*whole, *rows, *(() if column else (right[-1],))))


def _matvec(left: Labels, right: Labels) -> Equation | None:
    if len(left) < 2 or not right:
        return None
    outer, whole = _aligned(left[:-2], right[:-1])
    return Equation(((*left[:-1], right[-1]), (*outer, right[-1])), (*whole, left[-2]))


def _cdist(left: Labels, right: Labels) -> Equation | None:
    if len(left) < 2 or len(right) < 2:
        return None
    outer, whole = _aligned(left[:-2], right[:-2])
    return Equation((left, (*outer, right[-2], left[-1])), (*whole, left[-2], right[-2]))


def _tensordot(left: Labels, right: Labels, axes: Any) -> Equation | None:
    if isinstance(axes, list | tuple) and len(axes) == 2:
        first, second = (axes_argument(part) for part in axes)
        if isinstance(first, tuple) and isinstance(second, tuple) and len(first) == len(second):
            return _contracted(left, right, first, second)
        return None
    number = integer(axes) if not isinstance(axes, list | tuple) else None
    if number is None or not 0 <= number <= min(len(left), len(right)):
        return None
    return _contracted(left, right, tuple(range(len(left) - number, len(left))), tuple(range(number)))


def _contracted(left: Labels, right: Labels, first: tuple[int, ...], second: tuple[int, ...]) -> Equation | None:
    """The sum over the axes ``first`` of one and ``second`` of the other, pair by pair."""
    if any(not -len(left) <= axis < len(left) for axis in first):
        return None
    if any(not -len(right) <= axis < len(right) for axis in second):
        return None
    meets = {right[there]: left[here] for here, there in zip(first, second, strict=True)}
    renamed = tuple(meets.get(label, label) for label in right)
    summed = set(meets.values())
    return Equation((left, renamed), tuple(label for label in left + renamed if label not in summed))


def _without_ellipsis(equation: Equation, ranks: Sequence[int]) -> Equation | None:
    """``equation`` with a label for each axis that an ellipsis stands for, which are aligned at their end."""
    if len(equation.inputs) != len(ranks):
        return None
    widths = [rank - len(term) + 1 for term, rank in zip(equation.inputs, ranks, strict=True) if ELLIPSIS in term]
    widest = max(widths, default=0)
    if min(widths, default=0) < 0:
        return None

    def written(term: Labels, width: int) -> Labels:
        if ELLIPSIS not in term:
            return term
        at = term.index(ELLIPSIS)
        spread = tuple(f"{ELLIPSIS}{place}" for place in range(widest - width, widest))
        return term[:at] + spread + term[at + 1 :]

    terms = tuple(written(term, rank - len(term) + 1) for term, rank in zip(equation.inputs, ranks, strict=True))
    if any(len(term) != rank for term, rank in zip(terms, ranks, strict=True)):
        return None
    return Equation(terms, written(equation.output, widest))
