"""Which axes a call works along, and what that leaves of its operand's shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kerascheck.semantics.ops.arguments import axes_argument, first_given, normal_axis, tensor
from kerascheck.shapes import Shape, Unknown


class Missing(Enum):
    """What a function takes for its axis when that is None."""

    ALL = "all axes, one by one or together"
    FLATTEN = "the operand is flattened first"
    FIRST = "axis 0"
    LAST = "axis -1"


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisRule:
    """How a function reads its axis.

    Attributes:
        operand: the parameter of the tensor.
        axis: the parameters that may name the axes, the first given counts; empty where the function has none.
        missing: what no axis means.
    """

    operand: str = "x"
    axis: tuple[str, ...] = ("axis",)
    missing: Missing = Missing.ALL

    def given(self, arguments: Mapping[str, Any]) -> tuple[int, ...] | Unknown | None:
        """The axes as the user wrote them: None for none, UNKNOWN where not known."""
        return axes_argument(first_given(arguments, *self.axis)) if self.axis else None

    def axes(self, arguments: Mapping[str, Any], rank: int, *, strict: bool = False) -> tuple[int, ...] | None:
        """The axes counted from the front, in order; None where not known.

        ``strict`` raises AXIS for an axis that the operand does not have; otherwise such a call is not known.
        """
        given = self.given(arguments)
        match given:
            case Unknown():
                return None
            case None:
                given = self._default(rank)
        if not strict and any(not -rank <= axis < rank for axis in given):
            return None
        shape = tensor(arguments.get(self.operand)).shape
        return tuple(sorted({normal_axis(axis, rank, shape) for axis in given}))

    def _default(self, rank: int) -> tuple[int, ...]:
        match self.missing:
            case Missing.FIRST:
                return (0,) if rank else ()
            case Missing.LAST:
                return (-1,) if rank else ()
        return tuple(range(rank))


def without_axes(shape: Shape, axes: tuple[int, ...], *, keepdims: bool) -> Shape:
    """``shape`` with ``axes`` (counted from the front) taken away, or left with a size of one."""
    dims = shape.dims or ()
    if keepdims:
        return Shape(tuple(1 if axis in axes else dim for axis, dim in enumerate(dims)))
    return Shape(tuple(dim for axis, dim in enumerate(dims) if axis not in axes))
