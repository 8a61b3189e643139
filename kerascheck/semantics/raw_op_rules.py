"""The rules of :mod:`kerascheck.semantics.raw_ops`, one for each way in which ops meet the batch axis.

A rule is given an op and the sizes of its inputs. The order of the inputs is that of TensorFlow's op registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from kerascheck.graph import Operation
from kerascheck.semantics.effects import Effect, OnBatch
from kerascheck.shapes import Dim, Expression, Shape, TensorSpec, as_int, compare, depends_on
from kerascheck.shapes.folding import batch_alone, folded_axis, regroups_samples

Operands: TypeAlias = Sequence[TensorSpec]
Rule: TypeAlias = Callable[[Operation, Operands], "OnBatch | None"]


def runs_over_samples(shape: Shape) -> bool:
    """Whether some axis of a tensor runs over samples."""
    return any(_is_batch(dim) for dim in shape)


def _is_batch(dim: Dim) -> bool:
    """Whether an axis has one or several rows for each sample, and not one size more or less."""
    if not isinstance(dim, Expression) or as_int(dim) == 1:
        return False
    return all(depends_on(Expression(((monomial, 1),))) for monomial, _ in dim.terms)


def _dims(operands: Operands, position: int = 0) -> tuple[Dim, ...]:
    """The sizes of an operand; none where even the rank is unknown."""
    return operands[position].shape.dims or () if position < len(operands) else ()


def _result(operation: Operation) -> Shape:
    return operation.outputs[0].shape if operation.outputs else Shape(None)


def _numbers(constant: Any) -> list[int] | None:
    """A constant as whole numbers, flat; None where it is no constant or depends on a size."""
    match constant:
        case bool():
            return None
        case int():
            return [constant]
        case list() | tuple():
            flat = [_numbers(item) for item in constant]
            return None if any(item is None for item in flat) else [number for item in flat for number in item or ()]
    return None


def _axes(constant: Any, rank: int) -> list[int] | None:
    """Axes counted from the front."""
    numbers = _numbers(constant)
    if numbers is None or not all(-rank <= number < rank for number in numbers):
        return None
    return [number % rank for number in numbers]


def _first_batch(dims: Sequence[Dim], axes: Iterable[int]) -> int | None:
    return next((axis for axis in sorted(axes) if axis < len(dims) and _is_batch(dims[axis])), None)


def _along(effect: Effect, dims: Sequence[Dim], axes: Iterable[int], operand: int = 0) -> OnBatch | None:
    """``effect`` where one of ``axes`` runs over samples."""
    axis = _first_batch(dims, axes)
    return None if axis is None else OnBatch(effect, operand, axis)


# --- reductions -------------------------------------------------------------------------------------------------------


def reduction(operation: Operation, operands: Operands) -> OnBatch | None:
    """Reduces over the axes that input 1 names."""
    dims = _dims(operands)
    axes = _axes(operation.constants.get(1), len(dims))
    if axes is None:
        # The axes are computed; where no axis of the result runs over samples, they are among them.
        result = _result(operation)
        certain = result.dims is not None and all(isinstance(dim, int) for dim in result.dims)
        return _along(Effect.REDUCTION, dims, range(len(dims))) if certain else None
    found = _along(Effect.REDUCTION, dims, axes)
    if found is not None and len(dims) > 1 and len(set(axes)) == len(dims):
        return OnBatch(Effect.FULL_REDUCTION, 0, found.axis)
    return found


def reduces_everything(operation: Operation, operands: Operands) -> OnBatch | None:
    """Reduces over every axis."""
    del operation
    dims = _dims(operands)
    return _along(Effect.FULL_REDUCTION if len(dims) > 1 else Effect.REDUCTION, dims, range(len(dims)))


def batch_normalization(operation: Operation, operands: Operands) -> OnBatch | None:
    """Normalises by the mean and variance over all axes but the channels, where it is told to train."""
    if operation.attributes.get("is_training", True) is not True:
        return None
    dims = _dims(operands)
    channel = _channel_axis(operation, len(dims))
    return _along(Effect.STATISTICS, dims, (axis for axis in range(len(dims)) if axis != channel))


# --- along an axis ----------------------------------------------------------------------------------------------------


def last(count: int) -> Rule:
    """Works along the last ``count`` axes."""

    def rule(operation: Operation, operands: Operands) -> OnBatch | None:
        del operation
        rank = len(_dims(operands))
        return _along(Effect.MIX, _dims(operands), range(max(rank - count, 0), rank))

    return rule


def axis_input(position: int) -> Rule:
    """Works along the axes that an input names."""

    def rule(operation: Operation, operands: Operands) -> OnBatch | None:
        dims = _dims(operands)
        axes = _axes(operation.constants.get(position), len(dims))
        return _along(Effect.MIX, dims, axes or ())

    return rule


def reverse_sequence(operation: Operation, operands: Operands) -> OnBatch | None:
    """Turns each sequence round along the axis of its attribute ``seq_dim``."""
    axis = operation.attributes.get("seq_dim")
    return _along(Effect.MIX, _dims(operands), (axis,)) if isinstance(axis, int) else None


def roll(operation: Operation, operands: Operands) -> OnBatch | None:
    """Shifts by the numbers of input 1 along the axes of input 2."""
    dims = _dims(operands)
    axes, shifts = _axes(operation.constants.get(2), len(dims)), _numbers(operation.constants.get(1))
    if axes is None:
        return None
    moved = [axis for place, axis in enumerate(axes) if shifts is None or len(shifts) != len(axes) or shifts[place]]
    return _along(Effect.MIX, dims, moved)


def _channel_axis(operation: Operation, rank: int) -> int:
    """Where the channels are, by the op's ``data_format``; last where it has none."""
    text = str(operation.attributes.get("data_format", "")).upper()
    return 1 if text.startswith("NC") or text == "CHANNELS_FIRST" else rank - 1


