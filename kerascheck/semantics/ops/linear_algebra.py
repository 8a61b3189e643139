"""Products that contract axes, and functions of square matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import (
    FLOATS,
    argument,
    axes_argument,
    dtype_name,
    flag,
    integer,
    normal_axis,
    result,
    tensor,
    unknown_like,
)
from kerascheck.semantics.ops.broadcasting import broadcast_operands, broadcast_shapes
from kerascheck.semantics.ops.dtypes import common_dtype
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, broadcast, compare


def contracted_problem(name: str, left: Shape, right: Shape, label: str) -> ShapeProblem:
    """The finding that the inner sizes of a product differ."""
    return ShapeProblem(
        ProblemKind.MATMUL,
        f"cannot multiply {left} by {right} with {name}",
        label=label,
        help="make the two contracted sizes equal, for instance by transposing an operand",
    )


def _sizes_differ(left: Dim, right: Dim) -> str:
    one, other = (str(Shape.of(dim)).strip("(,)") for dim in (left, right))
    return f"inner sizes {one} and {other}"


def matmul_shape(left: Shape, right: Shape, name: str, *, vectors: bool = True) -> Shape:
    """The shape of a matrix product over the last two axes, the axes before broadcast.

    ``vectors`` is whether a one-dimensional operand stands for a row or a column, as in NumPy; TensorFlow refuses it.
    """
    if left.dims is None or right.dims is None:
        return Shape(None)
    for shape in (left, right):
        if len(shape.dims or ()) < (1 if vectors else 2):
            raise contracted_problem(name, left, right, f"{shape} is not a matrix")
    row = len(left.dims) == 1
    column = len(right.dims) == 1
    a = (1, *left.dims) if row else left.dims
    b = (*right.dims, 1) if column else right.dims
    if compare(a[-1], b[-2]) is False:
        raise contracted_problem(name, left, right, _sizes_differ(a[-1], b[-2]))
    outer = _outer(Shape(a[:-2]), Shape(b[:-2]), left, right, name)
    ends = (() if row else (a[-2],)) + (() if column else (b[-1],))
    return Shape((*(outer.dims or ()), *ends))


def _outer(a: Shape, b: Shape, left: Shape, right: Shape, name: str) -> Shape:
    if broadcast(a, b) is None:
        raise contracted_problem(name, left, right, f"leading axes {a} and {b}")
    return broadcast_shapes(a, b)


def _transposed(shape: Shape, flags: tuple[Any, ...]) -> Shape | None:
    """``shape`` with its last two axes exchanged if any of ``flags``; None where that is not known."""
    known = [flag(value) for value in flags]
    if any(known):
        dims = shape.dims
        return shape if dims is None or len(dims) < 2 else Shape((*dims[:-2], dims[-1], dims[-2]))
    return None if None in known else shape


@op("tf.linalg.matmul", "tf.compat.v1.linalg.matmul", family=Family.CONTRACTION, operand="a")
def tf_matmul(call: OpCall) -> TensorSpec:
    """The product of two stacks of matrices, either of them transposed first."""
    a, b = tensor(argument(call, "a")), tensor(argument(call, "b"))
    left = _transposed(a.shape, (argument(call, "transpose_a"), argument(call, "adjoint_a")))
    right = _transposed(b.shape, (argument(call, "transpose_b"), argument(call, "adjoint_b")))
    dtype = dtype_name(call.arguments.get("output_type"), common_dtype(call.name, (a, b)))
    if left is None or right is None:
        return result(Shape(None), dtype, a, b)
    return result(matmul_shape(left, right, "tf.matmul", vectors=False), dtype, a, b)


@op("tf.linalg.matvec", family=Family.CONTRACTION, operand="a")
def tf_matvec(call: OpCall) -> TensorSpec:
    """The product of a stack of matrices with a stack of vectors."""
    a, b = tensor(argument(call, "a")), tensor(argument(call, "b"))
    left = _transposed(a.shape, (argument(call, "transpose_a"), argument(call, "adjoint_a")))
    if left is None or left.dims is None or not b.shape.dims or len(left.dims) < 2:
        return unknown_like(a, b)
    found = matmul_shape(left, Shape((*b.shape.dims, 1)), "tf.linalg.matvec", vectors=False)
    return result(Shape((found.dims or ())[:-1]), common_dtype(call.name, (a, b)), a, b)


@op("keras.ops.matmul", family=Family.CONTRACTION, operand="x1")
def keras_matmul(call: OpCall) -> TensorSpec:
    """The product of two stacks of matrices; a vector is a row on the left and a column on the right."""
    a, b = tensor(argument(call, "x1")), tensor(argument(call, "x2"))
    dtype = common_dtype(call.name, (a, b))
    return result(matmul_shape(a.shape, b.shape, "keras.ops.matmul"), dtype if dtype in FLOATS else None, a, b)


def numpy_dot(left: Shape, right: Shape, name: str) -> Shape:
    """The last axis of ``left`` against the last but one of ``right`` (its only one if it is a vector)."""
    if left.dims is None or right.dims is None:
        return Shape(None)
    if not left.dims or not right.dims:
        return Shape(left.dims + right.dims)
    inner = -2 if len(right.dims) > 1 else -1
    if compare(left.dims[-1], right.dims[inner]) is False:
        raise contracted_problem(name, left, right, _sizes_differ(left.dims[-1], right.dims[inner]))
    kept = right.dims[:-2] + right.dims[-1:] if len(right.dims) > 1 else ()
    return Shape(left.dims[:-1] + kept)


@op("keras.ops.dot", family=Family.CONTRACTION, operand="x1")
def keras_dot(call: OpCall) -> TensorSpec:
    """NumPy's dot product."""
    a, b = tensor(argument(call, "x1")), tensor(argument(call, "x2"))
    dtype = common_dtype(call.name, (a, b))
    return result(numpy_dot(a.shape, b.shape, "keras.ops.dot"), dtype if dtype in FLOATS else None, a, b)


