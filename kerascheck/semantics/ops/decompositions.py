"""Eigenvalues, factors, ranks and solutions of (batches of) matrices, and matrices made of vectors."""

from __future__ import annotations

from collections.abc import Callable

from kerascheck.semantics.api import OpCall, op
from kerascheck.semantics.ops.arguments import FLOATS, argument, dim_of, integer, result, tensor, unknown_like
from kerascheck.semantics.ops.broadcasting import broadcast_shapes
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, compare

_COMPLEX = {"float32": "complex64", "float64": "complex128", "complex64": "complex64", "complex128": "complex128"}


def _leading(x: TensorSpec, dropped: int, *new: Dim) -> Shape:
    """The shape of ``x`` with its last ``dropped`` axes replaced; unknown where it has fewer."""
    dims = x.shape.dims
    return Shape(None if dims is None or len(dims) < dropped else (*dims[: len(dims) - dropped], *new))


def _floating(x: TensorSpec) -> str | None:
    return x.dtype if x.dtype in FLOATS else None


@op("tf.linalg.eigvals", operand="tensor")
def eigenvalues(call: OpCall) -> TensorSpec:
    """A complex number for each row."""
    x = tensor(argument(call, "tensor"))
    return result(_leading(x, 1), _COMPLEX.get(x.dtype or ""), x)


@op("tf.linalg.eigvalsh", operand="tensor")
def symmetric_eigenvalues(call: OpCall) -> TensorSpec:
    """A number for each row."""
    x = tensor(argument(call, "tensor"))
    return result(_leading(x, 1), _floating(x), x)


