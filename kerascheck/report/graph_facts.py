"""What a Program knows beside its graph, as JSON: findings, variables, states, compiled steps, data, dependences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from kerascheck.diagnostic import Diagnostic, Span
from kerascheck.graph_json import span_json
from kerascheck.program import Program
from kerascheck.report.graph_places import nodes_of
from kerascheck.report.json import finding_json
from kerascheck.shapes import Shape

FACTS = ("variables", "states", "steps", "dependences", "data_calls")
"""The fields of a Program that only the live front end fills."""


def findings_json(program: Program, findings: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """The findings as ``--output-format json`` prints them, each with the ``nodes`` that its line made."""
    places = nodes_of(program, findings)
    return [finding_json(found) | {"nodes": list(nodes)} for found, nodes in zip(findings, places, strict=True)]


def facts_json(program: Program) -> dict[str, Any]:
    """The facts by the names of their fields; a shape as Keras prints it, a place as a node's ``source``."""
    return {name: [_plain(record) for record in getattr(program, name)] for name in FACTS}


def _plain(value: Any) -> Any:
    match value:
        case Span():
            return span_json(value)
        case Shape():
            return value.public()
        case tuple() | frozenset():
            return [_plain(each) for each in value]
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float() | str():
            return value
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return str(value)
