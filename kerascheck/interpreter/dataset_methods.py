"""The methods of a dataset: what each does to the elements, their number and their batches."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from kerascheck.graph import HOST_GUARD
from kerascheck.interpreter.binding import bind_arguments
from kerascheck.interpreter.conversion import map_tensors
from kerascheck.interpreter.core import Interpreter, UserRaise
from kerascheck.interpreter.dataset_values import INFINITE, DatasetValue
from kerascheck.interpreter.datasets import (
    as_component,
    batched,
    each_tensor,
    is_understood,
    put_together,
    run_eagerly,
    some_elements,
    tensor,
    together,
    without_first_axis,
)
from kerascheck.interpreter.shape_values import shape_dims
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    DictValue,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.shapes import UNKNOWN, Shape, TensorSpec

Bound: TypeAlias = dict[str, Value]
Method: TypeAlias = Callable[[Interpreter, DatasetValue, Bound, ast.AST], Value]


def dataset_method(
    interpreter: Interpreter, data: DatasetValue, name: str, arguments: Arguments, node: ast.AST
) -> Value:
    """``dataset.name(...)``."""
    if name in ("__iter__", "as_numpy_iterator"):
        return replace(data, native=False)
    if name in ("next", "__next__", "get_next", "get_single_element"):
        return one_element(interpreter, data)
    method = METHODS.get(name)
    if method is None or not data.native:
        return UnknownValue(f"a dataset's {name}")
    bound = bind_arguments(interpreter, f"tensorflow.data.Dataset.{name}", arguments, node)
    return method(interpreter, data, bound, node)


def one_element(interpreter: Interpreter, data: DatasetValue) -> Value:
    """One element of a dataset that is gone through in Python."""
    return run_eagerly(interpreter, data.element)


def _same(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    return data


def _fewer(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    """Some of the elements, nobody knows how many."""
    return replace(_part(interpreter, data), length=None)


def _part(interpreter: Interpreter, data: DatasetValue) -> DatasetValue:
    return replace(data, element=some_elements(interpreter, data.element))


def _batch(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    return batched(interpreter, data, bound.get("batch_size"), bound.get("drop_remainder"), interpreter.span(node))


def _padded_batch(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    """Each size is padded to what is asked for, else to the largest of the batch where the elements leave it open."""
    asked = bound.get("padded_shapes")
    element = data.element if asked is None else _padded(interpreter, data.element, asked)
    return batched(
        interpreter, replace(data, element=element), bound.get("batch_size"), bound.get("drop_remainder"),
        interpreter.span(node),
    )  # fmt: skip


def _padded(interpreter: Interpreter, element: Value, shapes: Value) -> Value:
    match element, shapes:
        case TensorValue(), _:
            dims = shape_dims(shapes)
            if dims is None:
                return tensor(TensorSpec(Shape(None), element.spec.dtype))
            own = element.spec.shape.dims
            return tensor(TensorSpec(Shape(_padded_dims(dims, own)), element.spec.dtype), element.source)
        case tuple(), tuple() | ListValue(items=list()):
            given = list(shapes) if isinstance(shapes, tuple) else shapes.items or []
            if len(given) == len(element):
                return tuple(_padded(interpreter, a, b) for a, b in zip(element, given, strict=True))
        case DictValue(items=dict() as parts), DictValue(items=dict() as asked) if parts.keys() == asked.keys():
            return interpreter.heap.new(
                DictValue({key: _padded(interpreter, part, asked[key]) for key, part in parts.items()})
            )
    return NOTHING_KNOWN


def _padded_dims(dims: tuple[Value, ...], own: tuple[Value, ...] | None) -> tuple[Value, ...]:
    if own is None or len(own) != len(dims):
        return tuple(UNKNOWN if dim in (None, -1) else dim for dim in dims)
    return tuple(before if dim in (None, -1) else dim for dim, before in zip(dims, own, strict=True))


def _unbatch(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    element = each_tensor(interpreter, data.element, without_first_axis)
    return replace(data, element=element, length=None, batched=None, whole=None)


def _rebatch(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    rows = each_tensor(interpreter, data.element, without_first_axis)
    single = replace(data, element=rows, length=None)
    return batched(
        interpreter, single, bound.get("batch_size"), bound.get("drop_remainder", False), interpreter.span(node)
    )


def _take(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    count, data = bound.get("count"), _part(interpreter, data)
    if not isinstance(count, int):
        return replace(data, length=None)
    if count < 0 or data.length is None:
        return data
    return replace(data, length=count if data.length == INFINITE else min(count, data.length))


def _skip(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    count, data = bound.get("count"), _part(interpreter, data)
    if data.length in (None, INFINITE):
        return data
    if not isinstance(count, int):
        return replace(data, length=None)
    return replace(data, length=0 if count < 0 else max(0, (data.length or 0) - count))


def _repeat(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    count = bound.get("count")
    if count is None or (isinstance(count, int) and count < 0):
        return replace(data, length=INFINITE)
    if not isinstance(count, int):
        return replace(_part(interpreter, data), length=None)
    if count == 0:
        data = _part(interpreter, data)
    return replace(data, length=data.length if data.length in (None, INFINITE) else (data.length or 0) * count)


def _shard(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    return replace(_part(interpreter, data), length=INFINITE if data.length == INFINITE else None)


def _concatenate(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    other = bound.get("dataset")
    if not isinstance(other, DatasetValue):
        return NOTHING_KNOWN
    lengths = (data.length, other.length)
    length = INFINITE if INFINITE in lengths else None
    if data.length is not None and other.length is not None and length is None:
        length = data.length + other.length
    return replace(data, element=together(interpreter, data.element, other.element), length=length, whole=None)


def _enumerate(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    return replace(data, element=(tensor(TensorSpec(Shape(()), "int64")), data.element))


def _apply(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    result = interpreter.call(bound.get("transformation_func"), Arguments((data,)), node)
    return result if isinstance(result, DatasetValue) else NOTHING_KNOWN


def _cardinality(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    return UnknownValue("cardinality") if data.length is None else data.length


def _window(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    """Windows are datasets themselves, one for each part of an element."""
    windows = map_tensors(
        data.element,
        lambda part: DatasetValue(tensor(part.spec, part.source), source=data.source),
        interpreter.heap.new,
    )
    return replace(data, element=windows, length=None)


def _map(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    result = on_element(interpreter, bound.get("map_func"), data.element, node)
    return replace(data, element=result)


def _filter(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    on_element(interpreter, bound.get("predicate"), data.element, node)
    return replace(_part(interpreter, data), length=INFINITE if data.length == INFINITE else None)


def _flat_map(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    inner = on_element(interpreter, bound.get("map_func"), data.element, node)
    if not isinstance(inner, DatasetValue):
        return DatasetValue(NOTHING_KNOWN, source=data.source)
    return replace(_part(interpreter, inner), length=None, source=data.source or inner.source, whole=None)


def on_element(interpreter: Interpreter, function: Value, element: Value, node: ast.AST) -> Value:
    """What a function given to ``map`` makes of an element.

    It runs once, on the host, on tensors that stand for any element. Where it certainly raises, nothing is known.
    """
    fresh = map_tensors(element, lambda part: part, interpreter.heap.new)
    arguments = fresh if isinstance(fresh, tuple) else (fresh,)
    with interpreter.guarded(HOST_GUARD):
        try:
            result = interpreter.call(function, Arguments(arguments, open=not is_understood(element)), node)
        except UserRaise:
            return NOTHING_KNOWN
    if isinstance(result, ListValue) and result.items is not None:
        result = tuple(result.items)
    return as_component(interpreter, result)


def _ragged_batch(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    element = each_tensor(interpreter, data.element, lambda spec: TensorSpec(Shape(None), spec.dtype))
    return replace(data, element=element, length=None, batched=interpreter.span(node), whole=None)


def _bucket(interpreter: Interpreter, data: DatasetValue, bound: Bound, node: ast.AST) -> Value:
    element = put_together(interpreter, data.element, UNKNOWN)
    return replace(data, element=element, length=None, batched=interpreter.span(node), whole=None)


METHODS: dict[str, Method] = {
    "apply": _apply,
    "batch": _batch,
    "bucket_by_sequence_length": _bucket,
    "cache": _same,
    "cardinality": _cardinality,
    "__len__": _cardinality,
    "concatenate": _concatenate,
    "enumerate": _enumerate,
    "filter": _filter,
    "flat_map": _flat_map,
    "ignore_errors": _fewer,
    "interleave": _flat_map,
    "map": _map,
    "padded_batch": _padded_batch,
    "prefetch": _same,
    "ragged_batch": _ragged_batch,
    "rebatch": _rebatch,
    "repeat": _repeat,
    "shard": _shard,
    "shuffle": _same,
    "skip": _skip,
    "snapshot": _same,
    "take": _take,
    "take_while": _fewer,
    "unbatch": _unbatch,
    "unique": _fewer,
    "window": _window,
    "with_options": _same,
}
"""What the methods of ``tf.data.Dataset`` give, by name."""
