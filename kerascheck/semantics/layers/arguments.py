"""What the shape functions of layers share: reading a layer's configuration and its inputs.

A value the caller does not know is UNKNOWN and stays so; a helper raises only where Keras certainly does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, TypeGuard

from kerascheck.graph import Weight
from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.records import immutable
from kerascheck.semantics.api import LayerCall
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, TensorSpec, Unknown, as_int
from kerascheck.shapes.dim import bounds

AXIS_NAMES = {1: ("steps",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""What the spatial axes of 1D, 2D and 3D layers are called."""

_MIXED_POLICIES = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})


def short_name(call: LayerCall) -> str:
    """The class's own name: ``Conv2D``."""
    return call.name.removeprefix("keras.layers.")


def is_size(value: object) -> TypeGuard[int | Expression]:
    """Whether a configuration value is a size, fixed or symbolic."""
    return isinstance(value, int | Expression)


# Configuration


def invalid_value(
    call: LayerCall,
    parameter: str,
    expected: str,
    *,
    help: str | None = None,
    kind: ProblemKind = ProblemKind.VALUE,
) -> ShapeProblem:
    """The problem of an argument that the layer's constructor refuses."""
    value = call.config.get(parameter)
    return ShapeProblem(
        kind,
        f"{short_name(call)} takes {expected} as {parameter} and gets {value!r}",
        label=f"{parameter}={value!r}",
        help=help,
    )


def sizes(
    call: LayerCall, parameter: str, count: int, *, zero: bool = False, kind: ProblemKind = ProblemKind.VALUE
) -> tuple[Dim, ...]:
    """The ``count`` sizes that an argument such as ``kernel_size`` stands for: one for all axes, or one each.

    Raises:
        ShapeProblem: it has another length, or holds a size that is not positive (``zero``: that is negative), which
            is a problem of ``kind``.
    """
    value = call.config.get(parameter)
    expected = f"{count_of(count, 'integer')} {'that are not negative' if zero else 'greater than 0'}"
    if value is None or isinstance(value, float | str):
        raise invalid_value(call, parameter, expected)
    if is_size(value):
        value = (value,) * count
    if not isinstance(value, tuple | list):
        return (UNKNOWN,) * count
    if len(value) != count or any(size is None or isinstance(size, tuple | list) for size in value):
        raise invalid_value(call, parameter, expected)
    if any(isinstance(size, int) and size < (0 if zero else 1) for size in value):
        raise invalid_value(call, parameter, expected, kind=kind)
    return tuple(size if is_size(size) else UNKNOWN for size in value)


def count_of(count: int, noun: str) -> str:
    """``2 integers``, ``1 integer``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def positive(call: LayerCall, parameter: str) -> Dim:
    """A size that must be at least one, such as ``filters``.

    Raises:
        ShapeProblem: it is zero or negative.
    """
    value = call.config.get(parameter)
    if isinstance(value, int) and value <= 0:
        raise invalid_value(call, parameter, "an integer greater than 0")
    return value if is_size(value) else UNKNOWN


def choice(
    call: LayerCall, parameter: str, allowed: Collection[str], *, default: str | None = None, any_case: bool = True
) -> str | None:
    """One of several strings, in lower case; None where it is not known.

    Raises:
        ShapeProblem: it is a string, and none of ``allowed``.
    """
    value = call.config.get(parameter)
    if value is None:
        return default
    if not isinstance(value, str):
        return None
    spelled = value.lower() if any_case else value
    if spelled not in allowed:
        raise invalid_value(call, parameter, " or ".join(f'"{name}"' for name in sorted(allowed)))
    return spelled


def flag(call: LayerCall, parameter: str) -> bool | None:
    """An argument that switches something on; None where it is not known."""
    value = call.config.get(parameter)
    if value is None or isinstance(value, bool | int):
        return bool(value)
    return None


def channels_first(call: LayerCall, *, any_case: bool = True) -> bool | None:
    """Whether the channels are axis 1, None where ``data_format`` is not known; Keras ships with channels last.

    Raises:
        ShapeProblem: ``data_format`` is another string.
    """
    found = choice(call, "data_format", {"channels_first", "channels_last"}, default="channels_last", any_case=any_case)
    return None if found is None else found == "channels_first"


# Data types


def compute_dtype(call: LayerCall) -> str | None:
    """The dtype the layer computes in: that of its policy."""
    policy = call.config.get("dtype")
    if policy is None:
        return "float32"
    return _MIXED_POLICIES.get(policy, policy) if isinstance(policy, str) else None


def variable_dtype(call: LayerCall) -> str | None:
    """The dtype of the layer's weights: float32 under a mixed policy."""
    policy = call.config.get("dtype")
    if policy is None or (isinstance(policy, str) and policy in _MIXED_POLICIES):
        return "float32"
    return policy if isinstance(policy, str) else None