def convolution(operation: Operation, operands: Operands) -> OnBatch | None:
    """Slides a kernel over the axes between the batch and the channels, and contracts the channels."""
    dims, kernel = _dims(operands), _dims(operands, 1)
    if len(dims) != len(kernel):
        return None
    channel = _channel_axis(operation, len(dims))
    if not operation.type.startswith("Depthwise") and _is_batch(dims[channel]) and _is_batch(kernel[-2]):
        return OnBatch(Effect.PRODUCT, 0, channel)
    spatial = [axis for axis in range(1, len(dims)) if axis != channel]
    wide = [axis for place, axis in enumerate(spatial) if kernel[place] != 1]
    return _along(Effect.MIX, dims, wide)


def window(attribute: str) -> Rule:
    """Looks at windows of the size that an attribute gives for each axis."""

    def rule(operation: Operation, operands: Operands) -> OnBatch | None:
        sizes = operation.attributes.get(attribute)
        wide = [axis for axis, size in enumerate(sizes) if size != 1] if isinstance(sizes, list | tuple) else []
        return _along(Effect.MIX, _dims(operands), wide)

    return rule


def resize(operation: Operation, operands: Operands) -> OnBatch | None:
    """Interpolates along the height and width of images, axes 1 and 2."""
    del operation
    return _along(Effect.MIX, _dims(operands), (1, 2))


# --- geometry ---------------------------------------------------------------------------------------------------------


def reshape(operation: Operation, operands: Operands) -> OnBatch | None:
    """Keeps the elements in order and gives them other axes."""
    before, after = operands[0].shape, _result(operation)
    if before.dims is None or after.dims is None:
        return None
    alone = batch_alone(before.dims)
    if alone is None:
        return None
    if folded_axis(before, after, alone=False) is not None or regroups_samples(before, after):
        return OnBatch(Effect.FOLD, 0, alone)
    return _moved(before, after)


