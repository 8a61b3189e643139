"""From abstract values to what the shape semantics are given, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

from kerascheck.interpreter.nests import is_too_large
from kerascheck.interpreter.unknowns import UNKNOWN_SIZE
from kerascheck.interpreter.values import (
    CONSTANT_TYPES,
    NOTHING_KNOWN,
    Constant,
    DictValue,
    External,
    Instance,
    ListValue,
    Origin,
    RangeValue,
    SizeValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.records import immutable
from kerascheck.shapes import UNKNOWN, Dim, Expression, TensorSpec

DTYPES = frozenset(
    [
        "float16",
        "float32",
        "float64",
        "bfloat16",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "bool",
        "string",
        "complex64",
        "complex128",
        "half",
        "double",
    ]
)

OUTPUT = "output"
"""How the results of a layer's own ``call`` are named among its operands."""


@immutable()
class LayerHandle:
    """A layer given as an argument: what the semantics see of it."""

    name: str
    config: dict[str, Any]
    instance: Instance


def plain(value: Value) -> Any:
    """``value`` in the terms of the semantics: constants, lists, tuples, dims, tensor specs, layers, UNKNOWN."""
    if isinstance(value, Constant):
        return value
    if isinstance(value, UnknownValue):
        return UNKNOWN
    return UNKNOWN if is_too_large(value) else _plain(value)


def _plain(value: Value) -> Any:
    if isinstance(value, Constant):
        return value
    match value:
        case UnknownValue():
            return UNKNOWN
        case TensorValue():
            return value.spec
        case SizeValue(dim=dim):
            return dim
        case tuple():
            return tuple(_plain(item) for item in value)
        case ListValue(items=items):
            return UNKNOWN if items is None else [_plain(item) for item in items]
        case RangeValue(values=values):
            return UNKNOWN if values[1000:] else list(values)
        case DictValue(items=items):
            return UNKNOWN if items is None else {key: _plain(item) for key, item in items.items()}
        case Instance() if value.layer is not None:
            state = value.layer
            return LayerHandle(state.op, plain_config(state.config), value)
        case External():
            last = value.name.rsplit(".", maxsplit=1)[-1]
            return last if last in DTYPES else value
        case slice():
            return slice(plain(value.start), plain(value.stop), plain(value.step))
    return value


def operand(value: Value) -> Any:
    """``plain(value)`` for a function that takes tensors.

    What may be a size or a tensor, an argument that nobody gave, is a tensor of no known shape whose content, where
    the function wants a size, is that size.
    """
    if isinstance(value, TensorValue):
        return value.spec
    if isinstance(value, Constant):
        return value
    match value:
        case SizeValue(dim=dim, parameter=True):
            return TensorSpec(content=dim)
        case tuple() | ListValue(items=list()) if not is_too_large(value):
            return _operands(value)
    return plain(value)


def _operands(value: Value) -> Any:
    match value:
        case SizeValue(dim=dim, parameter=True):
            return TensorSpec(content=dim)
        case tuple():
            return tuple(_operands(item) for item in value)
        case ListValue(items=list() as items):
            return [_operands(item) for item in items]
    return _plain(value)


def plain_config(config: dict[str, Value]) -> dict[str, Any]:
    """A layer's configuration in the terms of the semantics."""
    return {name: value if type(value) in CONSTANT_TYPES else plain(value) for name, value in config.items()}


def from_dim(dim: Dim, missing: bool = False) -> Value:
    """A size as a Python value."""
    if isinstance(dim, int):
        return dim
    return SizeValue(dim, missing) if isinstance(dim, Expression) else UNKNOWN_SIZE


_HOLDING = (tuple, ListValue, DictValue, slice)
"""What may hold tensors."""
_TENSOR_OR_HOLDING = (TensorValue, *_HOLDING)


def tensors_in(value: Value, name: str = "0") -> list[tuple[str, TensorValue]]:
    """Every tensor in a nest of lists, tuples and dicts, in ``tree.flatten`` order, each with its argument name."""
    if isinstance(value, TensorValue):
        return [(name, value)]
    if not isinstance(value, _HOLDING):
        return []
    return [] if is_too_large(value) else _tensors(value, name)


