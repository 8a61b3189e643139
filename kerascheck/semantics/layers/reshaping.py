"""Layers that rearrange, pad, crop or repeat values: Flatten, Reshape, Permute, ZeroPadding2D, UpSampling2D..."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerFunction, LayerResult, layer
from kerascheck.semantics.layers.arguments import (
    cast_dtype,
    certainly_less,
    channels_first,
    choice,
    count_of,
    demand_rank,
    fixed_only_together,
    invalid_value,
    is_size,
    layout,
    output_dtype,
    short_name,
    single_input,
    sizes,
)
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, TensorSpec, compare, exact_div, product, text

_INTERPOLATIONS = {
    2: {"area", "bicubic", "bilinear", "gaussian", "lanczos3", "lanczos5", "mitchellcubic", "nearest"},
    3: {"bicubic", "bilinear", "lanczos3", "lanczos5", "nearest"},
}


def _moved(call: LayerCall, spec: TensorSpec, shape: Shape) -> LayerResult:
    """A result whose dtype is what the layer gets, in both generations."""
    return LayerResult(TensorSpec(shape, cast_dtype(call, spec.dtype), keras_tensor=spec.keras_tensor))


def _computed(call: LayerCall, spec: TensorSpec, shape: Shape) -> LayerResult:
    """A result whose dtype is the layer's own in Keras 3."""
    return LayerResult(TensorSpec(shape, output_dtype(call, spec), keras_tensor=spec.keras_tensor))


@layer("Flatten")
def flatten(call: LayerCall) -> LayerResult:
    """All axes but the batch become one."""
    spec = single_input(call)
    choice(call, "data_format", {"channels_first", "channels_last"})
    dims = spec.shape.dims
    if dims is None:
        return _moved(call, spec, Shape((UNKNOWN, UNKNOWN)))
    if not dims:
        demand_rank(call, spec, 2, ("batch", "features"))
    return _moved(call, spec, Shape((dims[0], product(dims[1:]))))


@layer("Reshape")
def reshape(call: LayerCall) -> LayerResult:
    """The sample takes the target shape, in which -1 is what is left; the batch axis stays."""
    spec = single_input(call)
    target = call.config.get("target_shape")
    if isinstance(target, int | float) or target is None:
        raise invalid_value(call, "target_shape", "a tuple of integers", help="write a tuple: `(n,)`")
    if call.generation == 2 and isinstance(target, tuple | list) and None in target:
        raise invalid_value(call, "target_shape", "integers", help="write -1 for the size that is left")
    dims = spec.shape.dims
    batch = dims[0] if dims else UNKNOWN
    if not isinstance(target, tuple | list):
        return _moved(call, spec, Shape(None))
    if any(isinstance(size, int) and size < -1 for size in target) or _free_axes(target) > 1:
        raise invalid_value(call, "target_shape", "sizes that are not negative, and at most one -1,")
    size = UNKNOWN if dims is None else product(dims[1:])
    return _moved(call, spec, Shape((batch, *_solve(spec.shape, size, tuple(target)))))


def _free_axes(target: Any) -> int:
    return sum(1 for size in target if isinstance(size, int) and size == -1)


def _solve(shape: Shape, size: Dim, target: tuple[Any, ...]) -> tuple[Dim, ...]:
    """The target's sizes, with the size that is left in place of -1.

    Raises:
        ShapeProblem: the elements of a sample certainly do not fill the target.
    """
    sizes_given = tuple(one if is_size(one) else UNKNOWN for one in target)
    if not _free_axes(target):
        room = product(sizes_given)
        if compare(room, size) is False or _never_equal(size, room):
            raise _wrong_count(shape, size, target, f"it has room for {text(room)}")
        return sizes_given
    rest = product(one for one in sizes_given if one != -1)
    if isinstance(size, int) and isinstance(rest, int) and (rest == 0 or size % rest):
        raise _wrong_count(shape, size, target, f"{size} is not a multiple of {rest}")
    free = exact_div(size, rest)
    return tuple(free if one == -1 else one for one in sizes_given)