def _moved(before: Shape, after: Shape) -> OnBatch | None:
    """A move, where the batch has an axis of its own before and after, at another place."""
    if before.dims is None or after.dims is None:
        return None
    old, new = batch_alone(before.dims), batch_alone(after.dims)
    return OnBatch(Effect.MOVE, 0, old) if old is not None and new is not None and old != new else None


def moves(operation: Operation, operands: Operands) -> OnBatch | None:
    """Changes the order of the axes, or their number."""
    return _moved(operands[0].shape, _result(operation))


def space_batch(operation: Operation, operands: Operands) -> OnBatch | None:
    """Cuts space into pieces along the batch axis, or puts the pieces together."""
    dims, result = _dims(operands), _result(operation)
    if not dims or not result.dims or batch_alone(dims[:1]) is None or batch_alone(result.dims[:1]) is not None:
        return None
    return OnBatch(Effect.FOLD)


def squeeze(operation: Operation, operands: Operands) -> OnBatch | None:
    """Drops the axes of its attribute ``squeeze_dims``, or every one of size 1."""
    if operation.attributes.get("squeeze_dims"):
        return None
    dims = _dims(operands)
    alone = batch_alone(dims)
    return None if alone is None else OnBatch(Effect.SQUEEZE, 0, alone)


# --- joining and taking apart -----------------------------------------------------------------------------------------


def concat(operation: Operation, operands: Operands) -> OnBatch | None:
    """Concatenates along the axis that its last input names."""
    last = len(operands) - 1
    for position, spec in enumerate(operands[:last]):
        dims = spec.shape.dims or ()
        axes = _axes(operation.constants.get(last), len(dims)) if dims else None
        others = [other for place, other in enumerate(operands[:last]) if place != position]
        if axes and others and _is_batch(dims[axes[0]]):
            return OnBatch(Effect.JOIN, position, axes[0])
    return None


def pack(operation: Operation, operands: Operands) -> OnBatch | None:
    """Stacks along a new axis, in front of the batch or behind it."""
    result = _result(operation)
    alone = batch_alone(_dims(operands))
    moved = _moved(operands[0].shape, result)
    return None if alone is None or moved is None else OnBatch(Effect.JOIN, 0, alone)


def tile(operation: Operation, operands: Operands) -> OnBatch | None:
    """Repeats along some axes, or pads them."""
    dims, result = _dims(operands), _result(operation).dims or ()
    if len(dims) != len(result):
        return None
    changed = [axis for axis, (old, new) in enumerate(zip(dims, result, strict=True)) if compare(old, new) is False]
    return _along(Effect.JOIN, dims, changed)


def strided_slice(operation: Operation, operands: Operands) -> OnBatch | None:
    """Takes ranges and single elements, by begin, end and strides and the masks that say what they mean."""
    dims, result = _dims(operands), _result(operation).dims
    entries = _dims(operands, 1)
    count = as_int(entries[0]) if entries else None
    places = None if count is None else _slice_axes(operation, count, len(dims))
    if not dims or result is None or places is None:
        return None
    for axis, (place, place_in_result) in places.items():
        if not _is_batch(dims[axis]):
            continue
        if place_in_result is None:
            return OnBatch(Effect.INDEX, 0, axis)
        strides = _numbers(operation.constants.get(3))
        if strides is not None and place is not None and place < len(strides) and strides[place] < 0:
            return OnBatch(Effect.MIX, 0, axis)
        if place_in_result < len(result) and _is_less(result[place_in_result], dims[axis]):
            return OnBatch(Effect.INDEX, 0, axis)
    return moves(operation, operands)


def _is_less(taken: Dim, there: Dim) -> bool:
    """Whether certainly not every sample is taken."""
    return isinstance(taken, int) or compare(taken, there) is False