def cast_dtype(call: LayerCall, dtype: str | None) -> str | None:
    """``dtype`` as it arrives inside the layer, which casts what is floating point to its own dtype."""
    target = compute_dtype(call)
    if dtype in _FLOATS and (target is None or target in _FLOATS):
        return target
    return dtype


def output_dtype(call: LayerCall, spec: TensorSpec) -> str | None:
    """The dtype of the output of a layer that only moves values about.

    Keras 3 takes the layer's own dtype for every layer that computes its output's shape, whatever goes in; in tf_keras
    integers stay integers.
    """
    return compute_dtype(call) if call.generation == 3 else cast_dtype(call, spec.dtype)


def weight(call: LayerCall, name: str, *dims: Dim, trainable: bool = True) -> Weight:
    """A weight of the layer; not trainable where the whole layer is not."""
    effective = trainable and call.config.get("trainable") is not False
    return Weight(name, Shape(dims), effective, variable_dtype(call))


# Inputs


def single_input(call: LayerCall, *, list_of_one: bool = False) -> TensorSpec:
    """The one tensor the layer is called on; an unknown one where that is not clear.

    ``list_of_one`` says that the layer does not refuse a list of one tensor.

    Raises:
        ShapeProblem: it is called on a list of tensors.
    """
    match call.inputs:
        case TensorSpec():
            return call.inputs
        case list() | tuple() if len(call.inputs) > list_of_one and len(list(tensors(call.inputs))) == len(call.inputs):
            raise ShapeProblem(
                ProblemKind.INPUTS,
                f"{short_name(call)} takes one tensor and gets a list of {len(call.inputs)}",
                label="one input is expected",
                help="join them first, for example with `keras.layers.Concatenate()`"
                if len(call.inputs) > 1
                else "pass the tensor itself, not a list",
            )
    return TensorSpec()


@immutable()
class Layout:
    """A shape taken apart: the leading axes, the spatial ones and the channels."""

    leading: tuple[Dim, ...]
    spatial: tuple[Dim, ...]
    channels: Dim
    first: bool | None

    def join(self, spatial: tuple[Dim, ...], channels: Dim) -> Shape:
        """The shape with other spatial sizes and channels; these are unknown where ``data_format`` is."""
        match self.first:
            case None:
                return Shape(self.leading + (UNKNOWN,) * (len(spatial) + 1))
            case True:
                return Shape((*self.leading, channels, *spatial))
            case _:
                return Shape((*self.leading, *spatial, channels))