def _eigen(operand: str) -> Callable[[OpCall], tuple[TensorSpec, TensorSpec]]:
    def found(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
        x = tensor(argument(call, operand))
        # Keras infers the operand's own dtype for a KerasTensor.
        dtype = None if x.keras_tensor else _COMPLEX.get(x.dtype or "")
        return result(_leading(x, 1), dtype, x), result(x.shape, dtype, x)

    return found


op("tf.linalg.eig", operand="tensor")(_eigen("tensor"))
op("keras.ops.eig")(_eigen("x"))


def _sign_and_logarithm(operand: str) -> Callable[[OpCall], tuple[TensorSpec, TensorSpec]]:
    def found(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
        x = tensor(argument(call, operand))
        part = result(_leading(x, 2), _floating(x), x)
        # Keras infers one sign for all the matrices of a KerasTensor.
        return unknown_like(x) if x.keras_tensor else part, part

    return found


op("tf.linalg.slogdet", operand="input")(_sign_and_logarithm("input"))
op("keras.ops.slogdet")(_sign_and_logarithm("x"))


def _rank(operand: str) -> Callable[[OpCall], TensorSpec]:
    def found(call: OpCall) -> TensorSpec:
        x = tensor(argument(call, operand))
        return result(_leading(x, 2), "int32", x)

    return found


op("tf.linalg.matrix_rank", operand="a")(_rank("a"))
op("keras.ops.matrix_rank")(_rank("x"))


@op("keras.ops.pinv")
def pseudo_inverse(call: OpCall) -> TensorSpec:
    """The last two axes exchanged."""
    x = tensor(argument(call, "x"))
    dims = x.shape.dims
    if dims is None or len(dims) < 2:
        return unknown_like(x)
    return result(Shape((*dims[:-2], dims[-1], dims[-2])), _floating(x), x)


@op("tf.linalg.cholesky_solve", operand="rhs")
def cholesky_solve(call: OpCall) -> TensorSpec:
    """The right sides' shape."""
    factor, sides = tensor(argument(call, "chol")), tensor(argument(call, "rhs"))
    same = factor.shape.rank is not None and factor.shape.rank == sides.shape.rank
    return result(sides.shape if same else Shape(None), _floating(sides), factor, sides)


@op("tf.linalg.lstsq", operand="matrix")
def least_squares(call: OpCall) -> TensorSpec:
    """A row for each column of the matrix."""
    matrix, sides = tensor(argument(call, "matrix")), tensor(argument(call, "rhs"))
    if matrix.shape.dims is None or sides.shape.dims is None or len(matrix.shape.dims) != len(sides.shape.dims):
        return unknown_like(matrix, sides)
    if len(sides.shape.dims) < 2:
        return unknown_like(matrix, sides)
    shape = Shape((*sides.shape.dims[:-2], matrix.shape.dims[-1], sides.shape.dims[-1]))
    return result(shape, _floating(sides), matrix, sides)


@op("keras.ops.lstsq", operand="a")
def keras_least_squares(call: OpCall) -> TensorSpec:
    """A row for each column of the matrix; a vector for a vector."""
    matrix, sides = tensor(argument(call, "a")), tensor(argument(call, "b"))
    if matrix.shape.rank != 2 or matrix.shape.dims is None or not sides.shape.dims:
        return unknown_like(matrix, sides)
    return result(Shape((matrix.shape.dims[1], *sides.shape.dims[1:])), None, matrix, sides)


@op("keras.ops.corrcoef")
def correlation_matrix(call: OpCall) -> TensorSpec:
    """Each row met with each row."""
    x = tensor(argument(call, "x"))
    if x.shape.rank != 2 or x.shape.dims is None:
        return unknown_like(x)
    return result(Shape.of(x.shape.dims[0], x.shape.dims[0]), _floating(x), x)


@op("keras.ops.cross", operand="x1")
def cross(call: OpCall) -> TensorSpec:
    """A vector at right angles to each pair of vectors, the usual three numbers along the last axis."""
    x, y = tensor(argument(call, "x1")), tensor(argument(call, "x2"))
    last = [as_int(operand.shape.dims[-1]) if operand.shape.dims else None for operand in (x, y)]
    plain = argument(call, "axis") is None and all(
        argument(call, name) == -1 for name in ("axisa", "axisb", "axisc") if not isinstance(argument(call, name), bool)
    )
    if not plain or last != [3, 3]:
        return unknown_like(x, y)
    return result(broadcast_shapes(x.shape, y.shape), None, x, y)


@op("keras.ops.diagflat")
def diagonal_matrix(call: OpCall) -> TensorSpec:
    """All elements on a diagonal of a square matrix."""
    x, offset = tensor(argument(call, "x")), integer(argument(call, "k"))
    size: Dim = UNKNOWN if offset is None else x.shape.size + abs(offset)
    return result(Shape.of(size, size), _floating(x), x)


@op("keras.ops.vander")
def vandermonde(call: OpCall) -> TensorSpec:
    """The powers of each element: so many as there are elements, or ``N``."""
    x, count = tensor(argument(call, "x")), argument(call, "N")
    if x.shape.rank != 1 or x.shape.dims is None:
        return unknown_like(x)
    return result(Shape.of(x.shape.dims[0], x.shape.dims[0] if count is None else dim_of(count)), _floating(x), x)


@op("tf.linalg.lu", operand="input")
def lu(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """Both triangles in one matrix, and the order of the rows."""
    x = tensor(argument(call, "input"))
    return result(x.shape, _floating(x), x), result(_leading(x, 1), None, x)


@op("keras.ops.lu_factor")
def lu_factor(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """Both triangles in one matrix, and the order of the rows."""
    x = tensor(argument(call, "x"))
    dims = x.shape.dims
    square = dims is not None and len(dims) == 2 and compare(dims[0], dims[1]) is True
    return result(x.shape, _floating(x), x), result(_leading(x, 1) if square else Shape(None), None, x)


@op("tf.linalg.lu_solve", operand="rhs")
def lu_solve(call: OpCall) -> TensorSpec:
    """The right sides' shape."""
    factor, sides = tensor(argument(call, "lower_upper")), tensor(argument(call, "rhs"))
    same = factor.shape.rank is not None and factor.shape.rank == sides.shape.rank
    return result(sides.shape if same else Shape(None), _floating(sides), factor, sides)


@op("keras.ops.histogram")
def histogram(call: OpCall) -> tuple[TensorSpec, TensorSpec]:
    """A count for each bin, and the edges between them."""
    x, bins = tensor(argument(call, "x")), argument(call, "bins")
    count: Dim = bins if isinstance(bins, int) and not isinstance(bins, bool) else UNKNOWN
    return result(Shape.of(count), None, x), result(Shape.of(count + 1), None, x)
