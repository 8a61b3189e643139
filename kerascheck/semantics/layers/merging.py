"""Layers that join several tensors: Concatenate, Add and its kin, Dot; and their functional forms."""

from __future__ import annotations

from collections.abc import Sequence

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import (
    Family,
    LayerCall,
    LayerResult,
    OpCall,
    Structure,
    layer,
    op,
)
from kerascheck.semantics.layers.arguments import cast_dtype, compute_dtype, invalid_value, short_name, tensors
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, TensorSpec, Unknown, as_int, compare, text
from kerascheck.shapes.shape import broadcast_dims

_ELEMENTWISE = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")


def _several(call: LayerCall) -> list[TensorSpec] | None:
    """The tensors to join, or None where they are not known one by one.

    Raises:
        ShapeProblem: the layer is called on a single tensor, or on none.
    """
    if isinstance(call.inputs, TensorSpec):
        raise ShapeProblem(
            ProblemKind.INPUTS,
            f"{short_name(call)} takes a list of tensors and gets one, {call.inputs.shape}",
            label="not a list",
            help=f"pass a list: `keras.layers.{short_name(call)}()([a, b])`",
        )
    found = list(tensors(call.inputs))
    if call.inputs in ([], ()):
        raise ShapeProblem(
            ProblemKind.INPUTS,
            f"{short_name(call)} takes a list of tensors and gets an empty one",
            label="nothing to join",
        )
    return found if isinstance(call.inputs, list | tuple) and found and len(found) == len(call.inputs) else None


def _demand_two(call: LayerCall, given: int) -> None:
    if given != 2:
        raise ShapeProblem(
            ProblemKind.INPUTS,
            f"{short_name(call)} takes a list of 2 tensors and gets {given}",
            label="exactly 2 inputs are expected",
            help=f"pass a list: `keras.layers.{short_name(call)}()([a, b])`",
        )


def _joined(call: LayerCall, specs: Sequence[TensorSpec], shape: Shape, *, divided: bool = False) -> LayerResult:
    """The result of a join; Keras 3 gives the layer's own dtype, tf_keras what TensorFlow makes of the inputs'."""
    if call.generation == 3:
        dtype = compute_dtype(call)
    else:
        found = {cast_dtype(call, spec.dtype) for spec in specs}
        dtype = found.pop() if len(found) == 1 else None
        if divided and dtype is not None and "int" in dtype:
            dtype = "float32" if dtype in {"int8", "uint8", "int16", "uint16"} else "float64"
    return LayerResult(TensorSpec(shape, dtype, keras_tensor=any(spec.keras_tensor for spec in specs)))


def _unknown(call: LayerCall) -> LayerResult:
    return _joined(call, list(tensors(call.inputs)), Shape(None))


# Elementwise


@layer(*_ELEMENTWISE)
def merge(call: LayerCall) -> LayerResult:
    """Elementwise, with the samples broadcast against one another from their last axis."""
    specs = _several(call)
    if specs is None:
        return _unknown(call)
    if short_name(call) == "Subtract":
        _demand_two(call, len(specs))
    shape = specs[0].shape
    for position, spec in enumerate(specs[1:], start=1):
        shape = _merged(call, shape, spec.shape, position)
    batch = _merged_batch(call, specs)
    if shape.dims:
        shape = shape.replace(0, batch)
    return _joined(call, specs, shape, divided=short_name(call) == "Average")


def _merged(call: LayerCall, left: Shape, right: Shape, position: int) -> Shape:
    """The merge of two shapes, all but the batch axis.

    Raises:
        ShapeProblem: two sizes certainly do not broadcast.
    """
    if left.dims is None or right.dims is None or not left.dims or not right.dims:
        return Shape(None)
    longer, shorter = sorted((left.dims[1:], right.dims[1:]), key=len, reverse=True)
    missing = len(longer) - len(shorter)
    merged: list[Dim] = list(longer[:missing])
    for one, other in zip(longer[missing:], shorter, strict=True):
        if _never_broadcast(one, other):
            raise _merge_mismatch(call, left, right, (one, other), (0, position))
        merged.append(_merged_size(call.generation, one, other))
    return Shape((UNKNOWN, *merged))


