"""Two or more operands met element by element."""

from __future__ import annotations

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.shapes import Shape, TensorSpec, as_int, broadcast
from kerascheck.shapes.dim import Dim, Expression, depends_on

MERGE_HELP = "make the sizes of that axis equal, or one of them 1"


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The shape that ``shapes`` broadcast to; raises MERGE where they certainly do not."""
    found, *others = shapes or (Shape(()),)
    for shape in others:
        if shape.dims == ():
            continue
        met = broadcast(found, shape)
        if met is None:
            raise merge_problem(found, shape)
        # One of the two as it was: it has the batch where either has it.
        found = met if met is found or met is shape else _keeping_batch(met, found, shape)
    return found


def _keeping_batch(met: Shape, left: Shape, right: Shape) -> Shape:
    """``met`` with the batch written as the batch where it meets its own size as a plain number."""
    if met.dims is None or left.dims is None or right.dims is None:
        return met
    dims = list(met.dims)
    for shape in (left.dims, right.dims):
        for axis, dim in enumerate(shape, -len(shape)):
            # Few sizes have both a name and a number.
            number = dim.number if isinstance(dim, Expression) else None
            if number is not None and number == as_int(dims[axis]) and depends_on(dim):
                dims[axis] = dim
    return Shape(tuple(dims))


def broadcast_operands(*operands: TensorSpec) -> Shape:
    """The shape that ``operands`` broadcast to; raises MERGE where they certainly do not."""
    return broadcast_shapes(*[operand.shape for operand in operands])


def merge_problem(left: Shape, right: Shape) -> ShapeProblem:
    """The finding that two shapes do not broadcast."""
    axis = _clashing_axis(left, right)
    label = "" if axis is None else f"axis {axis}: {_size(left, axis)} against {_size(right, axis)}"
    return ShapeProblem(
        ProblemKind.MERGE, f"cannot broadcast {left} with {right}", label=label, help=MERGE_HELP, operands=()
    )


def _clashing_axis(left: Shape, right: Shape) -> int | None:
    for axis in range(-1, -1 - min(left.rank or 0, right.rank or 0), -1):
        if broadcast(Shape.of(_size(left, axis)), Shape.of(_size(right, axis))) is None:
            return axis
    return None


def _size(shape: Shape, axis: int) -> Dim:
    return (shape.dims or ())[axis]
