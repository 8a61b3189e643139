"""The dtypes of NumPy's results, by its own table."""

from __future__ import annotations

from typing import Any

from kerascheck.semantics.numpy.table import Operand, dtype_names, result_types
from kerascheck.shapes import Expression, TensorSpec


def common(left: str | None, right: str | None) -> str | None:
    """The dtype that holds both, as where they are concatenated; None where that is not known."""
    if left == right or left is None or right is None:
        return left if left == right else None
    return result_types("numpy.maximum").binary.get((left, right))


def chosen(value: Any, default: str | None) -> str | None:
    """The dtype that an argument asks for: ``default`` for None, and None where it is not known."""
    match value:
        case None:
            return default
        case str():
            return dtype_names().get(value, "object" if value in {"object", "O"} else None)
    return None


def of_unary(function: str, dtype: str | None) -> str | None:
    """The dtype of a function's result for an operand of ``dtype``."""
    return None if dtype is None else result_types(function).unary.get(dtype)


def of_binary(function: str, left: Any, right: Any) -> str | None:
    """The dtype of a function's result for two operands: arrays' specs, or Python's numbers, which have no width.

    A NumPy number beside an array, which NumPy 2 treats as an array and NumPy 1 by its value, is known where it does
    not matter.
    """
    table = result_types(function).binary
    first, second = _operand(left), _operand(right)
    if first is None or second is None:
        return None
    found = table.get((first, second))
    if not isinstance(left, TensorSpec) or not isinstance(right, TensorSpec):
        return found
    if (left.shape.rank == 0) == (right.shape.rank == 0):
        return found if None not in (left.shape.rank, right.shape.rank) or first == second else None
    wide = first if left.shape.rank != 0 else second
    return found if table.get((wide, wide)) == found else None


def _operand(value: Any) -> Operand | None:
    match value:
        case TensorSpec(dtype=dtype):
            return dtype
        case bool():
            return "bool"
        case int() | Expression():
            return int
        case float():
            return float
        case complex():
            return complex
    return None