def layout(call: LayerCall, spec: TensorSpec, spatial: int, *, more_axes: bool = False) -> Layout:
    """The input of a layer with that many spatial axes, taken apart by its ``data_format``.

    ``more_axes`` allows further leading axes, all treated as the batch.

    Raises:
        ShapeProblem: the input has another rank.
    """
    first = channels_first(call)
    names = ("batch", "channels", *AXIS_NAMES[spatial]) if first else ("batch", *AXIS_NAMES[spatial], "channels")
    rank = spec.shape.rank
    demanded = rank if more_axes and rank is not None and rank > spatial + 2 else spatial + 2
    dims = demand_rank(call, spec, demanded, () if first is None else names)
    count = len(dims) - spatial - 1
    leading, rest = dims[:count], dims[count:]
    if first is None:
        return Layout(leading, (UNKNOWN,) * spatial, UNKNOWN, None)
    return Layout(leading, rest[1:], rest[0], True) if first else Layout(leading, rest[:-1], rest[-1], False)


def demand_rank(call: LayerCall, spec: TensorSpec, rank: int, names: tuple[str, ...] = ()) -> tuple[Dim, ...]:
    """The input's sizes, all unknown where not even the rank is known.

    Raises:
        ShapeProblem: the input has another rank.
    """
    dims = spec.shape.dims
    if dims is None:
        return (UNKNOWN,) * rank
    if len(dims) == rank:
        return dims
    axes = f"{rank} axes ({', '.join(names)})" if names else f"{rank} axes"
    raise ShapeProblem(
        ProblemKind.RANK,
        f"{short_name(call)} takes {axes} and gets {spec.shape}",
        label=f"{rank} axes are expected, {len(dims)} given",
        help=_rank_help(call, spec.shape, rank, names),
        operands=(0,),
    )


def _rank_help(call: LayerCall, shape: Shape, rank: int, names: tuple[str, ...]) -> str | None:
    """How to give a layer over images, sequences or volumes the axes it takes."""
    dims = shape.dims or ()
    if "channels" not in names:
        return None
    if len(dims) == rank - 1 and len(dims) > 1:
        target = [as_int(dim) for dim in dims[1:]]
        if None not in target:
            target.insert(0 if names[1] == "channels" else len(target), 1)
            return f"add the missing axis: `keras.layers.Reshape({tuple(target)})`"
    if len(dims) == rank + 1:
        name = short_name(call)
        if "1D" in name:
            return f"use `keras.layers.{name.replace('1D', '2D')}`"
        return f"apply it to each step: `keras.layers.TimeDistributed(keras.layers.{name}(...))`"
    return None


def demand_defined(call: LayerCall, spec: TensorSpec, dim: Dim, axis: int, what: str = "channels") -> Dim:
    """The size of an axis that a weight's shape depends on.

    Raises:
        ShapeProblem: the size is None in Keras's terms, so that the weight cannot be made.
    """
    known = as_int(dim)
    if known is not None:
        return known
    if isinstance(dim, Unknown):
        return UNKNOWN
    raise ShapeProblem(
        ProblemKind.UNDEFINED,
        f"{short_name(call)} needs to know the number of {what} and gets {spec.shape}",
        label=f"axis {axis} is None",
        help=f"give axis {axis} a fixed size in the Input's shape",
        operands=(0,),
    )


def certainly_less(left: Dim, right: Dim) -> bool:
    """Whether ``left`` is less than ``right`` for all sizes of at least one."""
    lowest, _ = bounds(right - left)
    return lowest is not None and lowest > 0


def fixed_only_together(spatial: tuple[Dim, ...]) -> tuple[Dim, ...]:
    """Sizes that tf_keras leaves to TensorFlow: it keeps those that are fixed only where all are."""
    if all(as_int(size) is not None for size in spatial):
        return spatial
    return tuple(UNKNOWN if as_int(size) is not None else size for size in spatial)


def tensors(structure: object) -> Iterator[TensorSpec]:
    """The tensors in a flat list; none for anything else."""
    if isinstance(structure, list | tuple):
        yield from (one for one in structure if isinstance(one, TensorSpec))


def plain(values: tuple[Dim, ...]) -> Any:
    """Sizes as the user writes them: ``3`` for one, ``(3, 3)`` for several."""
    return values[0] if len(values) == 1 else values