@op("keras.backend.dot", family=Family.CONTRACTION)
def backend_dot(call: OpCall) -> TensorSpec:
    """The last axis of ``x`` against the last but one of ``y``."""
    a, b = tensor(argument(call, "x")), tensor(argument(call, "y"))
    if not a.shape.dims or not b.shape.dims or len(a.shape.dims) < 2 or len(b.shape.dims) < 2:
        return unknown_like(a, b)
    return result(numpy_dot(a.shape, b.shape, "keras.backend.dot"), common_dtype(call.name, (a, b)), a, b)


@op("keras.backend.batch_dot", family=Family.CONTRACTION)
def batch_dot(call: OpCall) -> TensorSpec:
    """One axis of ``x`` against one of ``y``, sample by sample."""
    a, b = tensor(argument(call, "x")), tensor(argument(call, "y"))
    axes = axes_argument(argument(call, "axes"))
    left, right = a.shape.dims, b.shape.dims
    if left is None or right is None or len(left) < 2 or len(right) < 2:
        return unknown_like(a, b)
    if axes is None:
        axes = (len(left) - 1, len(right) - 1 if len(right) == 2 else len(right) - 2)
    if not isinstance(axes, tuple) or len(axes) > 2:
        return unknown_like(a, b)
    first = normal_axis(axes[0], len(left), a.shape)
    second = normal_axis(axes[-1], len(right), b.shape)
    if 0 in {first, second}:
        return unknown_like(a, b)
    if compare(left[first], right[second]) is False:
        label = _sizes_differ(left[first], right[second])
        raise contracted_problem("keras.backend.batch_dot", a.shape, b.shape, label)
    dims = left[:first] + left[first + 1 :] + right[1:second] + right[second + 1 :]
    shape = Shape(dims if len(dims) > 1 else (*dims, 1))
    return result(shape, common_dtype(call.name, (a, b)), a, b)