def _never_equal(size: Dim, room: Dim) -> bool:
    """Whether a symbolic count is a multiple of a number that ``room`` is not."""
    if not isinstance(size, Expression) or not isinstance(room, int):
        return False
    return room % math.gcd(*(coefficient for _, coefficient in size.terms)) != 0


def _wrong_count(shape: Shape, size: Dim, target: tuple[Any, ...], label: str) -> ShapeProblem:
    shown = tuple(text(one) if is_size(one) and not isinstance(one, int) else one for one in target)
    return ShapeProblem(
        ProblemKind.RESHAPE,
        f"cannot reshape {shape} to {shown}: a sample has {text(size)} elements",
        label=label,
        help="choose sizes whose product is the number of elements, or -1 for one of them",
        operands=(0,),
    )


@layer("Permute")
def permute(call: LayerCall) -> LayerResult:
    """The axes of a sample in another order, counted from 1."""
    spec = single_input(call)
    order = call.config.get("dims")
    if not isinstance(order, tuple | list):
        return _moved(call, spec, Shape(None))
    if not all(isinstance(axis, int) for axis in order):
        return _moved(call, spec, Shape((UNKNOWN,) * (len(order) + 1)))
    if sorted(order) != list(range(1, len(order) + 1)):
        raise ShapeProblem(
            ProblemKind.AXIS,
            f"Permute takes each axis from 1 to {len(order)} once and gets {tuple(order)}",
            label="not a permutation",
            help="count the axes from 1: axis 0 is the batch and stays",
        )
    dims = demand_rank(call, spec, len(order) + 1)
    return _moved(call, spec, Shape((dims[0], *(dims[axis] for axis in order))))


@layer("RepeatVector")
def repeat_vector(call: LayerCall) -> LayerResult:
    """Each sample, a vector, ``n`` times."""
    spec = single_input(call)
    count = call.config.get("n")
    least = 1 if call.generation == 3 else 0
    if count is None or isinstance(count, float | str | tuple | list) or (isinstance(count, int) and count < least):
        raise invalid_value(call, "n", f"an integer of at least {least}")
    batch, features = demand_rank(call, spec, 2, ("batch", "features"))
    return _computed(call, spec, Shape((batch, count if is_size(count) else UNKNOWN, features)))


def _pairs(call: LayerCall, parameter: str, rank: int) -> tuple[tuple[Dim, Dim], ...]:
    """How much to pad or crop before and after each spatial axis.

    Raises:
        ShapeProblem: the argument has another form, or a size is negative.
    """
    value = call.config.get(parameter)
    if rank == 1:
        before, after = sizes(call, parameter, 2, zero=True, kind=ProblemKind.CROP)
        return ((before, after),)
    if is_size(value):
        if isinstance(value, int) and value < 0:
            if call.generation == 2 and parameter == "cropping":
                return ((UNKNOWN, UNKNOWN),) * rank
            raise invalid_value(call, parameter, "sizes that are not negative", kind=ProblemKind.CROP)
        return ((value, value),) * rank
    if value is None or isinstance(value, float | str) or (isinstance(value, tuple | list) and len(value) != rank):
        raise invalid_value(call, parameter, f"an integer, {count_of(rank, 'integer')}, or {count_of(rank, 'pair')}")
    if not isinstance(value, tuple | list):
        return ((UNKNOWN, UNKNOWN),) * rank
    return tuple(_pair(call, parameter, entry) for entry in value)


def _pair(call: LayerCall, parameter: str, entry: object) -> tuple[Dim, Dim]:
    both = entry if isinstance(entry, tuple | list) else (entry, entry)
    if len(both) != 2 or entry is None or any(isinstance(size, int) and size < 0 for size in both):
        raise invalid_value(call, parameter, "pairs of sizes that are not negative", kind=ProblemKind.CROP)
    before, after = (size if is_size(size) else UNKNOWN for size in both)
    return before, after