def _slice_axes(operation: Operation, count: int, rank: int) -> dict[int, tuple[int | None, int | None]] | None:
    """For each axis, which entry of begin, end and strides is its, and where it is in the result (None: dropped)."""

    def bits(name: str) -> int:
        found = operation.attributes.get(name, 0)
        return found if isinstance(found, int) else 0

    shrink, new, ellipsis = bits("shrink_axis_mask"), bits("new_axis_mask"), bits("ellipsis_mask")
    named = sum(1 for place in range(count) if not (new | ellipsis) >> place & 1)
    places: dict[int, tuple[int | None, int | None]] = {}
    axis = result = 0
    for place in range(count):
        if ellipsis >> place & 1:
            for _ in range(rank - named):
                places[axis] = (None, result)
                axis, result = axis + 1, result + 1
        elif new >> place & 1:
            result += 1
        elif shrink >> place & 1:
            places[axis] = (place, None)
            axis += 1
        else:
            places[axis] = (place, result)
            axis, result = axis + 1, result + 1
    for rest in range(axis, rank):
        places[rest] = (None, result)
        result += 1
    return places if all(found < rank for found in places) else None


def range_slice(operation: Operation, operands: Operands) -> OnBatch | None:
    """Takes a range of each axis."""
    dims, result = _dims(operands), _result(operation).dims or ()
    if len(dims) != len(result):
        return None
    taken = [axis for axis, (old, new) in enumerate(zip(dims, result, strict=True)) if _is_less(new, old)]
    return _along(Effect.INDEX, dims, taken)


def gather(operation: Operation, operands: Operands) -> OnBatch | None:
    """A fixed number of samples is taken, whichever they are."""
    dims = _dims(operands)
    if operation.type in {"Gather", "ResourceGather"}:
        axes: list[int] | None = [0]
    else:
        axes = _axes(operation.constants.get(2), len(dims))
    batch_dims = operation.attributes.get("batch_dims", 0)
    if not axes or not isinstance(batch_dims, int) or axes[0] < batch_dims or not _is_fixed(_shape(operands, 1)):
        return None
    return _along(Effect.INDEX, dims, axes)


def gather_nd(operation: Operation, operands: Operands) -> OnBatch | None:
    """Takes a fixed number of elements by indices into the first axes."""
    del operation
    dims, indices = _dims(operands), _shape(operands, 1)
    depth = as_int(indices.dims[-1]) if indices.dims else None
    if depth is None or not _is_fixed(indices):
        return None
    return _along(Effect.INDEX, dims, range(depth))


def _shape(operands: Operands, position: int) -> Shape:
    return operands[position].shape if position < len(operands) else Shape(None)


def _is_fixed(shape: Shape) -> bool:
    return shape.dims is not None and all(isinstance(dim, int) for dim in shape.dims)


def split(operation: Operation, operands: Operands) -> OnBatch | None:
    """Takes an axis apart into several results."""
    position, axis_at = (1, 0) if operation.type == "Split" else (0, 2)
    dims = _dims(operands, position)
    axes = _axes(operation.constants.get(axis_at), len(dims)) or ()
    return _along(Effect.INDEX, dims, axes, position) if len(operation.outputs) > 1 else None


def unpack(operation: Operation, operands: Operands) -> OnBatch | None:
    """Takes an axis apart into its elements."""
    dims = _dims(operands)
    axes = _axes(operation.attributes.get("axis", 0), len(dims)) or ()
    return _along(Effect.INDEX, dims, axes)


# --- products ---------------------------------------------------------------------------------------------------------


def matmul(operation: Operation, operands: Operands) -> OnBatch | None:
    """Multiplies the matrices of the last two axes."""
    left, right = _dims(operands), _dims(operands, 1)
    if len(left) < 2 or len(right) < 2:
        return None
    flip_left = any(operation.attributes.get(name) is True for name in ("transpose_a", "adj_x"))
    flip_right = any(operation.attributes.get(name) is True for name in ("transpose_b", "adj_y"))
    contracted, kept = (-2, -1) if flip_left else (-1, -2)
    other = -2 if flip_right else -1
    if _is_batch(left[contracted]):
        return OnBatch(Effect.PRODUCT, 0, len(left) + contracted)
    if _is_batch(left[kept]) and _is_batch(right[other]):
        return OnBatch(Effect.PRODUCT, 0, len(left) + kept)
    return _moved(operands[0].shape, _result(operation)) or _moved(operands[1].shape, _result(operation))


