"""What Python's operators do to tensors: ``x + y``, ``x @ y``, ``-x``, ``x[:, 0]``."""

from __future__ import annotations

from typing import Any

from kerascheck.problems import ShapeProblem
from kerascheck.semantics.ops.arguments import FLOATS, tensor, unknown_like
from kerascheck.semantics.ops.broadcasting import broadcast_operands
from kerascheck.semantics.ops.dtypes import common_dtype
from kerascheck.semantics.ops.elementwise import combined
from kerascheck.semantics.ops.linear_algebra import matmul_shape
from kerascheck.semantics.ops.slicing import getitem
from kerascheck.shapes import Shape, TensorSpec

__all__ = ["BINARY_OPERATORS", "UNARY_OPERATORS", "binary_operator", "getitem", "unary_operator"]

BINARY_OPERATORS: dict[str, str] = {
    "+": "keras.ops.add",
    "-": "keras.ops.subtract",
    "*": "keras.ops.multiply",
    "/": "keras.ops.true_divide",
    "//": "keras.ops.floor_divide",
    "%": "keras.ops.mod",
    "**": "keras.ops.power",
    "@": "keras.ops.matmul",
    "&": "keras.ops.logical_and",
    "|": "keras.ops.logical_or",
    "^": "keras.ops.logical_xor",
    "==": "keras.ops.equal",
    "!=": "keras.ops.not_equal",
    "<": "keras.ops.less",
    "<=": "keras.ops.less_equal",
    ">": "keras.ops.greater",
    ">=": "keras.ops.greater_equal",
    "<<": "keras.ops.left_shift",
    ">>": "keras.ops.right_shift",
}
"""The function that each operator is recorded as."""

UNARY_OPERATORS: dict[str, str] = {
    "-": "keras.ops.negative",
    "+": "keras.ops.positive",
    "~": "keras.ops.logical_not",
    "abs": "keras.ops.absolute",
}
"""The function that each prefix operator, and ``abs``, is recorded as."""

_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "//": "floor_divide", "%": "mod"}


def binary_operator(symbol: str, left: Any, right: Any, generation: int) -> TensorSpec:
    """``left symbol right``, where at least one operand is a tensor.

    Args:
        symbol: the operator as Python writes it, ``"+"`` or ``"@"``.
        left: a TensorSpec, a number, a Dim, or a list of these.
        right: the same.
        generation: 2 for tf_keras, 3 for Keras 3. Keras 2's tensors follow TensorFlow, which promotes no dtypes.

    Raises:
        ShapeProblem: MERGE where the operands certainly do not broadcast, MATMUL where ``@`` certainly fails.
    """
    promotes = generation == 3 and (_is_symbolic(left) or _is_symbolic(right))
    name = "keras.ops.operator" if promotes else "tf.operator"
    if symbol == "@":
        a, b = tensor(left), tensor(right)
        shape = matmul_shape(a.shape, b.shape, "@", vectors=promotes)
        dtype = common_dtype(name, (a, b))
        return TensorSpec(shape, dtype if dtype in FLOATS else None, None, a.keras_tensor or b.keras_tensor)
    if symbol == "==" and promotes:
        # KerasTensor has no __eq__: this compares the objects, and gives a Python bool.
        return TensorSpec(Shape(()), "bool")
    if symbol in {"==", "!="} and not promotes:
        return _tensor_equality(left, right)
    dtype = "bool" if symbol in _COMPARISONS else "" if symbol in {"/", "**"} else "same"
    return combined(name, left, right, dtype, _ARITHMETIC.get(symbol))


def _is_symbolic(side: Any) -> bool:
    return isinstance(side, TensorSpec) and side.keras_tensor


def _tensor_equality(left: Any, right: Any) -> TensorSpec:
    """``==`` of TensorFlow's tensors: False, and no error, where the shapes do not broadcast."""
    a, b = tensor(left), tensor(right)
    try:
        return TensorSpec(broadcast_operands(a, b), "bool", None, a.keras_tensor or b.keras_tensor)
    except ShapeProblem:
        return unknown_like(a, b)


def unary_operator(symbol: str, operand: Any) -> TensorSpec:
    """``symbol operand``: ``-x``, ``+x``, ``~x``, or ``abs(x)``."""
    x = tensor(operand)
    if symbol == "-":
        return combined("tf.operator", 0, x, "same", "subtract")
    return x if symbol in {"+", "~"} else TensorSpec(x.shape, x.dtype, None, x.keras_tensor)