def is_on_keras_tensor(operands: list[tuple[str, TensorValue]]) -> bool:
    """Whether one of them is a symbolic KerasTensor."""
    # A loop, as this is asked for each op and layer: a generator takes three times as long to make as to run.
    for _, tensor in operands:  # noqa: SIM110
        if tensor.spec.keras_tensor:
            return True
    return False


def _tensors(value: Value, name: str) -> list[tuple[str, TensorValue]]:
    match value:
        case TensorValue():
            return [(name, value)]
        case tuple():
            return _nested(value, name)
        case ListValue(items=list() as items):
            return _nested(items, name)
        case DictValue(items=dict() as entries):
            found: list[tuple[str, TensorValue]] = []
            for key in sorted(entries, key=str):
                # What a model gives stays told from what it takes: a rule follows its outputs inwards.
                found += _tensors(entries[key], f"{name}.{key}" if name.partition(".")[0] == OUTPUT else str(key))
            return found
        case slice():
            return [pair for part in (value.start, value.stop, value.step) for pair in tensors_in(part, name)]
    return []


def _nested(items: Sequence[Value], name: str) -> list[tuple[str, TensorValue]]:
    found: list[tuple[str, TensorValue]] = []
    for index, item in enumerate(items):
        # Most nests are shapes and axes: what holds no tensor needs no name.
        if isinstance(item, _TENSOR_OR_HOLDING):
            found += _tensors(item, str(index) if name == "0" else f"{name}.{index}")
    return found


def map_tensors(value: Value, change: Callable[[TensorValue], Value], new: Callable[[Any], Any]) -> Value:
    """The same nest with every tensor changed; ``new`` registers the lists and dicts made for it."""
    return NOTHING_KNOWN if is_too_large(value) else _mapped(value, change, new)


def _mapped(value: Value, change: Callable[[TensorValue], Value], new: Callable[[Any], Any]) -> Value:
    match value:
        case TensorValue():
            return change(value)
        case tuple():
            return tuple(_mapped(item, change, new) for item in value)
        case ListValue(items=list() as items):
            return new(ListValue([_mapped(item, change, new) for item in items], value.kind))
        case DictValue(items=dict() as entries):
            return new(DictValue({key: _mapped(item, change, new) for key, item in entries.items()}))
    return value


def specs_in(structure: Any) -> list[TensorSpec]:
    """Every spec of a structure, in ``tree.flatten`` order."""
    if not isinstance(structure, (TensorSpec, list, tuple, dict)):
        return []
    match structure:
        case TensorSpec():
            return [structure]
        case list() | tuple():
            return [spec for item in structure for spec in specs_in(item)]
        case dict():
            return [spec for key in sorted(structure, key=str) for spec in specs_in(structure[key])]
    return []


def to_values(structure: Any, make: Callable[[TensorSpec, int], Value], new: Callable[[Any], Any]) -> Value:
    """A structure of specs as values; ``make`` is given each spec and its place in ``tree.flatten`` order."""
    if isinstance(structure, TensorSpec):
        return make(structure, 0)
    return _converted(structure, make, new, count())


def _converted(
    part: Any, make: Callable[[TensorSpec, int], Value], new: Callable[[Any], Any], places: Iterator[int]
) -> Value:
    match part:
        case TensorSpec():
            return make(part, next(places))
        case tuple():
            return tuple(_converted(item, make, new, places) for item in part)
        case list():
            return new(ListValue([_converted(item, make, new, places) for item in part]))
        case dict():
            converted = {key: _converted(part[key], make, new, places) for key in sorted(part, key=str)}
            return new(DictValue({key: converted[key] for key in part}))
        case None | bool() | int() | float() | str():
            return part
    return UnknownValue("result")


def origins_of(value: Value) -> list[Origin]:
    """Every node output in a nest."""
    return [origin for _, tensor in tensors_in(value) for origin in tensor.origins]


def is_keras_tensor(value: Value, *, in_layer: bool) -> bool | None:
    """Whether a value is a KerasTensor; None where undecided. ``in_layer`` where a layer's call runs."""
    if isinstance(value, UnknownValue):
        return None
    if not isinstance(value, TensorValue) or value.is_array or value.spec.keras_tensor:
        return isinstance(value, TensorValue) and not value.is_array
    # Within a layer's call a tensor may be Keras's own; one made of variables and placeholders is not.
    return None if in_layer else False
