"""The values of a graph's little sums about axes and sizes: what ``tf.nn.softmax(x, axis=0)`` computes to permute by.

Only ops that a constant can flow through are followed, and only small values are kept; nothing of the model is run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kerascheck.tracer.library import Live

SMALL = 64
"""The most elements that a value may have."""

MAXIMUM_DEPTH = 40
"""How many ops lie at most between a value and the constants it is computed from."""

Array: TypeAlias = Any
"""A NumPy array."""


@dataclass(slots=True)
class Constants:
    """The values of the small constant tensors of a graph and of the graphs within it.

    Attributes:
        outer: for what a body takes and does not change, the tensor that its op was given, by id.
        known: the values found so far, None for a tensor that is no constant, by id.
    """

    outer: dict[int, Live] = field(default_factory=dict)
    known: dict[int, Array | None] = field(default_factory=dict)
    kept: list[Live] = field(default_factory=list)

    def take_captures(self, graph: Live) -> None:
        """Know the small constants that were made outside the graph and are used in it."""
        for outer, inner in getattr(graph, "captures", ()):
            if _is_small(outer) and callable(getattr(outer, "numpy", None)):
                self.known[id(inner)] = outer.numpy()
                self.kept.append(inner)

    def value(self, tensor: Live, depth: int = 0) -> Array | None:
        """The value of ``tensor``, None where it is no small constant."""
        key = id(tensor)
        if key not in self.known:
            self.kept.append(tensor)
            self.known[key] = None
            self.known[key] = self._value(tensor, depth)
        return self.known[key]

    def _value(self, tensor: Live, depth: int) -> Array | None:
        given = self.outer.get(id(tensor))
        if given is not None:
            return self.value(given, depth + 1)
        operation = tensor.op
        kind = operation.type
        if kind == "Const":
            return _of_const(tensor)
        if kind in _OF_SHAPES:
            return _of_shape(kind, operation.inputs[0])
        fold = FOLDS.get(kind)
        if fold is None or depth > MAXIMUM_DEPTH or not _is_small(tensor, open_too=True):
            return None
        values = [self.value(each, depth + 1) for each in operation.inputs]
        if any(value is None for value in values):
            return None
        try:
            result = fold(operation, values)
        except (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError):
            return None
        return _checked(tensor, result)


def _is_small(tensor: Live, *, open_too: bool = False) -> bool:
    """Whether a tensor has few numbers; with ``open_too``, it may have."""
    if not tensor.dtype.is_numpy_compatible or tensor.dtype.name == "string":
        return False
    size = tensor.shape.num_elements()
    return open_too if size is None else size <= SMALL


def _of_const(tensor: Live) -> Array | None:
    if not _is_small(tensor):
        return None
    from tensorflow.python.framework import tensor_util

    return tensor_util.MakeNdarray(tensor.op.node_def.attr["value"].tensor)


_OF_SHAPES = frozenset({"Shape", "Size", "Rank"})


def _of_shape(kind: str, operand: Live) -> Array | None:
    """What an op says of its operand's sizes, where they are fixed."""
    import numpy

    shape = operand.shape
    if shape.rank is None:
        return None
    if kind == "Rank":
        return numpy.asarray(shape.rank)
    if not shape.is_fully_defined():
        return None
    return numpy.asarray(shape.as_list() if kind == "Shape" else shape.num_elements())


def _checked(tensor: Live, result: Any) -> Array | None:
    """The result in the tensor's own dtype; None where its shape is not the tensor's, which would be a wrong fold."""
    import numpy

    value = numpy.asarray(result).astype(tensor.dtype.as_numpy_dtype)
    if value.size > SMALL or not tensor.shape.is_compatible_with(value.shape):
        return None
    return value


Fold: TypeAlias = Callable[[Live, Sequence[Array]], Any]


def _element_wise(name: str) -> Fold:
    def fold(operation: Live, values: Sequence[Array]) -> Any:
        del operation
        import numpy

        return getattr(numpy, name)(*values)

    return fold


def _reduce(name: str) -> Fold:
    def fold(operation: Live, values: Sequence[Array]) -> Any:
        import numpy

        axes = tuple(int(axis) for axis in values[1].reshape(-1))
        return getattr(numpy, name)(values[0], axis=axes, keepdims=bool(operation.get_attr("keep_dims")))

    return fold


