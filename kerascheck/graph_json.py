"""A ModelGraph as JSON: the format that other programs read.

``graph`` is networkx's node-link data; ``networkx.node_link_graph(graph, edges="edges")`` reads it back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kerascheck.diagnostic import Span
from kerascheck.shapes import Expression, TensorSpec, Unknown, text
from kerascheck.statistics import count, statistics_json

if TYPE_CHECKING:
    from kerascheck.graph import Endpoint, ModelGraph, Node, Operation, OperationEffect, Source
    from kerascheck.program import Program

SCHEMA = 1

_MAXIMUM_ITEMS = 64
_MAXIMUM_DEPTH = 6


def program_json(program: Program, *, opened: bool = False) -> dict[str, Any]:
    """Every model of a program, and what was not understood, as ``kerascheck graph --format json`` prints it.

    ``opened`` adds the second level: each model's ``operations``, the ops of TensorFlow's graph by their call.
    """
    return {
        "schema": SCHEMA,
        "file": program.file,
        "models": [
            model_json(model) | ({"operations": operations_json(model)} if opened else {}) for model in program.models
        ],
        "unknown": [
            {**_line(each.span), "what": each.what, "why": each.why}
            for each in {each.span: each for each in program.unknown}.values()
        ],
        "statistics": statistics_json(count(program)),
    }


def model_json(model: ModelGraph) -> dict[str, Any]:
    """One model."""
    return {
        "name": model.name,
        "kind": model.kind,
        **_line(model.span),
        "params": {"total": model.params, "trainable": model.trainable},
        "complete": model.complete,
        "graph": {
            "directed": True,
            "multigraph": True,
            "graph": {"inputs": _endpoints(model.inputs), "outputs": _endpoints(model.outputs)},
            "nodes": [node_json(node) for node in model.nodes()],
            "edges": [
                {"output": data["output"], "argument": data["argument"], "source": source, "target": target, "key": key}
                for source, target, key, data in model.graph.edges(keys=True, data=True)
            ],
        },
    }


def node_json(node: Node) -> dict[str, Any]:
    """One node's attributes, ``id`` being its identifier."""
    return {
        "kind": node.kind,
        "op": node.op,
        "name": node.name,
        "shape": _of_outputs([spec.shape.public() for spec in node.outputs]),
        "dims": _of_outputs([spec.shape.texts() for spec in node.outputs]),
        "dtype": _of_outputs([spec.dtype for spec in node.outputs]),
        "params": node.params,
        "trainable": node.trainable,
        "source": None if node.source is None else source_json(node.source),
        "scope": list(node.scope),
        "config": _mapping(node.config, 0),
        "layer": node.layer,
        "id": node.identifier,
    }


def operations_json(model: ModelGraph) -> dict[str, list[dict[str, Any]]]:
    """The ops of each call that was opened, in order; an input is the id of an op or node, and which of its outputs.

    ``results`` are what an op's bodies give it, by body, and ``gives`` which outputs of calls its own outputs are.
    ``batch`` is what it does to the axis that runs over samples.
    """
    effects = {effect.operation: effect for effect in model.effects}
    return {
        call: [_operation(operation, effects.get(operation.identifier)) for operation in made]
        for call, made in model.operations.items()
    }


def _operation(operation: Operation, effect: OperationEffect | None) -> dict[str, Any]:
    results: dict[str, list[list[Any]]] = {}
    for body, end in operation.results:
        results.setdefault(body, []).append([end.node, end.output])
    return {
        "id": operation.identifier,
        "type": operation.type,
        "inputs": _endpoints(operation.inputs),
        "shape": _of_outputs([spec.shape.public() for spec in operation.outputs]),
        "dims": _of_outputs([spec.shape.texts() for spec in operation.outputs]),
        "dtype": _of_outputs([spec.dtype for spec in operation.outputs]),
        "parent": operation.parent,
        "body": operation.body,
        "control": list(operation.control),
        "attributes": _mapping(dict(sorted(operation.attributes.items())), 0),
        "constants": _mapping(operation.constants, 0),
        "results": results,
        "gives": [[output, end.node, end.output] for output, end in operation.gives],
        "batch": None if effect is None else effect_json(effect),
    }


def effect_json(effect: OperationEffect) -> dict[str, Any]:
    """What an op does to the batch axis of which sizes, and what its value reaches."""
    return {
        "effect": effect.effect,
        "axis": effect.axis,
        "of": effect.operand.shape.texts(),
        "reaches": effect.reaches,
        "source": None if effect.source is None else source_json(effect.source),
    }


def source_json(source: Source) -> dict[str, Any]:
    """Where a node was made, and the calls that led there, innermost first."""
    return {**span_json(source.span), "stack": [span_json(span) for span in source.stack]}


def span_json(span: Span) -> dict[str, Any]:
    """A place; ``cell`` only in a notebook."""
    place: dict[str, Any] = {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
    return place if span.cell is None else {**place, "cell": span.cell}


def _line(span: Span | None) -> dict[str, Any]:
    if span is None:
        return {"line": None}
    return {"line": span.line} if span.cell is None else {"line": span.line, "cell": span.cell}


def _endpoints(endpoints: Iterable[Endpoint]) -> list[list[Any]]:
    return [[endpoint.node, endpoint.output] for endpoint in endpoints]


def _of_outputs(values: list[Any]) -> Any:
    """A node's only output's value, or the list of them."""
    return values[0] if len(values) == 1 else values or None


def _mapping(values: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    return {str(key): _value(value, depth + 1) for key, value in values.items()}


def _value(value: object, depth: int) -> Any:
    """An argument as JSON: sizes as text, an object by its class."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Expression() | Unknown():
            return text(value)
        case TensorSpec():
            return {"shape": value.shape.public(), "dims": value.shape.texts(), "dtype": value.dtype}
        case list() | tuple() if depth <= _MAXIMUM_DEPTH:
            shown = [_value(each, depth + 1) for each in value[:_MAXIMUM_ITEMS]]
            return shown if len(value) <= _MAXIMUM_ITEMS else [*shown, "..."]
        case Mapping() if depth <= _MAXIMUM_DEPTH:
            return _mapping(value, depth)
        case bytes() | complex():
            return repr(value)
        case _:
            return f"<{type(value).__name__}>"
