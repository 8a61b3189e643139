"""Shape functions of the convolutional LSTMs: a convolution of each step, and LSTM gates on the result."""

from __future__ import annotations

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import LayerCall, LayerResult, Structure, layer
from kerascheck.semantics.layers.arguments import (
    AXIS_NAMES,
    certainly_less,
    channels_first,
    choice,
    demand_rank,
    flag,
    invalid_value,
    plain,
    positive,
    short_name,
    single_input,
    sizes,
    weight,
)
from kerascheck.semantics.layers.weights import defined, derived, optional, undefined, unknown_output
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, ceil_div, floor_div


@layer("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
def conv_lstm(call: LayerCall) -> LayerResult:
    """``(batch, time, ..., channels)`` to ``(batch, ..., filters)``, with the time axis if ``return_sequences``."""
    spatial = int(call.name[-2])
    spec = single_input(call)
    filters = positive(call, "filters")
    kernel = sizes(call, "kernel_size", spatial)
    _check_strides(call, spatial)
    first = channels_first(call)
    names = ("channels", *AXIS_NAMES[spatial]) if first else (*AXIS_NAMES[spatial], "channels")
    dims = demand_rank(call, spec, spatial + 3, ("batch", "time", *names))
    _check_static(call, spec, spatial, first)
    channels = UNKNOWN if first is None else defined(call, spec, 2 if first else -1, "channels")
    weights = (
        weight(call, "kernel", *kernel, channels, 4 * filters),
        weight(call, "recurrent_kernel", *kernel, filters, 4 * filters),
        *optional(flag(call, "use_bias"), weight(call, "bias", 4 * filters)),
    )
    if first is None:
        step: tuple[Dim, ...] = (UNKNOWN,) * (spatial + 1)
    else:
        moved = _convolved(call, spec, dims[3:] if first else dims[2:-1], kernel)
        step = (filters, *moved) if first else (*moved, filters)
    updates = 2 if flag(call, "stateful") else 0
    return LayerResult(_outputs(call, spec, dims, step), weights, updates)


def _outputs(call: LayerCall, spec: TensorSpec, dims: tuple[Dim, ...], step: tuple[Dim, ...]) -> Structure:
    sequences, state = flag(call, "return_sequences"), flag(call, "return_state")
    if state is None:
        return unknown_output(call)
    last = derived(call, spec, Shape((dims[0], *step)))
    output = last
    if sequences is not False:
        output = unknown_output(call) if sequences is None else derived(call, spec, Shape((*dims[:2], *step)))
    if not state:
        return output
    return (output, last, last) if call.generation == 3 else [output, last, last]


def _check_strides(call: LayerCall, spatial: int) -> None:
    strides, dilation = sizes(call, "strides", spatial), sizes(call, "dilation_rate", spatial)
    choice(call, "padding", {"valid", "same"})
    if _above_one(strides) and _above_one(dilation):
        raise invalid_value(call, "dilation_rate", f"1, as strides is {plain(strides)},")


def _above_one(values: tuple[Dim, ...]) -> bool:
    return any(isinstance(value, int) and value > 1 for value in values)


def _check_static(call: LayerCall, spec: TensorSpec, spatial: int, first: bool | None) -> None:
    """What has no fixed size, where Keras wants one: Keras 3 in space, and both in the batch of a stateful layer."""
    if spec.shape.dims is None or not spec.keras_tensor:
        return
    space = () if first is None else spec.shape.dims[3:] if first else spec.shape.dims[2:-1]
    if call.generation == 3 and any(undefined(dim) for dim in space):
        raise ShapeProblem(
            ProblemKind.UNDEFINED,
            f"{short_name(call)} needs fixed sizes of its {spatial} spatial axes and gets {spec.shape}",
            label="a spatial axis is None",
            help="fix the spatial sizes in the Input's shape",
            operands=(0,),
        )
    if flag(call, "stateful") and undefined(spec.shape.dims[0]):
        raise ShapeProblem(
            ProblemKind.UNDEFINED,
            f"{short_name(call)} with stateful=True needs a fixed batch size and gets {spec.shape}",
            label="the batch axis is None",
            help="give the Input a batch_size",
            operands=(0,),
        )


def _convolved(call: LayerCall, spec: TensorSpec, space: tuple[Dim, ...], kernel: tuple[Dim, ...]) -> tuple[Dim, ...]:
    strides, dilation = sizes(call, "strides", len(space)), sizes(call, "dilation_rate", len(space))
    match choice(call, "padding", {"valid", "same"}):
        case None:
            return (UNKNOWN,) * len(space)
        case "same":
            return tuple(ceil_div(size, stride) for size, stride in zip(space, strides, strict=True))
    extents = tuple(rate * (size - 1) + 1 for size, rate in zip(kernel, dilation, strict=True))
    if any(certainly_less(size, extent) for size, extent in zip(space, extents, strict=True)):
        raise ShapeProblem(
            ProblemKind.NEGATIVE,
            f"kernel size {plain(kernel)} of {short_name(call)} is larger than its input {spec.shape}",
            label=f"it spans {plain(extents)}, and nothing is left",
            help='use `padding="same"` or a smaller kernel',
            operands=(0,),
        )
    return tuple(
        floor_div(size - extent, stride) + 1 for size, extent, stride in zip(space, extents, strides, strict=True)
    )