def _strided_slice(operation: Live, values: Sequence[Array]) -> Any:
    operand, begin, end, strides = values
    masks = {
        name: int(operation.get_attr(f"{name}_mask"))
        for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    }
    key: list[Any] = []
    for place in range(len(begin)):
        bit = 1 << place
        if masks["ellipsis"] & bit:
            key.append(Ellipsis)
        elif masks["new_axis"] & bit:
            key.append(None)
        elif masks["shrink_axis"] & bit:
            key.append(int(begin[place]))
        else:
            first = None if masks["begin"] & bit else int(begin[place])
            last = None if masks["end"] & bit else int(end[place])
            key.append(slice(first, last, int(strides[place])))
    return operand[tuple(key)]


def _slice(operation: Live, values: Sequence[Array]) -> Any:
    del operation
    operand, begin, size = values
    key = tuple(
        slice(int(first), None if count < 0 else int(first) + int(count))
        for first, count in zip(begin, size, strict=True)
    )
    return operand[key]


def _gather(operation: Live, values: Sequence[Array]) -> Any:
    import numpy

    axis = int(values[2]) if len(values) > 2 else 0
    if operation.type == "GatherV2" and operation.get_attr("batch_dims"):
        raise ValueError("not followed")
    return numpy.take(values[0], values[1], axis=axis)


def _invert_permutation(operation: Live, values: Sequence[Array]) -> Any:
    del operation
    import numpy

    return numpy.argsort(values[0])


def _list_difference(operation: Live, values: Sequence[Array]) -> Any:
    del operation
    import numpy

    return values[0][~numpy.isin(values[0], values[1])]


def _squeeze(operation: Live, values: Sequence[Array]) -> Any:
    import numpy

    axes = tuple(operation.get_attr("squeeze_dims"))
    return numpy.squeeze(values[0], axis=axes or None)


FOLDS: Mapping[str, Fold] = {
    "Identity": lambda _, values: values[0],
    "StopGradient": lambda _, values: values[0],
    "PreventGradient": lambda _, values: values[0],
    "Cast": lambda _, values: values[0],
    "Pack": lambda operation, values: _stack(values, int(operation.get_attr("axis"))),
    "ConcatV2": lambda _, values: _concatenate(values[:-1], int(values[-1])),
    "ExpandDims": lambda _, values: _expand(values[0], int(values[1].reshape(()))),
    "Fill": lambda _, values: _full(values[0], values[1]),
    "Gather": _gather,
    "GatherV2": _gather,
    "InvertPermutation": _invert_permutation,
    "ListDiff": _list_difference,
    "Range": lambda _, values: _arange(*values),
    "Reshape": lambda _, values: values[0].reshape([int(size) for size in values[1]]),
    "ReverseV2": lambda _, values: _flip(values[0], values[1]),
    "Slice": _slice,
    "Squeeze": _squeeze,
    "StridedSlice": _strided_slice,
    "Tile": lambda _, values: _tile(values[0], values[1]),
    "Transpose": lambda _, values: values[0].transpose([int(axis) for axis in values[1]]),
    **{
        kind: _element_wise(name)
        for kind, name in {
            "Abs": "abs",
            "Add": "add",
            "AddV2": "add",
            "Equal": "equal",
            "FloorDiv": "floor_divide",
            "FloorMod": "mod",
            "Greater": "greater",
            "GreaterEqual": "greater_equal",
            "Less": "less",
            "LessEqual": "less_equal",
            "LogicalAnd": "logical_and",
            "LogicalNot": "logical_not",
            "LogicalOr": "logical_or",
            "Maximum": "maximum",
            "Minimum": "minimum",
            "Mul": "multiply",
            "Neg": "negative",
            "NotEqual": "not_equal",
            "RealDiv": "divide",
            "SelectV2": "where",
            "Sub": "subtract",
        }.items()
    },
    **{kind: _reduce(name) for kind, name in {"Max": "max", "Min": "min", "Prod": "prod", "Sum": "sum"}.items()},
}
"""What each op makes of constants."""


def _stack(values: Sequence[Array], axis: int) -> Array:
    import numpy

    return numpy.stack(values, axis)


def _concatenate(values: Sequence[Array], axis: int) -> Array:
    import numpy

    return numpy.concatenate(values, axis)


def _expand(value: Array, axis: int) -> Array:
    import numpy

    return numpy.expand_dims(value, axis)


def _full(shape: Array, value: Array) -> Array:
    import numpy

    return numpy.full([int(size) for size in shape], value)


def _arange(start: Array, stop: Array, step: Array) -> Array:
    import numpy

    return numpy.arange(start[()], stop[()], step[()])


def _flip(value: Array, axes: Array) -> Array:
    import numpy

    return numpy.flip(value, tuple(int(axis) for axis in axes.reshape(-1)))


def _tile(value: Array, multiples: Array) -> Array:
    import numpy

    return numpy.tile(value, [int(count) for count in multiples])
