"""The values within a Program as JSON and back: places, sizes, shapes, arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import EllipsisType
from typing import Any, TypeVar

from kerascheck.diagnostic import Span
from kerascheck.graph import Source, Weight
from kerascheck.problems import Problem, ProblemKind
from kerascheck.semantics.api import UserFunction
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, Symbol, TensorSpec, Unknown
from kerascheck.shapes.dim import Atom, Division

Json = Any
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class HeldLayer:
    """A layer given to another layer's constructor: its class by canonical name, and its own arguments."""

    name: str
    config: dict[str, Any]


class WireError(ValueError):
    """What was read is not what :func:`write_program` writes."""


def write_span(span: Span | None) -> Json:
    """A place in the source."""
    if span is None:
        return None
    return [span.file, span.line, span.column, span.end_line, span.end_column, span.cell]


def read_span(data: Json) -> Span | None:
    """The place that :func:`write_span` wrote."""
    if data is None:
        return None
    file, line, column, end_line, end_column, cell = data
    where = (int(line), int(column), int(end_line), int(end_column))
    return Span(str(file), *where, None if cell is None else int(cell))


def must_span(data: Json) -> Span:
    """The place that :func:`write_span` wrote, which must be there."""
    span = read_span(data)
    if span is None:
        raise WireError("a span is missing")
    return span


def spans(data: Json) -> tuple[Span, ...]:
    """A list of places."""
    return tuple(must_span(item) for item in data)


def optional(read: Callable[[Json], Value], data: Json) -> Value | None:
    """``None``, or what ``read`` makes of the data."""
    return None if data is None else read(data)


def write_dim(dim: Dim) -> Json:
    """A size: a number, "?" or the terms of an expression."""
    match dim:
        case Unknown():
            return "?"
        case Expression(terms=terms):
            return [[coefficient, [_write_atom(atom) for atom in monomial]] for monomial, coefficient in terms]
    return dim


def read_dim(data: Json) -> Dim:
    """The size that :func:`write_dim` wrote."""
    match data:
        case "?":
            return UNKNOWN
        case int():
            return data
        case list():
            terms = [(tuple(_read_atom(atom) for atom in atoms), int(coefficient)) for coefficient, atoms in data]
            return Expression(tuple(terms))
    raise WireError(f"not a size: {data!r}")


def _write_atom(atom: Atom) -> Json:
    if isinstance(atom, Symbol):
        return {"name": atom.name, "value": atom.value}
    return {"over": [write_dim(atom.numerator), write_dim(atom.denominator)], "exact": atom.exact}


def _read_atom(data: Json) -> Atom:
    if "name" in data:
        return Symbol(str(data["name"]), optional(int, data["value"]))
    numerator, denominator = data["over"]
    return Division(read_dim(numerator), read_dim(denominator), bool(data["exact"]))


def write_shape(shape: Shape) -> Json:
    """A shape: a list of sizes, null for an unknown rank."""
    return None if shape.dims is None else [write_dim(dim) for dim in shape.dims]


def read_shape(data: Json) -> Shape:
    """The shape that :func:`write_shape` wrote."""
    return Shape(None if data is None else tuple(read_dim(dim) for dim in data))


def write_spec(spec: TensorSpec) -> Json:
    """A tensor's shape and dtype."""
    return {"shape": write_shape(spec.shape), "dtype": spec.dtype, "keras_tensor": spec.keras_tensor}


def read_spec(data: Json) -> TensorSpec:
    """What :func:`write_spec` wrote."""
    dtype = optional(str, data["dtype"])
    return TensorSpec(read_shape(data["shape"]), dtype, keras_tensor=bool(data["keras_tensor"]))


def write_weight(weight: Weight) -> Json:
    """A weight."""
    return [weight.name, write_shape(weight.shape), weight.trainable, weight.dtype]


def read_weight(data: Json) -> Weight:
    """What :func:`write_weight` wrote."""
    name, shape, trainable, dtype = data
    return Weight(str(name), read_shape(shape), bool(trainable), optional(str, dtype))


def write_source(source: Source | None) -> Json:
    """Where a node was made."""
    if source is None:
        return None
    return [write_span(source.span), [write_span(span) for span in source.stack], source.text]


def read_source(data: Json) -> Source:
    """What :func:`write_source` wrote."""
    span, stack, text = data
    return Source(must_span(span), spans(stack), str(text))


def write_problem(problem: Problem | None) -> Json:
    """What a shape function found wrong."""
    if problem is None:
        return None
    return [str(problem.kind), problem.message, problem.label, problem.help, list(problem.operands)]


def read_problem(data: Json) -> Problem:
    """What :func:`write_problem` wrote."""
    kind, message, label, help_text, operands = data
    positions = tuple(int(position) for position in operands)
    return Problem(ProblemKind(kind), str(message), str(label), optional(str, help_text), positions)


def write_value(value: object) -> Json:
    """A bound argument; what is neither a constant nor made of constants is written as unknown."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return {"tuple": [write_value(item) for item in value]}
        case list():
            return {"list": [write_value(item) for item in value]}
        case Mapping():
            return {"dict": [[str(key), write_value(item)] for key, item in value.items()]}
        case slice():
            return {"slice": [write_value(bound) for bound in (value.start, value.stop, value.step)]}
        case EllipsisType():
            return {"ellipsis": True}
        case HeldLayer():
            return {"layer": value.name, "config": [[key, write_value(item)] for key, item in value.config.items()]}
        case Expression():
            return {"dim": write_dim(value)}
        case UserFunction():
            return {"function": value.name, "parameters": list(value.parameters), "read": list(value.read)}
    return {"unknown": True}


def read_value(data: Json) -> Any:
    """The argument that :func:`write_value` wrote."""
    match data:
        case {"tuple": items}:
            return tuple(read_value(item) for item in items)
        case {"list": items}:
            return [read_value(item) for item in items]
        case {"dict": items}:
            return {str(key): read_value(item) for key, item in items}
        case {"slice": bounds}:
            return slice(*(read_value(bound) for bound in bounds))
        case {"ellipsis": _}:
            return Ellipsis
        case {"layer": name, "config": items}:
            return HeldLayer(str(name), {str(key): read_value(item) for key, item in items})
        case {"dim": dim}:
            return read_dim(dim)
        case {"function": name, "parameters": parameters, "read": read}:
            return UserFunction(str(name), tuple(map(str, parameters)), tuple(map(str, read)))
        case {"unknown": _}:
            return UNKNOWN
    return data
