"""A Program as JSON and back: how the child hands over what it found.

The child runs code nobody vouches for, so nothing it writes is ever unpickled: every field is read by name and type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from kerascheck.diagnostic import Span
from kerascheck.graph import Edge, Endpoint, ModelGraph, Node, Recorder, Source, Weight
from kerascheck.problems import Problem, ProblemKind
from kerascheck.program import ModelCall, NotUnderstood, Program, TrainOp
from kerascheck.shapes import UNKNOWN, Dim, Expression, Shape, Symbol, TensorSpec, Unknown
from kerascheck.shapes.dim import Atom, Division

Json = Any
Value = TypeVar("Value")

PLAIN_NODE_FIELDS = (
    "identifier",
    "kind",
    "op",
    "name",
    "params",
    "trainable",
    "layer",
    "generation",
    "on_keras_tensor",
    "in_lambda",
    "tracked",
    "owner",
    "updates",
)


@dataclass(frozen=True, slots=True)
class HeldLayer:
    """A layer given to another layer's constructor: its class by canonical name, and its own arguments."""

    name: str
    config: dict[str, Any]


class WireError(ValueError):
    """What was read is not what :func:`write_program` writes."""


def write_program(program: Program) -> Json:
    """``program`` as plain data, without what only the static front end knows."""
    return {
        "file": program.file,
        "generation": program.generation,
        "device": program.device,
        "device_span": write_span(program.device_span),
        "nodes": [_write_node(node) for node in program.recorder.nodes.values()],
        "edges": [[edge.source, edge.target, edge.output, edge.argument] for edge in program.recorder.edges],
        "models": [_write_model(model) for model in program.models],
        "model_calls": [_write_model_call(call) for call in program.model_calls],
        "train_ops": [_write_train_op(found) for found in program.train_ops],
        "unknown": [[write_span(found.span), found.what, found.why] for found in program.unknown],
    }