def _never_broadcast(left: Dim, right: Dim) -> bool:
    """Whether the two differ, and neither can be 1."""
    return compare(left, right) is False and compare(left, 1) is False and compare(right, 1) is False


def _merged_size(generation: int, left: Dim, right: Dim) -> Dim:
    """The size that both axes broadcast to.

    tf_keras leaves this to TensorFlow, which takes the size that is fixed; Keras 3 calls it unknown where either is.
    """
    if generation == 2:
        size = broadcast_dims(left, right)
        return UNKNOWN if size is None else size
    if compare(left, right):
        return left
    if as_int(left) == 1:
        return right
    return left if as_int(right) == 1 else UNKNOWN


def _merged_batch(call: LayerCall, specs: Sequence[TensorSpec]) -> Dim:
    """The batch size.

    Raises:
        ShapeProblem: two inputs have different fixed batch sizes, which Keras does not broadcast.
    """
    batches = [(position, spec.shape.dims[0]) for position, spec in enumerate(specs) if spec.shape.dims]
    fixed = [(position, dim) for position, dim in batches if as_int(dim) is not None]
    for position, dim in fixed[1:]:
        if as_int(dim) != as_int(fixed[0][1]):
            first = fixed[0][0]
            raise ShapeProblem(
                ProblemKind.MERGE,
                f"{short_name(call)} cannot merge {specs[first].shape} with {specs[position].shape}",
                label="the batch sizes must be equal",
                help="give both Inputs the same batch size, or none",
                operands=(first, position),
            )
    # Keras 3 declares a batch of one for a single sample and an open batch; run, it broadcasts over what there is.
    if fixed and as_int(fixed[0][1]) != 1:
        return fixed[0][1]
    others = [dim for _, dim in batches if as_int(dim) != 1]
    if fixed and others and not any(spec.keras_tensor for spec in specs):
        return others[0] if all(compare(others[0], dim) for dim in others) else UNKNOWN
    first_dim = batches[0][1] if batches else UNKNOWN
    return first_dim if all(compare(first_dim, dim) for _, dim in batches) else UNKNOWN


def _merge_mismatch(
    call: LayerCall, left: Shape, right: Shape, sizes: tuple[Dim, Dim], operands: tuple[int, int]
) -> ShapeProblem:
    return ShapeProblem(
        ProblemKind.MERGE,
        f"{short_name(call)} cannot merge {left} with {right}" + _symbolic_note(left, right, sizes),
        label=f"{text(sizes[0])} and {text(sizes[1])} do not broadcast",
        help="give both the same shape, for example with a 1x1 convolution or a Dense layer on one of them",
        operands=operands,
    )


def _symbolic_note(left: Shape, right: Shape, sizes: tuple[Dim, Dim]) -> str:
    """What tells two sizes apart that are both printed as None."""
    both_none = as_int(sizes[0]) is None and as_int(sizes[1]) is None
    return f", where {text(sizes[0])} meets {text(sizes[1])}" if both_none else ""


# Concatenate


@layer("Concatenate")
def concatenate(call: LayerCall) -> LayerResult:
    """One tensor after the other along ``axis``; all other axes must agree."""
    specs = _several(call)
    axis = call.config.get("axis")
    if specs is None or not isinstance(axis, int):
        return _joined(call, list(tensors(call.inputs)), _any_axis(specs or ()))
    known = [spec.shape for spec in specs if spec.shape.dims is not None]
    if not known:
        return _joined(call, specs, Shape(None))
    rank = known[0].rank or 0
    if call.generation == 3 and len(specs) == 1 and axis >= rank:
        # Keras 3 never looks at the axis of a single tensor.
        return _joined(call, specs, known[0])
    _demand_joinable(specs, axis)
    dims: list[Dim] = []
    for index in range(rank):
        column = [spec.shape.dims[index] if spec.shape.dims is not None else UNKNOWN for spec in specs]
        dims.append(_total(column) if index == axis % rank else _common(call.generation, column))
    return _joined(call, specs, Shape(tuple(dims)))


