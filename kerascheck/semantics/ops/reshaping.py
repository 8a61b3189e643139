"""Functions that rearrange axes and keep every element: reshape, transpose, expand, squeeze, flatten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import Family, OpCall, op
from kerascheck.semantics.ops.arguments import (
    argument,
    axes_argument,
    first_given,
    integer,
    normal_axis,
    result,
    sizes,
    tensor,
    unknown_like,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, Unknown, as_int, compare, exact_div, product
from kerascheck.shapes.tensor import Content


def reshaped(shape: Shape, target: Sequence[Dim]) -> Shape:
    """``shape`` with its elements laid out as ``target``, one size of which may be -1.

    Raises RESHAPE where the number of elements certainly differs or more than one size is -1.
    """
    free = [axis for axis, dim in enumerate(target) if as_int(dim) == -1]
    if len(free) > 1:
        raise ShapeProblem(
            ProblemKind.RESHAPE,
            f"cannot reshape {shape} to {_written(target)}: only one size may be -1",
            label="more than one -1",
            help="give every size but one",
            operands=(0,),
        )
    if shape.dims is None:
        return Shape(tuple(UNKNOWN if axis in free else dim for axis, dim in enumerate(target)))
    have, want = _cancelled(shape.dims, [dim for axis, dim in enumerate(target) if axis not in free])
    if not free:
        if compare(have, want) is False:
            raise _count_problem(shape, target)
        return Shape(_deduced(shape.dims, tuple(target)))
    return Shape(tuple(_solved(shape, target, have, want) if axis in free else dim for axis, dim in enumerate(target)))


def _solved(shape: Shape, target: Sequence[Dim], have: Dim, want: Dim) -> Dim:
    have_int, want_int = as_int(have), as_int(want)
    if want_int == 0:
        return UNKNOWN
    if have_int is not None and want_int is not None and have_int % want_int:
        raise _count_problem(shape, target)
    return exact_div(have, want)


def _deduced(dims: tuple[Dim, ...], target: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """``target`` with its single unknown size found from the number of elements, if all others are known."""
    unknown = [axis for axis, dim in enumerate(target) if isinstance(dim, Unknown)]
    if len(unknown) != 1:
        return target
    have, want = _cancelled(dims, [dim for dim in target if not isinstance(dim, Unknown)])
    found = UNKNOWN if as_int(want) == 0 else exact_div(have, want)
    return tuple(found if axis == unknown[0] else dim for axis, dim in enumerate(target))


def _cancelled(have: Sequence[Dim], want: Sequence[Dim]) -> tuple[Dim, Dim]:
    """The two products, with the sizes they share left out."""
    left, right = list(have), []
    for dim in want:
        if dim in left and not isinstance(dim, Unknown):
            left.remove(dim)
        else:
            right.append(dim)
    return product(left), product(right)


def _count_problem(shape: Shape, target: Sequence[Dim]) -> ShapeProblem:
    count = as_int(shape.size)
    return ShapeProblem(
        ProblemKind.RESHAPE,
        f"cannot reshape {shape} to {_written(target)}",
        label="the number of elements differs" if count is None else f"{count} elements do not fit",
        help="make the product of the sizes the same, or leave one size to be found with -1",
        operands=(0,),
    )


def _written(target: Sequence[Dim]) -> str:
    return str(Shape(tuple(target)))


def reshape_tensor(x: TensorSpec, target: Sequence[Dim] | None) -> TensorSpec:
    """``x`` reshaped; the rank is unknown where ``target`` is None."""
    if target is None:
        return result(Shape(None), x.dtype, x)
    shape = reshaped(x.shape, target)
    return result(shape, x.dtype, x, content=_reshaped_content(x, shape))


def _reshaped_content(x: TensorSpec, shape: Shape) -> Content | None:
    if x.content is None:
        return None
    if shape.rank == 1 and not isinstance(x.content, tuple):
        return (x.content,)
    if shape.rank == 0 and isinstance(x.content, tuple) and len(x.content) == 1:
        return None if isinstance(x.content[0], tuple) else x.content[0]
    return x.content if shape.rank == x.shape.rank == 1 else None


def _new_sizes(given: Any) -> tuple[Dim, ...] | None:
    """The sizes to reshape to. A single open one is found, written as None or as -1; more than one None stay open."""
    found = sizes(given, missing=-1)
    return sizes(given) if found is not None and found.count(-1) > 1 else found


@op("keras.ops.reshape", family=Family.RESHAPE)
def keras_reshape(call: OpCall) -> TensorSpec:
    """The same elements in ``newshape``."""
    return reshape_tensor(tensor(argument(call, "x")), _new_sizes(argument(call, "newshape")))


@op("keras.backend.reshape", family=Family.RESHAPE)
def backend_reshape(call: OpCall) -> TensorSpec:
    """The same elements in ``shape``."""
    return reshape_tensor(tensor(argument(call, "x")), _new_sizes(argument(call, "shape")))


@op("tf.reshape", "tf.compat.v1.manip.reshape", family=Family.RESHAPE, operand="tensor")
def tf_reshape(call: OpCall) -> TensorSpec:
    """The same elements in ``shape``."""
    return reshape_tensor(tensor(argument(call, "tensor")), _new_sizes(argument(call, "shape")))


@op("tf.ensure_shape", family=Family.ELEMENTWISE)
def ensure_shape(call: OpCall) -> TensorSpec:
    """The operand, of which the sizes given are now known."""
    x, wanted = tensor(argument(call, "x")), sizes(argument(call, "shape"))
    if wanted is None:
        return x
    if x.shape.dims is None:
        return result(Shape(wanted), x.dtype, x)
    differs = len(wanted) != len(x.shape.dims) or any(
        compare(have, want) is False for have, want in zip(x.shape.dims, wanted, strict=False)
    )
    if differs:
        raise ShapeProblem(
            ProblemKind.VALUE,
            f"a tensor of shape {x.shape} is asserted to be {Shape(wanted)}",
            label="another shape",
            help="assert the shape that it has",
            operands=(0,),
        )
    dims = tuple(
        have if not isinstance(have, Unknown) else want for have, want in zip(x.shape.dims, wanted, strict=True)
    )
    return result(Shape(dims), x.dtype, x, content=x.content)


@op("keras.ops.ravel", "keras.backend.flatten", family=Family.RESHAPE)
def ravel(call: OpCall) -> TensorSpec:
    """All elements in one axis."""
    x = tensor(argument(call, "x"))
    return result(Shape.of(x.shape.size), x.dtype, x)


@op("keras.backend.batch_flatten", family=Family.RESHAPE)
def batch_flatten(call: OpCall) -> TensorSpec:
    """All axes but the first in one."""
    x = tensor(argument(call, "x"))
    if not x.shape.dims:
        return result(Shape.of(UNKNOWN, UNKNOWN) if x.shape.dims is None else Shape(None), x.dtype, x)
    return result(Shape.of(x.shape.dims[0], product(x.shape.dims[1:])), x.dtype, x)


def transposed(x: TensorSpec, permutation: Any) -> TensorSpec:
    """``x`` with its axes in the order of ``permutation``, reversed where that is None."""
    order = axes_argument(permutation)
    dims = x.shape.dims
    match order:
        case Unknown():
            listed = sizes(permutation)
            rank = len(listed) if listed is not None else x.shape.rank
            return result(Shape(None if rank is None else (UNKNOWN,) * rank), x.dtype, x)
        case None:
            return result(Shape(None if dims is None else tuple(reversed(dims))), x.dtype, x)
    rank = len(order)
    if dims is None:
        return result(Shape((UNKNOWN,) * rank), x.dtype, x)
    if sorted(axis % rank if -rank <= axis < rank else rank for axis in order) != list(range(len(dims))):
        raise ShapeProblem(
            ProblemKind.AXIS,
            f"cannot transpose {x.shape} with the permutation {order}",
            label=f"a permutation of {len(dims)} axes is wanted",
            help=f"name each axis from 0 to {len(dims) - 1} once" if dims else "a scalar has no axes to permute",
            operands=(0,),
        )
    return result(Shape(tuple(dims[axis % rank] for axis in order)), x.dtype, x)


@op("keras.ops.transpose", family=Family.TRANSPOSE, axis="axes")
def keras_transpose(call: OpCall) -> TensorSpec:
    """The axes in another order."""
    return transposed(tensor(argument(call, "x")), argument(call, "axes"))


@op("tf.transpose", "tf.compat.v1.transpose", family=Family.TRANSPOSE, operand="a", axis="perm")
def tf_transpose(call: OpCall) -> TensorSpec:
    """The axes in another order."""
    return transposed(tensor(argument(call, "a")), argument(call, "perm"))


@op("keras.backend.permute_dimensions", family=Family.TRANSPOSE, axis="pattern")
def permute_dimensions(call: OpCall) -> TensorSpec:
    """The axes in another order."""
    return transposed(tensor(argument(call, "x")), argument(call, "pattern"))


@op("keras.backend.transpose", family=Family.TRANSPOSE)
def backend_transpose(call: OpCall) -> TensorSpec:
    """The axes in reverse order."""
    return transposed(tensor(argument(call, "x")), None)


def swapped(x: TensorSpec, first: int | None, second: int | None) -> TensorSpec:
    """``x`` with two axes exchanged."""
    if x.shape.dims is None or first is None or second is None:
        rank = x.shape.rank
        return result(Shape(None if rank is None else (UNKNOWN,) * rank), x.dtype, x)
    dims = list(x.shape.dims)
    one, other = (normal_axis(axis, len(dims), x.shape) for axis in (first, second))
    dims[one], dims[other] = dims[other], dims[one]
    return result(Shape(tuple(dims)), x.dtype, x)


@op("keras.ops.swapaxes", family=Family.TRANSPOSE)
def swapaxes(call: OpCall) -> TensorSpec:
    """Two axes exchanged."""
    axes = integer(argument(call, "axis1")), integer(argument(call, "axis2"))
    return swapped(tensor(argument(call, "x")), *axes)


def _last_two_swapped(x: TensorSpec) -> TensorSpec:
    if x.shape.rank is not None and x.shape.rank < 2:
        return unknown_like(x)
    return swapped(x, -1, -2) if x.shape.dims is not None else unknown_like(x)


@op("tf.linalg.matrix_transpose", "tf.compat.v1.linalg.matrix_transpose", family=Family.TRANSPOSE, operand="a")
def matrix_transpose(call: OpCall) -> TensorSpec:
    """The last two axes exchanged."""
    return _last_two_swapped(tensor(argument(call, "a")))


@op("tf.linalg.adjoint", family=Family.TRANSPOSE, operand="matrix")
def adjoint(call: OpCall) -> TensorSpec:
    """The last two axes exchanged, and conjugated."""
    return _last_two_swapped(tensor(argument(call, "matrix")))


@op("tf.image.transpose", family=Family.TRANSPOSE, operand="image")
def image_transpose(call: OpCall) -> TensorSpec:
    """Height and width exchanged."""
    x = tensor(argument(call, "image"))
    return swapped(x, -2, -3) if x.shape.rank in {3, 4} else unknown_like(x)


@op("keras.ops.moveaxis", family=Family.TRANSPOSE)
def moveaxis(call: OpCall) -> TensorSpec:
    """Axes moved to new places, the others kept in order."""
    x = tensor(argument(call, "x"))
    source, destination = axes_argument(argument(call, "source")), axes_argument(argument(call, "destination"))
    rank = x.shape.rank
    if rank is None or not isinstance(source, tuple) or not isinstance(destination, tuple):
        return result(Shape(None if rank is None else (UNKNOWN,) * rank), x.dtype, x)
    if len(source) != len(destination):
        return unknown_like(x)
    from_axes = [normal_axis(axis, rank, x.shape) for axis in source]
    to_axes = [normal_axis(axis, rank, x.shape) for axis in destination]
    order = [axis for axis in range(rank) if axis not in from_axes]
    for target, axis in sorted(zip(to_axes, from_axes, strict=True)):
        order.insert(target, axis)
    return transposed(x, order) if len(set(order)) == rank else unknown_like(x)


@op("keras.ops.rot90", family=Family.TRANSPOSE, operand="array")
def rot90(call: OpCall) -> TensorSpec:
    """Two axes turned by a quarter ``k`` times."""
    x, turns, axes = (
        tensor(argument(call, "array")),
        integer(argument(call, "k")),
        axes_argument(argument(call, "axes")),
    )
    rank = x.shape.rank
    if rank is None or turns is None or not isinstance(axes, tuple) or len(axes) != 2:
        return result(Shape(None if rank is None else (UNKNOWN,) * rank), x.dtype, x)
    return swapped(x, *axes) if turns % 2 else x


def expanded(x: TensorSpec, axis: Any) -> TensorSpec:
    """``x`` with an axis of size one at ``axis``, or at each of several."""
    axes = axes_argument(axis)
    rank = x.shape.rank
    if not isinstance(axes, tuple) or rank is None:
        more = axes if isinstance(axes, tuple) else sizes(axis)
        unknown = rank is None or more is None
        return result(Shape(None if unknown else (UNKNOWN,) * ((rank or 0) + len(more or ()))), x.dtype, x)
    total = rank + len(axes)
    places = {normal_axis(place, rank, x.shape, extra=len(axes)) for place in axes}
    remaining = iter(x.shape.dims or ())
    shape = Shape(tuple(1 if place in places else next(remaining, UNKNOWN) for place in range(total)))
    content = (x.content,) if rank == 0 and total == 1 and x.content is not None else None
    return result(shape, x.dtype, x, content=content)


@op("keras.ops.expand_dims", "keras.backend.expand_dims", family=Family.RESHAPE, axis="axis")
def keras_expand_dims(call: OpCall) -> TensorSpec:
    """A new axis of size one."""
    return expanded(tensor(argument(call, "x")), argument(call, "axis"))


@op("tf.expand_dims", family=Family.RESHAPE, operand="input", axis="axis")
def tf_expand_dims(call: OpCall) -> TensorSpec:
    """A new axis of size one."""
    return expanded(tensor(argument(call, "input")), argument(call, "axis"))


@op("tf.compat.v1.expand_dims", family=Family.RESHAPE, operand="input", axis="axis")
def v1_expand_dims(call: OpCall) -> TensorSpec:
    """A new axis of size one; ``dim`` is the old name of ``axis``."""
    return expanded(tensor(argument(call, "input")), first_given(call.arguments, "axis", "dim"))


def squeezed(x: TensorSpec, axis: Any) -> TensorSpec:
    """``x`` without the axes of size one named by ``axis``, or without all of them."""
    axes = axes_argument(axis)
    dims = x.shape.dims
    match axes:
        case None | ():
            if dims is None or any(as_int(dim) is None for dim in dims):
                return result(Shape(None), x.dtype, x)
            kept: tuple[Dim, ...] = tuple(dim for dim in dims if as_int(dim) != 1)
            return _squeezed_to(x, Shape(kept))
        case Unknown():
            listed = sizes(axis)
            known = dims is not None and listed is not None and len(listed) == 1
            return result(Shape((UNKNOWN,) * (len(dims or ()) - 1) if known else None), x.dtype, x)
    if dims is None:
        return result(Shape(None), x.dtype, x)
    places = {normal_axis(place, len(dims), x.shape) for place in axes}
    for place in sorted(places):
        if compare(dims[place], 1) is False:
            raise ShapeProblem(
                ProblemKind.AXIS,
                f"cannot squeeze axis {place} of {x.shape}: its size is not 1",
                label=f"axis {place} has size {Shape.of(dims[place])}".replace("(", "").replace(",)", ""),
                help="squeeze an axis of size 1",
                operands=(0,),
            )
    return _squeezed_to(x, Shape(tuple(dim for place, dim in enumerate(dims) if place not in places)))


def _squeezed_to(x: TensorSpec, shape: Shape) -> TensorSpec:
    return result(shape, x.dtype, x, content=_reshaped_content(x, shape))


@op("keras.ops.squeeze", "keras.backend.squeeze", family=Family.SQUEEZE, axis="axis")
def keras_squeeze(call: OpCall) -> TensorSpec:
    """Axes of size one taken away."""
    return squeezed(tensor(argument(call, "x")), argument(call, "axis"))


@op("tf.squeeze", family=Family.SQUEEZE, operand="input", axis="axis")
def tf_squeeze(call: OpCall) -> TensorSpec:
    """Axes of size one taken away."""
    return squeezed(tensor(argument(call, "input")), argument(call, "axis"))


@op("tf.compat.v1.squeeze", family=Family.SQUEEZE, operand="input", axis="axis")
def v1_squeeze(call: OpCall) -> TensorSpec:
    """Axes of size one taken away; ``squeeze_dims`` is the old name of ``axis``."""
    return squeezed(tensor(argument(call, "input")), first_given(call.arguments, "axis", "squeeze_dims"))


def blocks_moved(x: TensorSpec, block: Any, data_format: Any, *, to_depth: bool) -> TensorSpec:
    """``x`` with blocks of pixels laid out in the channels, or the channels as blocks of pixels."""
    size = integer(block)
    dims = x.shape.dims
    if dims is None or len(dims) != 4 or size is None or size < 1 or data_format not in _LAYOUTS:
        return unknown_like(x)
    channel = _LAYOUTS[data_format]
    moved: list[Dim] = list(dims)
    for axis in range(1, 4):
        whole = to_depth == (axis == channel)
        factor = size * size if axis == channel else size
        number = as_int(dims[axis])
        if not whole and number is not None and number % factor:
            raise ShapeProblem(
                ProblemKind.VALUE,
                f"axis {axis} of {x.shape} does not divide by {factor}",
                label=f"{number} by {factor}",
                help="use a block size that divides the size",
                operands=(0,),
            )
        moved[axis] = dims[axis] * factor if whole else exact_div(dims[axis], factor)
    return result(Shape(tuple(moved)), x.dtype, x)


_LAYOUTS: dict[Any, int] = {"NHWC": 3, "NCHW": 1, "channels_last": 3, "channels_first": 1}


def _register_blocks() -> None:
    def rule(operand: str, *, to_depth: bool) -> Any:
        def moved(call: OpCall) -> TensorSpec:
            x = tensor(argument(call, operand))
            return blocks_moved(x, argument(call, "block_size"), argument(call, "data_format"), to_depth=to_depth)

        return moved

    for name, to_depth in (("space_to_depth", True), ("depth_to_space", False)):
        names = (f"tf.nn.{name}", f"tf.compat.v1.nn.{name}", f"tf.compat.v1.{name}")
        op(*names, operand="input")(rule("input", to_depth=to_depth))
        op(f"keras.ops.{name}")(rule("x", to_depth=to_depth))


_register_blocks()


@op("keras.ops.broadcast_to")
def keras_broadcast_to(call: OpCall) -> TensorSpec:
    """The operand repeated to a shape."""
    return broadcast_to(tensor(argument(call, "x")), argument(call, "shape"))


@op("tf.broadcast_to", operand="input")
def tf_broadcast_to(call: OpCall) -> TensorSpec:
    """The operand repeated to a shape."""
    return broadcast_to(tensor(argument(call, "input")), argument(call, "shape"))


def broadcast_to(x: TensorSpec, shape: Any) -> TensorSpec:
    """``x`` repeated to ``shape``; raises MERGE where it certainly does not fit."""
    target = sizes(shape)
    if target is None:
        return result(Shape(None), x.dtype, x)
    dims = x.shape.dims
    if dims is None:
        return result(Shape(target), x.dtype, x)
    clash = len(dims) > len(target) or any(
        as_int(have) not in {None, 1} and compare(have, want) is False
        for have, want in zip(reversed(dims), reversed(target), strict=False)
    )
    if clash:
        raise ShapeProblem(
            ProblemKind.MERGE,
            f"cannot broadcast {x.shape} to {Shape(target)}",
            label="another size that is not 1",
            help="only axes of size 1 are repeated",
            operands=(0,),
        )
    return result(Shape(target), x.dtype, x)
