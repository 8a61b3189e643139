"""Reads the arguments of a call: tensors, sizes, axes and dtypes out of whatever the user wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kerascheck.problems import ProblemKind, ShapeProblem
from kerascheck.semantics.api import OpCall
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, TensorSpec, Unknown, as_int, unify
from kerascheck.shapes.tensor import Content

SCALAR = Shape(())
LONGEST_CONTENT = 64
"""A tensor of more elements than this carries no content."""

FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})
COMPLEX = frozenset({"complex64", "complex128"})
INTEGERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"})
DTYPES = FLOATS | COMPLEX | INTEGERS | {"bool", "string"}


def argument(call: OpCall, name: str) -> Any:
    """The argument called ``name``; UNKNOWN where the call does not have it."""
    return call.arguments.get(name, UNKNOWN)


def first_given(arguments: Mapping[str, Any], *names: str) -> Any:
    """The first of several spellings of one parameter that is not None, as ``axis`` and ``reduction_indices``."""
    for name in names:
        value = arguments.get(name)
        if value is not None:
            return value
    return None


def tensor(value: Any) -> TensorSpec:
    """``value`` as the tensor that a function makes of its argument."""
    match value:
        case TensorSpec():
            return value
        case bool():
            return TensorSpec(SCALAR, "bool", value)
        case int() | float() | str() | Expression():
            return TensorSpec(SCALAR, None, value)
        case complex():
            return TensorSpec(SCALAR)
        case list() | tuple():
            return _stacked([tensor(element) for element in value])
    return TensorSpec()


def _stacked(elements: list[TensorSpec]) -> TensorSpec:
    keras_tensor = any(element.keras_tensor for element in elements)
    if not elements:
        return TensorSpec(Shape.of(0), "float32", ())
    common = unify(element.shape for element in elements)
    if common.dims is None:
        return TensorSpec(keras_tensor=keras_tensor)
    dtypes = {element.dtype for element in elements}
    dtype = dtypes.pop() if len(dtypes) == 1 else None
    shape = Shape((len(elements), *common.dims))
    return TensorSpec(shape, dtype, tuple_content(element.content for element in elements), keras_tensor)


def tuple_content(contents: Iterable[Content | None]) -> Content | None:
    """The content of a tensor whose elements along axis 0 hold ``contents``; None where one is not known."""
    found: list[Content] = []
    for content in contents:
        if content is None:
            return None
        found.append(content)
    return tuple(found) if len(found) <= LONGEST_CONTENT else None


def tensors(value: Any) -> list[TensorSpec] | None:
    """The tensors of a list argument, or None where it is not known which they are.

    A tensor given for a list stands for its slices along axis 0.
    """
    match value:
        case list() | tuple():
            return [tensor(element) for element in value]
        case TensorSpec(shape=Shape(dims=dims)) if dims:
            count = as_int(dims[0])
            if count is not None and count <= LONGEST_CONTENT:
                return [TensorSpec(Shape(dims[1:]), value.dtype, None, value.keras_tensor)] * count
    return None


def dim_of(value: Any) -> Dim:
    """The size that a scalar argument stands for; UNKNOWN where that is not known."""
    match value:
        case bool():
            return int(value)
        case int() | Expression():
            return value
        case TensorSpec(content=content) if content is not None:
            if isinstance(content, tuple):
                return dim_of(content[0]) if len(content) == 1 else UNKNOWN
            return dim_of(content)
    return UNKNOWN


def sizes(value: Any, missing: Dim = UNKNOWN) -> tuple[Dim, ...] | None:
    """The sizes that a shape argument lists, or None where not even their number is known.

    ``missing`` is what a None among them stands for.
    """
    match value:
        case list() | tuple():
            found: list[Dim] = []
            for element in value:
                if isinstance(element, (list, tuple)):
                    return None
                found.append(missing if element is None else dim_of(element))
            return tuple(found)
        case bool():
            return None
        case int() | Expression():
            return (value,)
        case Shape(dims=dims):
            return dims
        case TensorSpec():
            return _tensor_sizes(value)
    return None


def _tensor_sizes(value: TensorSpec) -> tuple[Dim, ...] | None:
    if value.shape.dims is None and isinstance(value.content, Expression):
        # One size, or what only stands for one: an argument that nobody gave may be several.
        return None
    match value.content:
        case tuple() as content:
            return tuple(dim_of(element) for element in content)
        case int() | Expression() as content if not isinstance(content, bool):
            return (content,)
    dims = value.shape.dims
    if dims is not None and len(dims) == 1:
        count = as_int(dims[0])
        if count is not None and count <= LONGEST_CONTENT:
            return (UNKNOWN,) * count
    return None


def integer(value: Any) -> int | None:
    """A whole number argument, or None where it is not known."""
    return as_int(dim_of(value))


def flag(value: Any) -> bool | None:
    """A truth value argument (None counts as False), or None where it is not known."""
    match value:
        case None:
            return False
        case bool() | int():
            return bool(value)
    return None


def axes_argument(value: Any) -> tuple[int, ...] | Unknown | None:
    """An axis argument: None as given, else its axes as a tuple; UNKNOWN where one is not known."""
    if value is None:
        return None
    listed = sizes(value)
    if listed is None:
        return UNKNOWN
    found: list[int] = []
    for axis in map(as_int, listed):
        if axis is None:
            return UNKNOWN
        found.append(axis)
    return tuple(found)


def normal_axis(axis: int, rank: int, shape: Shape, *, extra: int = 0) -> int:
    """``axis`` counted from the front; raises AXIS where ``rank`` axes (and ``extra`` new ones) have none such."""
    total = rank + extra
    if not -total <= axis < total:
        raise ShapeProblem(
            ProblemKind.AXIS,
            f"axis {axis} is out of range for shape {shape}",
            label=f"axis {axis} of a tensor of rank {rank}",
            help=f"use an axis from {-total} to {total - 1}" if total else "leave the axis out: the tensor is a scalar",
            operands=(0,),
        )
    return axis % total


def dtype_name(value: Any, default: str | None = None) -> str | None:
    """The name of a dtype argument; ``default`` where it is None, and None where it is not known."""
    match value:
        case None:
            return default
        case str():
            name = value.rsplit(".", 1)[-1]
            return name if name in DTYPES else None
    return None


def unknown_like(*operands: TensorSpec) -> TensorSpec:
    """A tensor nothing is known of, but whether it is a KerasTensor."""
    return TensorSpec(keras_tensor=any(operand.keras_tensor for operand in operands))


def result(shape: Shape, dtype: str | None, *operands: TensorSpec, content: Content | None = None) -> TensorSpec:
    """The tensor an op makes of ``operands``."""
    # A loop, as this is asked for each op: a generator takes three times as long to make as to run.
    for operand in operands:
        if operand.keras_tensor:
            return TensorSpec(shape, dtype, content, True)
    return TensorSpec(shape, dtype, content)