def _any_axis(specs: Sequence[TensorSpec]) -> Shape:
    """What is known of a concatenation along an unknown axis: the rank."""
    ranks = {spec.shape.rank for spec in specs} - {None}
    return Shape((UNKNOWN,) * rank) if len(ranks) == 1 and (rank := ranks.pop()) is not None else Shape(None)


def _total(column: Sequence[Dim]) -> Dim:
    total: Dim = 0
    for dim in column:
        total = total + dim
    return total


def _common(generation: int, column: Sequence[Dim]) -> Dim:
    """The size of an axis that is not joined: Keras 3 prints the first input's, TensorFlow whichever is fixed."""
    if generation == 3:
        return column[0]
    return next((dim for dim in column if as_int(dim) is not None), column[0])


def _demand_joinable(specs: Sequence[TensorSpec], axis: int) -> None:
    """Check the ranks, the axis and the other sizes of what is concatenated."""
    known = [(position, spec.shape) for position, spec in enumerate(specs) if spec.shape.dims is not None]
    for _, shape in known:
        rank = shape.rank or 0
        if not -rank <= axis < rank:
            raise ShapeProblem(
                ProblemKind.AXIS,
                f"cannot concatenate {shape} on axis {axis}",
                label=f"it has {rank} axes",
                help=f"use an axis from {-rank} to {rank - 1}",
            )
    for index, (position, right) in enumerate(known):
        for earlier, left in known[:index]:
            _demand_pair(left, right, axis, (earlier, position))


def _demand_pair(left: Shape, right: Shape, axis: int, operands: tuple[int, int]) -> None:
    if left.rank != right.rank:
        raise ShapeProblem(
            ProblemKind.CONCATENATE,
            f"cannot concatenate {left} with {right} on axis {axis}",
            label="the number of axes must match",
            help="bring both to one rank, for example with Flatten or Reshape",
            operands=operands,
        )
    joined = axis % (left.rank or 1)
    for index, (one, other) in enumerate(zip(left, right, strict=True)):
        if index != joined and compare(one, other) is False:
            raise ShapeProblem(
                ProblemKind.CONCATENATE,
                f"cannot concatenate {left} with {right} on axis {axis}" + _symbolic_note(left, right, (one, other)),
                label=f"all axes but {axis} must match",
                help=_concatenate_help(left, right, joined),
                operands=operands,
            )


def _concatenate_help(left: Shape, right: Shape, joined: int) -> str:
    rank = left.rank or 0
    pairs = list(enumerate(zip(left, right, strict=True)))
    others = [index for index, (one, other) in pairs if index != joined and compare(one, other) is False]
    axes = f"{'axes' if len(others) > 1 else 'axis'} {' and '.join(map(str, others))}"
    spatial = rank in {3, 4, 5} and joined == rank - 1 and all(0 < index < rank - 1 for index in others)
    if not spatial:
        return f"make {axes} equal before joining"
    differences = [(as_int(one), as_int(other)) for index, (one, other) in pairs if index in others]
    if any(one is None or other is None for one, other in differences):
        return f'crop the larger with `Cropping{rank - 2}D`, or use `padding="same"` in the layers before'
    by = [(one or 0) - (other or 0) for one, other in differences]
    if min(by) < 0 < max(by):
        return f"make {axes} equal before joining"
    amounts = {abs(each) for each in by}
    amount = str(amounts.pop()) if len(amounts) == 1 else " and ".join(str(abs(each)) for each in by)
    larger, smaller = (left, right) if by[0] > 0 else (right, left)
    return f"crop {larger} by {amount} on {axes} (`Cropping{rank - 2}D`), or pad {smaller} (`ZeroPadding{rank - 2}D`)"


# Dot


