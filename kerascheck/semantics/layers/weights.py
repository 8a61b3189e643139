"""Outputs and weights of layers with parameters: sizes that weights need, weights that may not be there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from kerascheck.graph import Weight
from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, Structure
from kerascheck.semantics.layers.arguments import (
    compute_dtype,
    demand_defined,
    invalid_value,
    is_size,
    output_dtype,
    positive,
    short_name,
    variable_dtype,
)
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, TensorSpec, as_int, depends_on


def units(call: LayerCall, parameter: str = "units", *, tolerant: bool = False) -> Dim:
    """A number of units, an integer greater than 0.

    Args:
        call: the call.
        parameter: the argument's name.
        tolerant: whether the layer of tf_keras takes 0, a float (which it rounds down) or a numeral in a string.

    Raises:
        ShapeProblem: it is none.
    """
    value = call.config.get(parameter)
    if tolerant and call.generation == 2:
        if isinstance(value, float) and math.isfinite(value):
            return int(value)
        if isinstance(value, str) or value == 0:
            return UNKNOWN if isinstance(value, str) else 0
    if value is None or isinstance(value, float | str | list | tuple | dict):
        help = f"{parameter}={int(value)}" if isinstance(value, float) and 1 <= value < math.inf else None
        raise invalid_value(call, parameter, "an integer greater than 0", help=help)
    return positive(call, parameter)


def defined(call: LayerCall, spec: TensorSpec, axis: int, what: str = "features") -> Dim:
    """The size of an axis that a weight's shape takes; ``axis`` must exist.

    A batch size is None only on a symbolic Keras tensor: in a ``call`` that runs eagerly it is a number we do not know.

    Raises:
        ShapeProblem: Keras sees None there, so that the weight cannot be made.
    """
    if spec.shape.dims is None:
        return UNKNOWN
    dim = spec.shape.dims[axis]
    if as_int(dim) is None and depends_on(dim) and not spec.keras_tensor:
        return UNKNOWN
    return demand_defined(call, spec, dim, axis, what)


def undefined(dim: Dim) -> bool:
    """Whether Keras certainly sees None in this place."""
    return isinstance(dim, Expression) and as_int(dim) is None


def optional(present: bool | None, *weights: Weight) -> tuple[Weight, ...]:
    """Weights that are there if a switch is on; of unknown size where the switch is not known."""
    if present is None:
        return tuple(replace(one, shape=Shape(None)) for one in weights)
    return weights if present else ()


def derived(call: LayerCall, spec: TensorSpec, shape: Shape) -> TensorSpec:
    """An output computed from ``spec`` in the layer's own dtype."""
    return TensorSpec(shape, compute_dtype(call), keras_tensor=spec.keras_tensor)


def frozen(call: LayerCall, weights: Iterable[Weight]) -> tuple[Weight, ...]:
    """The weights of the sublayers of ``call``: none of them trainable where the layer is not."""
    if call.config.get("trainable") is False:
        return tuple(replace(one, trainable=False) for one in weights)
    return tuple(weights)


def is_trainable(call: LayerCall) -> bool:
    """Whether the layer was not made with ``trainable=False``."""
    return call.config.get("trainable") is not False


def unknown_output(call: LayerCall) -> TensorSpec:
    """An output of which nothing but perhaps the dtype is known."""
    return TensorSpec(Shape(None), compute_dtype(call))


def elementwise(call: LayerCall, check: Callable[[TensorSpec], None] | None = None) -> LayerResult:
    """A layer that keeps the shape. Keras 3 lets it map over a nest of tensors; tf_keras stacks a list."""
    if call.generation == 2 and not isinstance(call.inputs, TensorSpec):
        return LayerResult(unknown_output(call))
    return LayerResult(_mapped(call, call.inputs, check))


def _mapped(call: LayerCall, structure: Structure, check: Callable[[TensorSpec], None] | None) -> Structure:
    match structure:
        case TensorSpec():
            if check is not None:
                check(structure)
            return replace(structure, dtype=output_dtype(call, structure), content=None)
        case list():
            return [_mapped(call, one, check) for one in structure]
        case tuple():
            return tuple(_mapped(call, one, check) for one in structure)
        case dict():
            return {name: _mapped(call, one, check) for name, one in structure.items()}
        case _:
            return unknown_output(call)


def axes_of(call: LayerCall, spec: TensorSpec, parameter: str = "axis") -> tuple[int, ...] | None:
    """The axes an argument names, each from 0, in the order given; None where they or the rank are not known.

    Raises:
        ShapeProblem: the input has no such axis.
    """
    value = call.config.get(parameter)
    given = tuple(value) if isinstance(value, list | tuple) else (value,)
    rank = spec.shape.rank
    if rank is None or not all(isinstance(one, int) for one in given):
        return None
    for axis in given:
        if not -rank <= axis < rank:
            raise ShapeProblem(
                ProblemKind.AXIS,
                f"{short_name(call)} has {parameter}={axis} and gets {spec.shape}, which has {rank} axes",
                label=f"axes go from {-rank} to {rank - 1}",
                help=f"{parameter}=-1 is the last axis",
                operands=(0,),
            )
    return tuple(axis % rank for axis in given)


def parameter_weight(
    call: LayerCall, name: str, shape: Shape, *, trainable: bool = True, dtype: str | None = None
) -> Weight:
    """A weight of a shape that may be unknown in all."""
    return Weight(name, shape, trainable and is_trainable(call), dtype or variable_dtype(call))


def size_value(value: object) -> Dim:
    """A configuration value as a size; unknown where it is none."""
    return value if is_size(value) else UNKNOWN


def sublayer_class(value: object) -> str | None:
    """The canonical class name of a layer that was given to a constructor; None for whatever else was given."""
    # An argument can be any object of the caller's, so this asks for what a Sublayer promises.
    name = getattr(value, "name", None)
    return name if isinstance(name, str) and isinstance(getattr(value, "config", None), Mapping) else None