def tensordot_shape(left: Shape, right: Shape, axes: Any, name: str) -> Shape:
    """The shape of a product over any axes: a number of them, or a list for each operand."""
    pairs = _tensordot_axes(left, right, axes)
    if pairs is None or left.dims is None or right.dims is None:
        return Shape(None)
    first, second = pairs
    one = [normal_axis(axis, len(left.dims), left) for axis in first]
    other = [normal_axis(axis, len(right.dims), right) for axis in second]
    for a, b in zip(one, other, strict=True):
        if compare(left.dims[a], right.dims[b]) is False:
            raise contracted_problem(name, left, right, _sizes_differ(left.dims[a], right.dims[b]))
    kept_left = tuple(dim for axis, dim in enumerate(left.dims) if axis not in one)
    return Shape(kept_left + tuple(dim for axis, dim in enumerate(right.dims) if axis not in other))


def _tensordot_axes(left: Shape, right: Shape, axes: Any) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    if left.dims is None or right.dims is None:
        return None
    number = integer(axes) if not isinstance(axes, list | tuple) else None
    if number is not None:
        if not 0 <= number <= min(len(left.dims), len(right.dims)):
            return None
        return tuple(range(len(left.dims) - number, len(left.dims))), tuple(range(number))
    if not isinstance(axes, list | tuple) or len(axes) != 2:
        return None
    first, second = axes_argument(axes[0]), axes_argument(axes[1])
    if isinstance(first, tuple) and isinstance(second, tuple) and len(first) == len(second):
        return first, second
    return None


@op("tf.tensordot", family=Family.CONTRACTION, operand="a")
def tf_tensordot(call: OpCall) -> TensorSpec:
    """A product over any axes."""
    a, b = tensor(argument(call, "a")), tensor(argument(call, "b"))
    shape = tensordot_shape(a.shape, b.shape, argument(call, "axes"), "tf.tensordot")
    return result(shape, common_dtype(call.name, (a, b)), a, b)


@op("keras.ops.tensordot", family=Family.CONTRACTION, operand="x1")
def keras_tensordot(call: OpCall) -> TensorSpec:
    """A product over any axes."""
    a, b = tensor(argument(call, "x1")), tensor(argument(call, "x2"))
    dtype = common_dtype(call.name, (a, b))
    shape = tensordot_shape(a.shape, b.shape, argument(call, "axes"), "keras.ops.tensordot")
    return result(shape, dtype if dtype in FLOATS else None, a, b)


@op("keras.ops.inner", family=Family.CONTRACTION, operand="x1")
def inner(call: OpCall) -> TensorSpec:
    """The last axis of one against the last of the other."""
    a, b = tensor(argument(call, "x1")), tensor(argument(call, "x2"))
    left, right = a.shape.dims, b.shape.dims
    if left is None or right is None:
        return unknown_like(a, b)
    if not left or not right:
        return result(Shape(left + right), None, a, b)
    if compare(left[-1], right[-1]) is False:
        raise contracted_problem("keras.ops.inner", a.shape, b.shape, _sizes_differ(left[-1], right[-1]))
    return result(Shape(left[:-1] + right[:-1]), None, a, b)


@op("keras.ops.outer", family=Family.CONTRACTION, operand="x1")
def outer(call: OpCall) -> TensorSpec:
    """Every element of one with every element of the other."""
    a, b = tensor(argument(call, "x1")), tensor(argument(call, "x2"))
    return result(Shape.of(a.shape.size, b.shape.size), None, a, b)


@op("keras.ops.vdot", family=Family.CONTRACTION, operand="x1")
def vdot(call: OpCall) -> TensorSpec:
    """The sum of the products of all elements."""
    return result(Shape(()), None, tensor(argument(call, "x1")), tensor(argument(call, "x2")))