def read_program(data: Json) -> Program:
    """The program that :func:`write_program` wrote.

    Raises:
        WireError: the data are not of that form.
    """
    try:
        return _read_program(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise WireError(f"{type(error).__name__}: {error}") from error


def _read_program(data: Json) -> Program:
    recorder = Recorder()
    for item in data["nodes"]:
        recorder.add(_read_node(item))
    recorder.counter = len(recorder.nodes)
    for source, target, output, argument in data["edges"]:
        recorder.connect(Edge(str(source), str(target), int(output), str(argument)))
    return Program(
        file=str(data["file"]),
        generation=int(data["generation"]),
        device=str(data["device"]),
        device_span=read_span(data["device_span"]),
        models=[_read_model(recorder, item) for item in data["models"]],
        recorder=recorder,
        model_calls=[_read_model_call(item) for item in data["model_calls"]],
        train_ops=[_read_train_op(item) for item in data["train_ops"]],
        unknown=[NotUnderstood(_must_span(span), str(what), str(why)) for span, what, why in data["unknown"]],
    )


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


def _must_span(data: Json) -> Span:
    span = read_span(data)
    if span is None:
        raise WireError("a span is missing")
    return span


def _spans(data: Json) -> tuple[Span, ...]:
    return tuple(_must_span(item) for item in data)


def _optional(read: Callable[[Json], Value], data: Json) -> Value | None:
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
        return Symbol(str(data["name"]), _optional(int, data["value"]))
    numerator, denominator = data["over"]
    return Division(read_dim(numerator), read_dim(denominator), bool(data["exact"]))


def _write_shape(shape: Shape) -> Json:
    return None if shape.dims is None else [write_dim(dim) for dim in shape.dims]


def _read_shape(data: Json) -> Shape:
    return Shape(None if data is None else tuple(read_dim(dim) for dim in data))


def _write_spec(spec: TensorSpec) -> Json:
    return {"shape": _write_shape(spec.shape), "dtype": spec.dtype, "keras_tensor": spec.keras_tensor}


def _read_spec(data: Json) -> TensorSpec:
    dtype = _optional(str, data["dtype"])
    return TensorSpec(_read_shape(data["shape"]), dtype, keras_tensor=bool(data["keras_tensor"]))


def _write_weight(weight: Weight) -> Json:
    return [weight.name, _write_shape(weight.shape), weight.trainable, weight.dtype]


def _read_weight(data: Json) -> Weight:
    name, shape, trainable, dtype = data
    return Weight(str(name), _read_shape(shape), bool(trainable), _optional(str, dtype))


def _write_source(source: Source | None) -> Json:
    if source is None:
        return None
    return [write_span(source.span), [write_span(span) for span in source.stack], source.text]


def _read_source(data: Json) -> Source:
    span, stack, text = data
    return Source(_must_span(span), _spans(stack), str(text))


def _write_problem(problem: Problem | None) -> Json:
    if problem is None:
        return None
    return [str(problem.kind), problem.message, problem.label, problem.help, list(problem.operands)]


def _read_problem(data: Json) -> Problem:
    kind, message, label, help_text, operands = data
    positions = tuple(int(position) for position in operands)
    return Problem(ProblemKind(kind), str(message), str(label), _optional(str, help_text), positions)


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
        case HeldLayer():
            return {"layer": value.name, "config": [[key, write_value(item)] for key, item in value.config.items()]}
        case Expression():
            return {"dim": write_dim(value)}
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
        case {"layer": name, "config": items}:
            return HeldLayer(str(name), {str(key): read_value(item) for key, item in items})
        case {"dim": dim}:
            return read_dim(dim)
        case {"unknown": _}:
            return UNKNOWN
    return data


def _write_node(node: Node) -> Json:
    plain = {name: getattr(node, name) for name in PLAIN_NODE_FIELDS}
    return plain | {
        "outputs": [_write_spec(spec) for spec in node.outputs],
        "source": _write_source(node.source),
        "scope": list(node.scope),
        "config": {name: write_value(value) for name, value in node.config.items()},
        "weights": [_write_weight(weight) for weight in node.weights],
        "problem": _write_problem(node.problem),
        "guards": list(node.guards),
        "control": list(node.control),
    }


def _read_node(data: Json) -> Node:
    return Node(
        **{name: data[name] for name in PLAIN_NODE_FIELDS},
        outputs=tuple(_read_spec(spec) for spec in data["outputs"]),
        source=_optional(_read_source, data["source"]),
        scope=_strings(data["scope"]),
        config={str(name): read_value(value) for name, value in data["config"].items()},
        weights=tuple(_read_weight(weight) for weight in data["weights"]),
        problem=_optional(_read_problem, data["problem"]),
        guards=_strings(data["guards"]),
        control=_strings(data["control"]),
    )


def _strings(data: Iterable[Json]) -> tuple[str, ...]:
    return tuple(str(item) for item in data)


def _write_model(model: ModelGraph) -> Json:
    return {
        "name": model.name,
        "kind": model.kind,
        "span": write_span(model.span),
        "inputs": [[endpoint.node, endpoint.output] for endpoint in model.inputs],
        "outputs": [[endpoint.node, endpoint.output] for endpoint in model.outputs],
        "complete": model.complete,
        "generation": model.generation,
        "members": list(model.records),
        "params": model.params,
        "trainable": model.trainable,
    }


def _read_model(recorder: Recorder, data: Json) -> ModelGraph:
    model = ModelGraph.cut(
        recorder,
        _strings(data["members"]),
        name=str(data["name"]),
        kind=data["kind"],
        span=read_span(data["span"]),
        inputs=tuple(Endpoint(str(node), int(output)) for node, output in data["inputs"]),
        outputs=tuple(Endpoint(str(node), int(output)) for node, output in data["outputs"]),
        complete=bool(data["complete"]),
        generation=int(data["generation"]),
    )
    model.params = _optional(int, data["params"])
    model.trainable = _optional(int, data["trainable"])
    return model


def _write_model_call(call: ModelCall) -> Json:
    plain = {found.name: getattr(call, found.name) for found in fields(call)}
    return plain | {
        "layers": [[op, write_span(span)] for op, span in call.layers],
        "span": write_span(call.span),
        "stack": [write_span(span) for span in call.stack],
    }


def _read_model_call(data: Json) -> ModelCall:
    layers = tuple((str(op), _must_span(span)) for op, span in data["layers"])
    return ModelCall(**{**data, "layers": layers, "span": _must_span(data["span"]), "stack": _spans(data["stack"])})


def _write_train_op(found: TrainOp) -> Json:
    plain = {part.name: getattr(found, part.name) for part in fields(found)}
    return plain | {"span": write_span(found.span), "run_span": write_span(found.run_span)}


def _read_train_op(data: Json) -> TrainOp:
    return TrainOp(**{**data, "span": _must_span(data["span"]), "run_span": read_span(data["run_span"])})