def _zero_padding(rank: int) -> LayerFunction:
    def zero_padding(call: LayerCall) -> LayerResult:
        spec = single_input(call)
        pairs = _pairs(call, "padding", rank)
        parts = layout(call, spec, rank)
        spatial = tuple(size + before + after for size, (before, after) in zip(parts.spatial, pairs, strict=True))
        return _computed(call, spec, parts.join(spatial, parts.channels))

    return zero_padding


def _cropping(rank: int) -> LayerFunction:
    def cropping(call: LayerCall) -> LayerResult:
        spec = single_input(call)
        pairs = _pairs(call, "cropping", rank)
        parts = layout(call, spec, rank)
        spatial = tuple(size - before - after for size, (before, after) in zip(parts.spatial, pairs, strict=True))
        if call.generation == 2 and rank == 3:
            # tf_keras checks the others and not this one: what is left is empty.
            spatial = tuple(0 if certainly_less(size, 0) else size for size in spatial)
        elif any(certainly_less(size, 1) for size in spatial):
            raise ShapeProblem(
                ProblemKind.CROP,
                f"{short_name(call)} crops {call.config['cropping']} from {spec.shape}",
                label="nothing is left",
                help="crop less than the size of the axis",
                operands=(0,),
            )
        return _computed(call, spec, parts.join(spatial, parts.channels))

    return cropping


def _truncated(call: LayerCall) -> tuple[Dim, ...]:
    """The factor of tf_keras's UpSampling1D, which cuts off a fraction."""
    value = call.config.get("size")
    return (int(value),) if isinstance(value, float) and value >= 1 else sizes(call, "size", 1)


def _interpolated(result: LayerResult, interpolation: str | None) -> LayerResult:
    """``result`` as TensorFlow's resizing gives it: whole numbers become float32."""
    spec = result.outputs
    if not isinstance(spec, TensorSpec) or (interpolation is not None and "float" in (spec.dtype or "")):
        return result
    return LayerResult(replace(spec, dtype="float32" if interpolation is not None and spec.dtype else None))


def _repeated(call: LayerCall, spec: TensorSpec, factors: tuple[Dim, ...]) -> LayerResult:
    """tf_keras's UpSampling3D, which forgets to check the rank and repeats three axes of whatever it gets."""
    first = channels_first(call)
    dims = spec.shape.dims
    if dims is None:
        return _computed(call, spec, Shape(None))
    start = 2 if first else 1
    if len(dims) < start + 3:
        demand_rank(call, spec, 5)
    if first is None:
        return _computed(call, spec, Shape((dims[0], *(UNKNOWN,) * (len(dims) - 1))))
    repeated = [size * factor for size, factor in zip(dims[start : start + 3], factors, strict=True)]
    return _computed(call, spec, Shape((*dims[:start], *repeated, *dims[start + 3 :])))


def _up_sampling(rank: int) -> LayerFunction:
    def up_sampling(call: LayerCall) -> LayerResult:
        spec = single_input(call)
        if rank == 1 and isinstance(call.config.get("size"), tuple | list):
            raise invalid_value(call, "size", "an integer greater than 0", help="write the integer alone")
        factors = (
            _truncated(call) if rank == 1 and call.generation == 2 else sizes(call, "size", rank, kind=ProblemKind.CROP)
        )
        interpolation = choice(call, "interpolation", _INTERPOLATIONS[call.generation]) if rank == 2 else "nearest"
        if rank == 3 and call.generation == 2:
            return _repeated(call, spec, factors)
        parts = layout(call, spec, rank)
        inputs = fixed_only_together(parts.spatial) if call.generation == 2 else parts.spatial
        spatial = tuple(size * factor for size, factor in zip(inputs, factors, strict=True))
        result = _computed(call, spec, parts.join(spatial, parts.channels))
        if call.generation == 2 and interpolation != "nearest":
            return _interpolated(result, interpolation)
        return result

    return up_sampling


for _rank in (1, 2, 3):
    layer(f"ZeroPadding{_rank}D")(_zero_padding(_rank))
    layer(f"Cropping{_rank}D")(_cropping(_rank))
    layer(f"UpSampling{_rank}D")(_up_sampling(_rank))