def einsum(operation: Operation, operands: Operands) -> OnBatch | None:
    """Multiplies and sums as its equation says."""
    equation = str(operation.attributes.get("equation", "")).replace(" ", "")
    given, arrow, wanted = equation.partition("->")
    terms = given.split(",")
    if not arrow or len(terms) != len(operands):
        return None
    where: dict[str, tuple[int, int]] = {}
    for position, term in enumerate(terms):
        letters = _letters(term, len(_dims(operands, position)))
        for axis, letter in enumerate(letters):
            if _is_batch(_dims(operands, position)[axis]):
                where.setdefault(letter, (position, axis))
    for letter, (position, axis) in where.items():
        if letter not in wanted:
            return OnBatch(Effect.PRODUCT if len(terms) > 1 else Effect.REDUCTION, position, axis)
    paired = [letter for letter in where if letter in wanted]
    if len(paired) > 1 and len(terms) > 1 and len({where[letter][0] for letter in paired}) > 1:
        return OnBatch(Effect.PRODUCT, *where[paired[0]])
    return moves(operation, operands) if "..." not in equation else None


def _letters(term: str, rank: int) -> list[str]:
    """The label of each axis; an ellipsis stands for axes that are kept."""
    before, dots, after = term.partition("...")
    kept = rank - len(before) - len(after)
    if kept < 0 or (kept and not dots):
        return []
    return [*before, *("." for _ in range(kept)), *after]


def pairs(operation: Operation, operands: Operands) -> OnBatch | None:
    """An element-wise op that broadcasts one operand's samples over the other's."""
    last = min(len(operands), 3)
    shapes = [operands[position].shape.dims or () for position in range(last)]
    result = _result(operation).dims or ()
    spread = [axis for axis, dim in enumerate(result) if _is_batch(dim)]
    if len(spread) < 2:
        return None
    for position, dims in enumerate(shapes):
        mine = [axis + len(result) - len(dims) for axis, dim in enumerate(dims) if _is_batch(dim)]
        if len(mine) == 1 and any(_alone_at(other, mine[0], len(result)) for other in shapes):
            return OnBatch(Effect.PRODUCT, position, mine[0] - len(result) + len(dims))
    return None


def _alone_at(dims: Sequence[Dim], axis: int, rank: int) -> bool:
    """Whether these sizes run over samples somewhere else than on ``axis`` of the result, and not on it."""
    mine = [place + rank - len(dims) for place, dim in enumerate(dims) if _is_batch(dim)]
    return bool(mine) and axis not in mine


# --- samples by an index ----------------------------------------------------------------------------------------------


def unsorted_segment(operation: Operation, operands: Operands) -> OnBatch | None:
    """Sums rows by their numbers into as many as the result has, which is a number of its own."""
    dims, result = _dims(operands), _result(operation).dims
    if not dims or not result or not isinstance(result[0], int):
        return None
    return _along(Effect.SEGMENT, dims, (0,))


def scatter(updates: int) -> Rule:
    """Puts samples where indices say, into a result without a batch axis."""

    def rule(operation: Operation, operands: Operands) -> OnBatch | None:
        dims, indices = _dims(operands, updates), _dims(operands, updates - 1)
        if not _is_fixed(_result(operation)) or not indices:
            return None
        return _along(Effect.SEGMENT, dims, range(len(indices) - 1), updates)

    return rule


def bincount(operation: Operation, operands: Operands) -> OnBatch | None:
    """Counts the numbers of a vector."""
    del operation
    dims = _dims(operands)
    return _along(Effect.SEGMENT, dims, (0,)) if len(dims) == 1 else None


def shuffle(operation: Operation, operands: Operands) -> OnBatch | None:
    """Shuffles the first axis."""
    del operation
    return _along(Effect.SHUFFLE, _dims(operands), (0,))
