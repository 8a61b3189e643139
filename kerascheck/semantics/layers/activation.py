"""Shape functions of the activation layers: all keep the shape; PReLU alone has a weight."""

from __future__ import annotations

from dataclasses import replace

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, layer
from kerascheck.semantics.layers.arguments import invalid_value, output_dtype, single_input, weight
from kerascheck.semantics.layers.weights import axes_of, defined, derived, elementwise, parameter_weight
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec


@layer("ReLU")
def relu(call: LayerCall) -> LayerResult:
    """The shape of the input."""
    for parameter in ("max_value", "negative_slope", "threshold"):
        _check_not_negative(call, parameter, none=parameter == "max_value")
    return elementwise(call)


@layer("LeakyReLU")
def leaky_relu(call: LayerCall) -> LayerResult:
    """The shape of the input; tf_keras computes in floating point whatever goes in, and takes a negative slope."""
    if call.generation == 3:
        _check_not_negative(call, "negative_slope", none=False)
        return elementwise(call)
    if call.config.get("alpha", 0.3) is None:
        raise invalid_value(call, "alpha", "a number")
    spec = single_input(call) if isinstance(call.inputs, TensorSpec) else TensorSpec()
    return LayerResult(derived(call, spec, spec.shape))


@layer("ELU")
def elu(call: LayerCall) -> LayerResult:
    """The shape of the input."""
    if call.generation == 2 and call.config.get("alpha", 1.0) is None:
        raise invalid_value(call, "alpha", "a number")
    return elementwise(call)


@layer("ThresholdedReLU")
def thresholded_relu(call: LayerCall) -> LayerResult:
    """The shape of the input."""
    _check_not_negative(call, "theta", none=False)
    return elementwise(call)


def _check_not_negative(call: LayerCall, parameter: str, *, none: bool) -> None:
    if parameter not in call.config:
        return
    value = call.config[parameter]
    if (value is None and not none) or (isinstance(value, int | float) and value < 0):
        raise invalid_value(call, parameter, "a number that is not negative")


@layer("Softmax")
def softmax(call: LayerCall) -> LayerResult:
    """The shape of the input. Keras 3 builds a model with an axis that is not there, and fails when it runs."""
    return elementwise(call, lambda spec: _check_axes(call, spec))


def _check_axes(call: LayerCall, spec: TensorSpec) -> None:
    axes_of(call, spec)


@layer("PReLU")
def prelu(call: LayerCall) -> LayerResult:
    """The shape of the input; one slope for each place of a sample, axes named in ``shared_axes`` counting as one."""
    spec = single_input(call)
    output = replace(spec, dtype=output_dtype(call, spec), content=None)
    shared = _shared_axes(call)
    if spec.shape.dims is None or shared is None:
        rank = spec.shape.rank
        shape = Shape(None if rank is None else (UNKNOWN,) * (rank - 1))
        return LayerResult(output, (parameter_weight(call, "alpha", shape),))
    _check_shared(call, spec, shared)
    rank = len(spec.shape.dims)
    # Keras sets element ``axis - 1`` of the sample's shape to 1, with Python's meaning of a negative index.
    ones = {(axis - 1) % (rank - 1) + 1 for axis in shared}
    sizes: tuple[Dim, ...] = tuple(
        1 if axis in ones else defined(call, spec, axis, "positions") for axis in range(1, rank)
    )
    return LayerResult(output, (weight(call, "alpha", *sizes),))


def _shared_axes(call: LayerCall) -> tuple[int, ...] | None:
    value = call.config.get("shared_axes")
    if value is None:
        return ()
    given = tuple(value) if isinstance(value, list | tuple) else (value,)
    return given if all(isinstance(axis, int) for axis in given) else None


def _check_shared(call: LayerCall, spec: TensorSpec, shared: tuple[int, ...]) -> None:
    rank = spec.shape.rank or 0
    for axis in shared:
        if not -(rank - 1) <= axis - 1 < rank - 1:
            raise ShapeProblem(
                ProblemKind.AXIS,
                f"PReLU has shared_axes={list(shared)} and gets {spec.shape}, which has no axis {axis} in a sample",
                label=f"axes of a sample go from 1 to {rank - 1}",
                operands=(0,),
            )
