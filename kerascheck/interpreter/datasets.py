"""Datasets: what one of their elements looks like, how many there are, and where they were batched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.interpreter.conversion import map_tensors, tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.dataset_values import INFINITE, DatasetValue
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    DictValue,
    ListValue,
    NativeMethod,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.shapes import UNKNOWN, Dim, Shape, TensorSpec, as_int, depends_on, unify
from kerascheck.shapes.dim import batch, substitute

OPEN_BATCH = batch()
"""The size of a batch that may be smaller than the others."""


def tensor(spec: TensorSpec, source: Source | None = None) -> TensorValue:
    """One tensor of an element."""
    return TensorValue(spec, is_array=True, source=source)


def as_component(interpreter: Interpreter, value: Value) -> Value:
    """``value`` as tf.data takes it: tuples and dicts are nests, all else becomes one tensor."""
    match value:
        case TensorValue():
            return replace(value, is_array=True, is_numpy=False)
        case tuple():
            return tuple(as_component(interpreter, part) for part in value)
        case DictValue(items=dict() as entries):
            parts = {key: as_component(interpreter, part) for key, part in entries.items()}
            return interpreter.heap.new(DictValue(parts))
        case ListValue(items=list() as items):
            return tensor(_stacked([as_component(interpreter, item) for item in items]))
        case bool() | int() | float() | str() | bytes() | SizeValue():
            kinds = {bool: "bool", float: "float32", str: "string", bytes: "string"}
            return tensor(TensorSpec(Shape(()), kinds.get(type(value), "int32")))
        case DatasetValue() | None:
            return value
    return NOTHING_KNOWN


def _stacked(parts: list[Value]) -> TensorSpec:
    """The tensor that a list of like tensors becomes."""
    known = [part.spec for part in parts if isinstance(part, TensorValue)]
    if len(known) != len(parts) or not known:
        return TensorSpec()
    kinds = {spec.dtype for spec in known}
    shape = unify(spec.shape for spec in known)
    dims = None if shape.dims is None else (len(known), *shape.dims)
    return TensorSpec(Shape(dims), kinds.pop() if len(kinds) == 1 else None)


def each_tensor(
    interpreter: Interpreter,
    element: Value,
    change: Callable[[TensorSpec], TensorSpec],
    *,
    all_elements: bool = False,
) -> Value:
    """The element with the spec of every tensor changed.

    ``all_elements`` where no number of the data is lost: the smallest and the largest still come in some element.
    """

    def changed(part: TensorValue) -> TensorValue:
        extremes = part.extremes if all_elements else None
        return TensorValue(change(part.spec), is_array=True, source=part.source, extremes=extremes)

    return map_tensors(element, changed, interpreter.heap.new)


def slices(interpreter: Interpreter, value: Value) -> Value:
    """One element of ``from_tensor_slices``: the first axis is gone."""
    return each_tensor(interpreter, value, without_first_axis, all_elements=True)


def some_elements(interpreter: Interpreter, element: Value) -> Value:
    """The element where it may not be every one that comes: what one of them holds is not known any more."""
    return map_tensors(element, lambda part: replace(part, extremes=None), interpreter.heap.new)


def without_first_axis(spec: TensorSpec) -> TensorSpec:
    """One row of a tensor."""
    dims = spec.shape.dims
    return TensorSpec(Shape(dims[1:] if dims else None), spec.dtype)


def put_together(interpreter: Interpreter, element: Value, size: Dim, *, all_elements: bool = False) -> Value:
    """A batch of elements. Where they were batches already, what their open size was is no longer told apart."""

    def batch(spec: TensorSpec) -> TensorSpec:
        dims = spec.shape.dims
        if dims is None:
            return TensorSpec(Shape(None), spec.dtype)
        inner = tuple(substitute(dim, {"B": UNKNOWN}) for dim in dims)
        return TensorSpec(Shape((size, *inner)), spec.dtype)

    return each_tensor(interpreter, element, batch, all_elements=all_elements)


def batch_length(length: int | None, size: int | None, drop: bool | None) -> int | None:
    """How many batches of ``size`` there are in ``length`` elements."""
    if length is None or length == INFINITE:
        return length
    if not size or drop is None:
        return None
    return length // size if drop else -(-length // size)


def is_whole(length: int | None, size: int | None, drop: bool | None) -> bool | None:
    """Whether every batch of ``size`` out of ``length`` elements is of that size; None where that is not known."""
    if drop or length == INFINITE:
        return True
    if length is None or not size or drop is None:
        return None
    return length % size == 0


def batched(interpreter: Interpreter, data: DatasetValue, size: Value, drop: Value, span: Span | None) -> DatasetValue:
    """``dataset.batch(size, drop_remainder)``."""
    number = size if isinstance(size, int) and not isinstance(size, bool) else None
    dropped = drop if isinstance(drop, bool) else None
    first: Dim = OPEN_BATCH
    if dropped is not False:
        first = number if dropped and number is not None else UNKNOWN
    return replace(
        data,
        element=put_together(interpreter, data.element, first, all_elements=dropped is False),
        length=batch_length(data.length, number, dropped),
        batched=span,
        whole=is_whole(data.length, number, dropped),
    )


def row_count(value: Value) -> int | None:
    """The size of the first axis of the tensors in a nest, where it is known."""
    for _, part in tensors_in(value):
        if part.spec.shape.dims:
            return as_int(part.spec.shape.dims[0])
    return None


def run_eagerly(interpreter: Interpreter, element: Value) -> Value:
    """An element as a loop over the dataset gives it: Python knows the size of its batch, and nobody else does."""

    def open_size(spec: TensorSpec) -> TensorSpec:
        dims = spec.shape.dims
        if dims is None:
            return spec
        return spec.with_shape(
            Shape(tuple(UNKNOWN if depends_on(dim) and as_int(dim) is None else dim for dim in dims))
        )

    rows = interpreter.steps
    opened = each_tensor(interpreter, element, open_size)
    return map_tensors(opened, lambda tensor: replace(tensor, rows=rows), interpreter.heap.new)


def together(interpreter: Interpreter, left: Value, right: Value) -> Value:
    """What holds of the elements of both datasets."""
    match left, right:
        case TensorValue(), TensorValue():
            kind = left.spec.dtype if left.spec.dtype == right.spec.dtype else None
            return tensor(TensorSpec(unify((left.spec.shape, right.spec.shape)), kind))
        case tuple(), tuple() if len(left) == len(right):
            return tuple(together(interpreter, a, b) for a, b in zip(left, right, strict=True))
        case DictValue(items=dict() as first), DictValue(items=dict() as second) if first.keys() == second.keys():
            parts = {key: together(interpreter, first[key], second[key]) for key in first}
            return interpreter.heap.new(DictValue(parts))
    return left if left is right else NOTHING_KNOWN


def is_understood(element: Value) -> bool:
    """Whether the nest of an element is known, if not the shape of each tensor in it."""
    match element:
        case UnknownValue():
            return False
        case tuple():
            return all(is_understood(part) for part in element)
        case DictValue(items=items):
            return items is not None and all(is_understood(part) for part in items.values())
        case ListValue(items=items):
            return items is not None and all(is_understood(part) for part in items)
    return True


def dataset_attribute(interpreter: Interpreter, data: DatasetValue, name: str) -> Value:
    """``dataset.name``."""
    match name:
        case "element_spec" if data.native:
            return data.element
        case "class_names" | "file_paths" | "class_indices" | "filenames" | "classes" | "labels":
            return UnknownValue(f"a dataset's {name}")
    return NativeMethod(data, name)
