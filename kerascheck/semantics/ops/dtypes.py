"""The dtype of an op's result, where it is certain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerascheck.semantics.ops.arguments import FLOATS, INTEGERS
from kerascheck.shapes import Expression, TensorSpec

_ORDERED = (bool, int, float, Expression)
"""What a tensor's dtype can be promoted by, besides another's."""

_WIDTHS = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}


def is_keras(name: str) -> bool:
    """Whether a function promotes dtypes as ``keras.ops`` does, where ``tf`` wants them equal."""
    return name.startswith(("keras.ops.", "keras.activations.", "keras.random."))


def floating(name: str, dtype: str | None) -> str | None:
    """The dtype of a function whose result is a float, such as ``exp`` or ``mean``."""
    if dtype in INTEGERS or dtype == "bool":
        return "float32" if is_keras(name) else None
    return dtype


def common_dtype(name: str, operands: Sequence[Any]) -> str | None:
    """The dtype that the operands of an arithmetic function are brought to."""
    found: set[str] = set()
    for operand in operands:
        if isinstance(operand, TensorSpec):
            if operand.dtype is None:
                return None
            found.add(operand.dtype)
        elif not isinstance(operand, _ORDERED):
            return None
    if not found:
        return None
    names = sorted(found)
    if not is_keras(name):
        return names[0] if len(names) == 1 else None
    dtype: str | None = names[0]
    for other in names[1:]:
        dtype = _promoted(dtype, other)
    for operand in operands:
        if not isinstance(operand, TensorSpec):
            dtype = _with_number(dtype, operand)
    return dtype


def _promoted(left: str | None, right: str | None) -> str | None:
    """Keras's promotion of two tensors' dtypes, for the pairs it orders plainly."""
    if left is None or right is None or left == right:
        return left if left == right else None
    for one, other in ((left, right), (right, left)):
        if one == "bool" and other in INTEGERS | FLOATS:
            return other
        if one in INTEGERS and other in FLOATS:
            return other
        if one == "float64" and other in FLOATS:
            return one
        if one == "float32" and other in FLOATS - {"float64"}:
            return one
    if left in _WIDTHS and right in _WIDTHS:
        return max(left, right, key=_WIDTHS.__getitem__)
    return None


def _with_number(dtype: str | None, number: Any) -> str | None:
    """Keras's promotion of a tensor with a Python number, which takes the tensor's width."""
    if dtype is None or isinstance(number, bool):
        return dtype
    if isinstance(number, float):
        return "float32" if dtype in INTEGERS or dtype == "bool" else dtype
    return "int32" if dtype == "bool" else dtype
