"""Small frozen records as JSON and back, by their dataclass's own field types."""

from __future__ import annotations

import types
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from kerascheck.diagnostic import Span
from kerascheck.graph import Endpoint, Operation
from kerascheck.shapes import Shape, TensorSpec
from kerascheck.tracer.wire_values import (
    WireError,
    read_shape,
    read_span,
    read_spec,
    read_value,
    write_shape,
    write_span,
    write_spec,
    write_value,
)

Record = TypeVar("Record")
Json = Any


def write_record(record: Any) -> Json:
    """A record's fields by name, as plain data."""
    return {field.name: _write(getattr(record, field.name)) for field in fields(record)}


def read_record(cls: type[Record], data: Json) -> Record:
    """The record that :func:`write_record` wrote.

    Raises:
        WireError: a field is missing, or not of its type.
    """
    if not isinstance(data, dict):
        raise WireError(f"not a {cls.__name__}: {data!r}")
    hints = _hints(cast(Hashable, cls))
    if data.keys() != hints.keys():
        raise WireError(f"not the fields of a {cls.__name__}: {sorted(data)}")
    return cls(**{name: _read(hint, data[name]) for name, hint in hints.items()})


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    names = {"Any": Any, "Mapping": Mapping, "Span": Span, "Shape": Shape, "TensorSpec": TensorSpec}
    found = get_type_hints(cast(Any, cls), localns=names | {"Endpoint": Endpoint})
    return {field.name: found[field.name] for field in fields(cast(Any, cls))}


def _write(value: Any) -> Json:
    match value:
        case Span():
            return write_span(value)
        case Shape():
            return write_shape(value)
        case TensorSpec():
            return write_spec(value)
        case tuple() | frozenset():
            return [_write(item) for item in value]
        case Mapping():
            return [[key, write_value(item)] for key, item in value.items()]
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
    if is_dataclass(value):
        return write_record(value)
    return write_value(value)


def _read(hint: Any, data: Json) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        inner = next(each for each in arguments if each is not type(None))
        return None if data is None else _read(inner, data)
    if hint is Span:
        span = read_span(data)
        if span is None:
            raise WireError("a span is missing")
        return span
    if hint is Shape:
        return read_shape(data)
    if hint is TensorSpec:
        return read_spec(data)
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return tuple(_read(arguments[0], item) for item in data)
        return tuple(_read(each, item) for each, item in zip(arguments, data, strict=True))
    if origin is frozenset:
        return frozenset(_read(arguments[0], item) for item in data)
    if origin is Mapping:
        return {arguments[0](key): read_value(item) for key, item in data}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(data)
    if isinstance(hint, type) and is_dataclass(hint):
        return read_record(hint, data)
    return _read_plain(hint, data)


def _read_plain(hint: Any, data: Json) -> Any:
    if hint is float and isinstance(data, int):
        return float(data)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(data)
    if hint is Any:
        return read_value(data)
    if not isinstance(data, hint) or (isinstance(data, bool) and hint is not bool):
        raise WireError(f"expected {hint.__name__}, not {data!r}")
    return data


def write_operations(operations: Mapping[str, tuple[Operation, ...]]) -> Json:
    """The ops of every call that was opened."""
    return [[call, [write_record(operation) for operation in made]] for call, made in operations.items()]


def read_operations(data: Json) -> dict[str, tuple[Operation, ...]]:
    """What :func:`write_operations` wrote.

    Raises:
        WireError: the data are not of that form.
    """
    return {str(call): tuple(read_record(Operation, item) for item in made) for call, made in data}
