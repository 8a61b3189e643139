"""Which axes of its operand a call works along: what the rules about the batch axis ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascheck.semantics.api import OpInfo
from kerascheck.semantics.ops.arguments import axes_argument
from kerascheck.semantics.ops.axis_rules import AxisRule, Missing
from kerascheck.shapes import Unknown


def reduced_axes(info: OpInfo, arguments: Mapping[str, Any], rank: int) -> tuple[int, ...] | None:
    """The axes that a call reduces over, or works along, counted from the front and in order.

    Every axis for a function that takes a missing axis for all of them; axis 0 for ``tf.math.argmax``, the last for
    ``tf.nn.softmax``. None where the axes are not known, where the operand has no such axis, or where the function
    has no axis at all.

    Args:
        info: the function's shape rule.
        arguments: the call's arguments by parameter name, with the defaults applied.
        rank: the rank of the operand.
    """
    if isinstance(info.function, AxisRule):
        return info.function.axes(arguments, rank)
    if info.axis is None:
        return None
    match axes_argument(arguments.get(info.axis)):
        case Unknown():
            return None
        case None:
            return tuple(range(rank))
        case axes:
            in_range = all(-rank <= axis < rank for axis in axes)
            return tuple(sorted({axis % rank for axis in axes})) if in_range else None


def is_full_reduction(info: OpInfo, arguments: Mapping[str, Any]) -> bool:
    """Whether a call certainly works on all axes because no axis was given: ``tf.reduce_mean(x)``."""
    if isinstance(info.function, AxisRule):
        return info.function.missing in {Missing.ALL, Missing.FLATTEN} and info.function.given(arguments) is None
    return info.axis is not None and info.axis in arguments and arguments[info.axis] is None


def window_axes(name: str, info: OpInfo, arguments: Mapping[str, Any], rank: int) -> tuple[int, ...]:
    """The axes that a convolution, a pooling or a Fourier transform mixes elements along; none for other functions.

    Args:
        name: the function's canonical name.
        info: its shape rule.
        arguments: the call's arguments by parameter name.
        rank: the rank of the operand.
    """
    from kerascheck.semantics.ops.windows import Convolution, Pooling, channel_axis

    if isinstance(info.function, Convolution | Pooling):
        channel = channel_axis(arguments.get("data_format"))
        return () if channel is None else tuple(axis for axis in range(1, rank) if axis != channel % rank)
    last = TRANSFORMED_AXES.get(name, 0)
    return tuple(range(rank - last, rank)) if last <= rank else ()


TRANSFORMED_AXES: Mapping[str, int] = {
    f"tf.signal.{prefix}{kind}": width
    for prefix in ("", "i", "r", "ir")
    for kind, width in (("fft", 1), ("fft2d", 2), ("fft3d", 3))
}
"""How many of the last axes a Fourier transform works along."""