@layer("Dot")
def dot(call: LayerCall) -> LayerResult:
    """The product of two samples, summed over one axis of each."""
    specs = _several(call)
    if specs is None:
        return _unknown(call)
    _demand_two(call, len(specs))
    axes = _dot_axes(call)
    left, right = specs[0].shape, specs[1].shape
    if left.dims is None or right.dims is None or axes is None:
        return _joined(call, specs, Shape(None))
    if left.dims and right.dims and compare(left.dims[0], right.dims[0]) is False:
        raise ShapeProblem(
            ProblemKind.MATMUL,
            f"Dot cannot multiply {left} with {right}" + _symbolic_note(left, right, (left.dims[0], right.dims[0])),
            label="the batch sizes must be equal",
        )
    wraps = isinstance(call.config.get("axes"), int)
    summed = [_dot_axis(axis, shape, wraps) for axis, shape in zip(axes, (left, right), strict=True)]
    one, other = left.dims[summed[0]], right.dims[summed[1]]
    if _sizes_refused(one, other):
        raise ShapeProblem(
            ProblemKind.MATMUL,
            f"Dot cannot multiply {left} with {right} over axes {axes}" + _symbolic_note(left, right, (one, other)),
            label=f"{text(one)} and {text(other)} must be equal",
            help="choose axes of equal size, counted with the batch as axis 0",
        )
    kept_left = [dim for index, dim in enumerate(left.dims) if index != summed[0]]
    kept_right = [dim for index, dim in enumerate(right.dims) if index not in {0, summed[1]}]
    if kept_left and right.dims:
        kept_left[0] = _common(call.generation, (left.dims[0], right.dims[0]))
    dims = kept_left + kept_right
    return _joined(call, specs, Shape(tuple(dims) if len(dims) > 1 else (*dims, 1)))


def _dot_axes(call: LayerCall) -> tuple[int, int] | None:
    """The summed axis of each input, or None where not known."""
    axes = call.config.get("axes")
    if isinstance(axes, int):
        return axes, axes
    if isinstance(axes, Unknown | Expression):
        return None
    if not isinstance(axes, tuple | list):
        if axes is None or isinstance(axes, str | float):
            raise invalid_value(call, "axes", "an integer or two")
        return None
    if len(axes) != 2 or any(isinstance(axis, float | str) or axis is None for axis in axes):
        raise invalid_value(call, "axes", "an integer or two")
    first, second = axes
    return (first, second) if isinstance(first, int) and isinstance(second, int) else None


def _dot_axis(axis: int, shape: Shape, wraps: bool) -> int:
    """The summed axis counted from 0; a single negative axis ``wraps`` around any number of axes."""
    rank = shape.rank or 0
    if rank and wraps and axis < 0:
        axis %= rank
    if not -rank <= axis < rank or axis % rank == 0:
        raise ShapeProblem(
            ProblemKind.AXIS,
            f"Dot cannot sum over axis {axis} of {shape}",
            label="axis 0 is the batch" if rank and axis in {0, -rank} else f"it has {rank} axes",
            help=f"use an axis from 1 to {rank - 1}" if rank > 1 else None,
        )
    return axis % rank


def _sizes_refused(left: Dim, right: Dim) -> bool:
    """Whether Dot refuses to sum these: they differ, or one is fixed and the other None."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return False
    return compare(left, right) is False or (as_int(left) is None) != (as_int(right) is None)


# The functional forms


def _called_as_layer(call: OpCall, class_name: str) -> Structure:
    config = {name: value for name, value in call.arguments.items() if name != "inputs"}
    inputs: Structure = call.arguments.get("inputs")
    made = LayerCall(f"keras.layers.{class_name}", call.generation, config, inputs)
    match class_name:
        case "Concatenate":
            return concatenate(made).outputs
        case "Dot":
            return dot(made).outputs
        case _:
            return merge(made).outputs


@op("keras.layers.concatenate", family=Family.JOIN, operand="inputs", axis="axis")
def concatenate_function(call: OpCall) -> Structure:
    """``keras.layers.concatenate``."""
    return _called_as_layer(call, "Concatenate")


@op("keras.layers.dot", family=Family.CONTRACTION, operand="inputs", axis="axes")
def dot_function(call: OpCall) -> Structure:
    """``keras.layers.dot``."""
    return _called_as_layer(call, "Dot")


@op(*(f"keras.layers.{_name.lower()}" for _name in _ELEMENTWISE), family=Family.ELEMENTWISE, operand="inputs")
def merge_function(call: OpCall) -> Structure:
    """``keras.layers.add`` and its kin."""
    return _called_as_layer(call, call.name.removeprefix("keras.layers.").capitalize())