@op("keras.ops.kron", operand="x1")
def kron(call: OpCall) -> TensorSpec:
    """The Kronecker product: the sizes multiplied, the shorter shape padded with ones in front."""
    a, b = tensor(argument(call, "x1")), tensor(argument(call, "x2"))
    left, right = a.shape.dims, b.shape.dims
    if left is None or right is None:
        return unknown_like(a, b)
    rank = max(len(left), len(right))
    left, right = (1,) * (rank - len(left)) + left, (1,) * (rank - len(right)) + right
    return result(Shape(tuple(x * y for x, y in zip(left, right, strict=True))), None, a, b)


@op("keras.ops.cdist", family=Family.CONTRACTION)
def cdist(call: OpCall) -> TensorSpec:
    """The distance of every row of one to every row of the other."""
    a, b = tensor(argument(call, "x")), tensor(argument(call, "y"))
    left, right = a.shape.dims, b.shape.dims
    if left is None or right is None or len(left) < 2 or len(right) < 2:
        return unknown_like(a, b)
    outer_axes = broadcast_shapes(Shape(left[:-2]), Shape(right[:-2])).dims or ()
    return result(Shape((*outer_axes, left[-2], right[-2])), None, a, b)


@op("tf.linalg.cross", operand="a")
def tf_cross(call: OpCall) -> TensorSpec:
    """The cross product of vectors of three."""
    a, b = tensor(argument(call, "a")), tensor(argument(call, "b"))
    return result(broadcast_operands(a, b), common_dtype(call.name, (a, b)), a, b)


def _square(operand: str) -> Callable[[OpCall], TensorSpec]:
    def same(call: OpCall) -> TensorSpec:
        x = tensor(argument(call, operand))
        return result(x.shape, x.dtype, x)

    return same


def _without_matrix(operand: str) -> Callable[[OpCall], TensorSpec]:
    def one_each(call: OpCall) -> TensorSpec:
        x = tensor(argument(call, operand))
        if x.shape.dims is None or len(x.shape.dims) < 2:
            return unknown_like(x)
        return result(Shape(x.shape.dims[:-2]), x.dtype, x)

    return one_each


op("tf.linalg.band_part", "tf.linalg.cholesky", "tf.linalg.inv", "tf.linalg.logm", operand="input")(_square("input"))
op("keras.ops.cholesky", "keras.ops.cholesky_inverse", "keras.ops.inv", "keras.ops.tril", "keras.ops.triu")(
    _square("x")
)
op("keras.ops.det", "keras.ops.logdet")(_without_matrix("x"))
op("tf.linalg.det", operand="input")(_without_matrix("input"))
op("tf.linalg.logdet", operand="matrix")(_without_matrix("matrix"))


@op("tf.linalg.solve", "tf.linalg.triangular_solve", operand="matrix")
def tf_solve(call: OpCall) -> TensorSpec:
    """The solution of a linear system: the right hand side's shape."""
    a, b = tensor(argument(call, "matrix")), tensor(argument(call, "rhs"))
    if a.shape.dims is None or b.shape.dims is None or len(a.shape.dims) < 2 or len(b.shape.dims) < 2:
        return unknown_like(a, b)
    outer_axes = broadcast_shapes(Shape(a.shape.dims[:-2]), Shape(b.shape.dims[:-2])).dims or ()
    return result(Shape((*outer_axes, *b.shape.dims[-2:])), common_dtype(call.name, (a, b)), a, b)


@op("keras.ops.solve", "keras.ops.solve_triangular", operand="a")
def keras_solve(call: OpCall) -> TensorSpec:
    """The solution of a linear system: the right hand side's shape."""
    a, b = tensor(argument(call, "a")), tensor(argument(call, "b"))
    return result(b.shape, None, a, b)


