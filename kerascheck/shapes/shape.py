"""Shapes, and the two ways shapes meet: unification and broadcasting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kerascheck.records import immutable
from kerascheck.shapes.dim import UNKNOWN, Dim, as_int, compare, product, public_size, text


@immutable()
class Shape:
    """The sizes of a tensor's axes; ``dims`` is None where not even the rank is known."""

    dims: tuple[Dim, ...] | None = None

    @classmethod
    def of(cls, *dims: Dim) -> Shape:
        """``Shape.of(2, 3)`` is the shape (2, 3); ``Shape.of()`` a scalar's."""
        return cls(tuple(dims))

    @property
    def rank(self) -> int | None:
        """The number of axes, or None."""
        return None if self.dims is None else len(self.dims)

    @property
    def size(self) -> Dim:
        """The number of elements."""
        return UNKNOWN if self.dims is None else product(self.dims)

    def public(self) -> list[int | None] | None:
        """The shape as Keras prints it, None for an unknown size, None in all for an unknown rank."""
        return None if self.dims is None else [public_size(dim) for dim in self.dims]

    def texts(self) -> list[str | int] | None:
        """The symbolic sizes, as the graph's ``dims`` hold them."""
        return None if self.dims is None else [dim if isinstance(dim, int) else text(dim) for dim in self.dims]

    def __str__(self) -> str:
        """As Keras prints it: ``(None, 26, 26, 32)``; ``?`` for an unknown rank."""
        if self.dims is None:
            return "?"
        return str(tuple(public_size(dim) for dim in self.dims))

    def __iter__(self) -> Iterator[Dim]:
        return iter(self.dims or ())

    def replace(self, axis: int, dim: Dim) -> Shape:
        """The shape with another size on ``axis`` (which may be negative)."""
        if self.dims is None:
            return self
        dims = list(self.dims)
        dims[axis] = dim
        return Shape(tuple(dims))


UNKNOWN_SHAPE = Shape(None)


def unify_dims(left: Dim, right: Dim) -> Dim:
    """The size that both describe as far as either knows; unknown where they disagree."""
    if left == right:
        return left
    return UNKNOWN


def unify(shapes: Iterable[Shape]) -> Shape:
    """What holds of every one of ``shapes``, as where two branches of an ``if`` meet."""
    result: Shape | None = None
    for shape in shapes:
        if result is None:
            result = shape
        elif result.dims is None or shape.dims is None or len(result.dims) != len(shape.dims):
            return UNKNOWN_SHAPE
        else:
            result = Shape(tuple(unify_dims(a, b) for a, b in zip(result.dims, shape.dims, strict=True)))
    return result if result is not None else UNKNOWN_SHAPE


def broadcast_dims(left: Dim, right: Dim) -> Dim | None:
    """The size two aligned axes broadcast to, or None where they certainly do not."""
    if left is right:
        return left
    left_int, right_int = as_int(left), as_int(right)
    if left_int == 1:
        return right
    if right_int == 1:
        return left
    match compare(left, right):
        case True:
            return left
        case False if left_int is not None and right_int is not None:
            return None
    # One of the two may still be 1 at run time, so only a pair of fixed sizes is certainly wrong; NumPy's rule
    # otherwise gives the fixed size (greater than 1), as Keras's own broadcasting does.
    if left_int is not None:
        return left
    if right_int is not None:
        return right
    return UNKNOWN


def broadcast(left: Shape, right: Shape) -> Shape | None:
    """The NumPy broadcast of two shapes, or None where they certainly do not broadcast."""
    if left.dims is None or right.dims is None:
        return UNKNOWN_SHAPE
    if left.dims == right.dims:
        return left
    if not left.dims:
        return right
    rank = max(len(left.dims), len(right.dims))
    padded_left = (1,) * (rank - len(left.dims)) + left.dims
    padded_right = (1,) * (rank - len(right.dims)) + right.dims
    result: list[Dim] = []
    for a, b in zip(padded_left, padded_right, strict=True):
        dim = broadcast_dims(a, b)
        if dim is None:
            return None
        result.append(dim)
    return Shape(tuple(result))
