"""Locally connected layers, which only tf_keras has: convolutions with a kernel of its own for every position."""

from __future__ import annotations

from kerascheck.graph import Weight
from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, layer
from kerascheck.semantics.layers.arguments import (
    certainly_less,
    channels_first,
    choice,
    demand_defined,
    flag,
    invalid_value,
    layout,
    short_name,
    single_input,
    sizes,
)
from kerascheck.semantics.layers.weights import derived, optional, parameter_weight, size_value
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, ceil_div, floor_div
from kerascheck.shapes.dim import product

BY_POSITION, BY_PAIR = 1, 2
"""What ``implementation`` says of the kernel: a matrix for each position of the output, or for each pair of positions.
The third holds the same weights as the second without those that are always 0."""


@layer("LocallyConnected1D", "LocallyConnected2D")
def locally_connected(call: LayerCall) -> LayerResult:
    """``(batch, *spatial, channels)`` to ``(batch, *output, filters)``; bias ``(*output, filters)``.

    The sizes have to be known when it is built, since its weights are as many as its positions.
    """
    rank = 1 if short_name(call).endswith("1D") else 2
    spec = single_input(call)
    filters = size_value(call.config.get("filters"))
    kernel, strides = sizes(call, "kernel_size", rank), sizes(call, "strides", rank)
    padding = choice(call, "padding", {"valid", "same"})
    implementation = call.config.get("implementation")
    if implementation == BY_POSITION and padding == "same":
        raise invalid_value(call, "padding", '"valid" with implementation=1')
    parts = layout(call, spec, rank)
    first = channels_first(call)
    channel_axis = 1 if first else -1
    channels = demand_defined(call, spec, parts.channels, channel_axis)
    spatial = tuple(
        demand_defined(call, spec, size, axis + (2 if first else 1), "sizes") for axis, size in enumerate(parts.spatial)
    )
    output = _output(call, spec, spatial, kernel, strides, padding)
    shape = UNKNOWN_RANK if first is None else Shape((*parts.leading, filters, *output) if first else (
        *parts.leading, *output, filters
    ))  # fmt: skip
    use_bias = flag(call, "use_bias")
    bias = parameter_weight(call, "bias", Shape((*output, filters)))
    weights = (_kernel(call, implementation, spatial, output, kernel, channels, filters), *optional(use_bias, bias))
    return LayerResult(derived(call, spec, shape), weights)


UNKNOWN_RANK = Shape(None)


def _output(
    call: LayerCall,
    spec: TensorSpec,
    spatial: tuple[Dim, ...],
    kernel: tuple[Dim, ...],
    strides: tuple[Dim, ...],
    padding: str | None,
) -> tuple[Dim, ...]:
    if padding is None:
        return (UNKNOWN,) * len(spatial)
    if padding == "same":
        return tuple(ceil_div(size, stride) for size, stride in zip(spatial, strides, strict=True))
    if any(certainly_less(size, width) for size, width in zip(spatial, kernel, strict=True)):
        raise ShapeProblem(
            ProblemKind.NEGATIVE,
            f"the kernel of {short_name(call)} is larger than its input {spec.shape}",
            label="nothing is left",
            help="use a smaller kernel",
            operands=(0,),
        )
    moved = zip(spatial, kernel, strides, strict=True)
    return tuple(floor_div(size - width, stride) + 1 for size, width, stride in moved)


def _kernel(
    call: LayerCall,
    implementation: object,
    spatial: tuple[Dim, ...],
    output: tuple[Dim, ...],
    kernel: tuple[Dim, ...],
    channels: Dim,
    filters: Dim,
) -> Weight:
    match implementation:
        case 1:
            shape = Shape((product(output), product(kernel) * channels, filters))
        case 2 if channels_first(call) is not None:
            shape = Shape(
                (channels, *spatial, filters, *output)
                if channels_first(call)
                else (*spatial, channels, *output, filters)
            )
        case _:
            shape = UNKNOWN_RANK
    return parameter_weight(call, "kernel", shape)