@op("tf.linalg.pinv", operand="a")
def tf_pinv(call: OpCall) -> TensorSpec:
    """The pseudo-inverse: the last two axes exchanged."""
    x = tensor(argument(call, "a"))
    turned = _transposed(x.shape, (True,))
    return result(turned or Shape(None), x.dtype, x) if (x.shape.rank or 0) >= 2 else unknown_like(x)


@op("tf.linalg.eigh", operand="tensor")
def tf_eigh(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """Eigenvalues and eigenvectors of symmetric matrices."""
    x = tensor(argument(call, "tensor"))
    values = Shape(x.shape.dims[:-1]) if x.shape.dims else Shape(None)
    return result(values, x.dtype, x), result(x.shape, x.dtype, x)


@op("keras.ops.eigh")
def keras_eigh(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """Eigenvalues and eigenvectors of symmetric matrices."""
    x = tensor(argument(call, "x"))
    values = Shape(x.shape.dims[:-1]) if x.shape.dims else Shape(None)
    return result(values, x.dtype, x), result(x.shape, x.dtype, x)


def _smaller(left: Dim, right: Dim) -> Dim:
    if compare(left, right) is True:
        return left
    a, b = as_int(left), as_int(right)
    return UNKNOWN if a is None or b is None else min(a, b)


@op("tf.linalg.svd", operand="tensor")
def tf_svd(call: OpCall) -> TensorSpec | tuple[TensorSpec, ...] | None:
    """Singular values, and the left and right singular vectors."""
    return _svd(tensor(argument(call, "tensor")), call, adjoint=False, order=("s", "u", "v"))


@op("keras.ops.svd")
def keras_svd(call: OpCall) -> TensorSpec | tuple[TensorSpec, ...] | None:
    """The left singular vectors, singular values, and the right singular vectors."""
    return _svd(tensor(argument(call, "x")), call, adjoint=True, order=("u", "s", "v"))


def _svd(
    x: TensorSpec, call: OpCall, *, adjoint: bool, order: tuple[str, ...]
) -> TensorSpec | tuple[TensorSpec, ...] | None:
    full, vectors = flag(argument(call, "full_matrices")), flag(argument(call, "compute_uv"))
    if vectors is None:
        return None
    unknown = unknown_like(x)
    if x.shape.dims is None or len(x.shape.dims) < 2 or full is None:
        return (unknown,) * 3 if vectors else unknown
    *outer_axes, rows, columns = x.shape.dims
    least = _smaller(rows, columns)
    left = (rows, rows if full else least)
    right = (columns, columns if full else least)
    ends: dict[str, tuple[Dim, ...]] = {"s": (least,), "u": left, "v": right[::-1] if adjoint else right}
    found = {name: result(Shape((*outer_axes, *end)), x.dtype, x) for name, end in ends.items()}
    return tuple(found[name] for name in order) if vectors else found["s"]


@op("tf.linalg.qr", operand="input")
def tf_qr(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """An orthogonal and an upper triangular factor."""
    return _qr(tensor(argument(call, "input")), flag(argument(call, "full_matrices")))


@op("keras.ops.qr")
def keras_qr(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """An orthogonal and an upper triangular factor."""
    mode = argument(call, "mode")
    return _qr(
        tensor(argument(call, "x")),
        {"reduced": False, "complete": True}.get(mode) if isinstance(mode, str) else None,
    )


def _qr(x: TensorSpec, full: bool | None) -> tuple[TensorSpec, TensorSpec]:
    if x.shape.dims is None or len(x.shape.dims) < 2 or full is None:
        return unknown_like(x), unknown_like(x)
    *outer_axes, rows, columns = x.shape.dims
    least = rows if full else _smaller(rows, columns)
    return result(Shape((*outer_axes, rows, least)), x.dtype, x), result(
        Shape((*outer_axes, least, columns)), x.dtype, x
    )


@op("keras.ops.diag")
def keras_diag(call: OpCall) -> TensorSpec:
    """A square matrix with a vector on its diagonal, or the diagonal of a matrix."""
    x, offset = tensor(argument(call, "x")), integer(argument(call, "k"))
    dims = x.shape.dims
    if dims is None or offset is None or len(dims) not in {1, 2}:
        return unknown_like(x)
    if len(dims) == 1:
        size = dims[0] + abs(offset)
        return result(Shape.of(size, size), x.dtype, x)
    return result(Shape.of(_smaller(*dims) if offset == 0 else UNKNOWN), x.dtype, x)


@op("keras.ops.diagonal")
def keras_diagonal(call: OpCall) -> TensorSpec:
    """The diagonal of two axes, put last."""
    x = tensor(argument(call, "x"))
    numbers = [integer(argument(call, name)) for name in ("axis1", "axis2", "offset")]
    dims = x.shape.dims
    if dims is None or any(number is None for number in numbers):
        return unknown_like(x)
    one, other, offset = (number or 0 for number in numbers)
    pair = [normal_axis(axis, len(dims), x.shape) for axis in (one, other)]
    rest = tuple(dim for axis, dim in enumerate(dims) if axis not in pair)
    length = _smaller(dims[pair[0]], dims[pair[1]]) if offset == 0 else UNKNOWN
    return result(Shape((*rest, length)), x.dtype, x)


@op("tf.linalg.diag", "tf.compat.v1.linalg.diag", operand="diagonal")
def tf_diag(call: OpCall) -> TensorSpec:
    """Square matrices with the last axis on their diagonals."""
    x = tensor(argument(call, "diagonal"))
    plain = [integer(argument(call, name)) for name in ("k", "num_rows", "num_cols")] == [0, -1, -1]
    if not x.shape.dims or not plain:
        return unknown_like(x)
    return result(Shape((*x.shape.dims, x.shape.dims[-1])), x.dtype, x)


@op("tf.linalg.diag_part", "tf.compat.v1.linalg.diag_part", operand="input")
def tf_diag_part(call: OpCall) -> TensorSpec:
    """The diagonals of the last two axes."""
    x = tensor(argument(call, "input"))
    if x.shape.dims is None or len(x.shape.dims) < 2 or integer(argument(call, "k")) != 0:
        return unknown_like(x)
    return result(Shape((*x.shape.dims[:-2], _smaller(*x.shape.dims[-2:]))), x.dtype, x)


@op("tf.linalg.set_diag", operand="input")
def tf_set_diag(call: OpCall) -> TensorSpec:
    """The operand with another diagonal."""
    x = tensor(argument(call, "input"))
    return result(x.shape, x.dtype, x)


@op("tf.linalg.tensor_diag", operand="diagonal")
def tensor_diag(call: OpCall) -> TensorSpec:
    """The shape twice over."""
    x = tensor(argument(call, "diagonal"))
    return result(Shape(None if x.shape.dims is None else x.shape.dims * 2), x.dtype, x)


@op("keras.ops.dot_product_attention", operand="query")
def dot_product_attention(call: OpCall) -> TensorSpec:
    """Attention over (batch, length, heads, size): the query's length and heads with the value's size."""
    query, key, value = (tensor(argument(call, name)) for name in ("query", "key", "value"))
    if query.shape.rank != 4 or value.shape.rank != 4 or query.shape.dims is None or value.shape.dims is None:
        return unknown_like(query, key, value)
    keys = key.shape.dims
    if keys is not None and len(keys) == 4 and compare(query.shape.dims[-1], keys[-1]) is False:
        raise ShapeProblem(
            ProblemKind.ATTENTION,
            f"cannot attend from {query.shape} to {key.shape}",
            label=_sizes_differ(query.shape.dims[-1], keys[-1]),
            help="project query and key to the same last size",
        )
    return result(Shape((*query.shape.dims[:-1], value.shape.dims[-1])), None, query, key, value)
