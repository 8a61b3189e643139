"""The ops of a call as a viewer shows them: constants as text with what takes them, a variable's reading as itself."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from kerascheck.graph import Endpoint, Operation
from kerascheck.shapes import TensorSpec

_TRANSPARENT = ("ReadVariableOp",)
"""The ops that stand for what they read."""


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """One op to show; ``inputs`` are ops shown and nodes, each with which of its outputs."""

    identifier: str
    type: str
    name: str
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[TensorSpec, ...]
    parent: str | None
    attributes: dict[str, Any]


def shown_operations(call: str, operations: Sequence[Operation], nodes: Collection[str]) -> list[ShownOperation]:
    """The ops of ``call`` that are worth seeing, in order.

    An input from another call is that call, whichever of its ops made it; ``nodes`` are the nodes that there are.
    """
    by_identifier = {operation.identifier: operation for operation in operations}
    read = {end.node: each.outputs for each in operations if each.type in _TRANSPARENT for end in each.inputs[:1]}
    shown: list[ShownOperation] = []
    for operation in operations:
        if operation.type in ("Const", "NoOp", *_TRANSPARENT):
            continue
        variable = operation.attributes.get("variable")
        inputs = [_origin(end, by_identifier) for end in operation.inputs]
        # TensorFlow keeps attributes in another order in each run.
        said = [(name, value) for name, value in sorted(operation.attributes.items()) if value not in ("", [], None)]
        attributes = {name: _finite(value) for name, value in said}
        attributes |= {f"input {position}": _short(value) for position, value in operation.constants.items()}
        shown.append(
            ShownOperation(
                operation.identifier,
                "Variable" if variable else operation.type,
                str(variable) if variable else operation.identifier.rpartition("/")[2],
                tuple((name, end.output) for end in inputs if (name := _node_or_op(end.node, by_identifier, nodes))),
                read.get(operation.identifier, (TensorSpec(),)) if variable else operation.outputs,
                operation.parent,
                {} if variable else attributes,
            )
        )
    return shown


def _origin(end: Endpoint, operations: dict[str, Operation]) -> Endpoint:
    """Where a value comes from, past the ops that only hand it on."""
    found = operations.get(end.node)
    while found is not None and found.type in _TRANSPARENT and found.inputs:
        end = found.inputs[0]
        found = operations.get(end.node)
    return end


def _node_or_op(identifier: str, operations: dict[str, Operation], nodes: Collection[str]) -> str | None:
    found = operations.get(identifier)
    if found is not None:
        return None if found.type == "Const" else identifier
    node = identifier.partition("/")[0]
    return node if node in nodes else None


def _finite(value: Any) -> Any:
    """``value`` as JSON can hold it."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
