"""A constraint is given as a regularizer, or a regularizer as a constraint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.graph import Node
from kerascheck.program import Program

MEANT = {"regularizer": "keras.constraints.", "constraint": "keras.regularizers."}
"""The other one's module, by how a parameter's name ends."""

KINDS = tuple(MEANT)


def check(program: Program) -> Iterator[Finding]:
    """A finding for every layer that is given one for the other."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for _, node in program.nodes():
        if node.kind != "layer" or node.source is None:
            continue
        for parameter, value in node.config.items():
            if value is None or not parameter.endswith(KINDS):
                continue
            kind = parameter.rpartition("_")[2]
            given = _class_of(value) if kind in MEANT else None
            if given is not None and given.startswith(MEANT[kind]):
                yield _finding(node, parameter, kind, given.rpartition(".")[2])


def _class_of(value: Any) -> str | None:
    """The canonical name of a regularizer's or constraint's class."""
    match value:
        case object(native=str(native)):
            return native
        case object(name=str(name), config=_):
            return name
    return None


def _finding(node: Node, parameter: str, kind: str, given: str) -> Finding:
    assert node.source is not None
    other = "constraint" if kind == "regularizer" else "regularizer"
    right = f"{parameter.removesuffix(kind)}{other}"
    what = "adds the weights themselves to the loss" if kind == "regularizer" else "replaces the weights by a penalty"
    return Finding(
        node.source.span,
        f"`{parameter}` of `{expression(node)}` is given the {other} `{given}`, which {what}",
        f"`{given}` is a {other}",
        call_trail(node),
        f"give it as `{right}`",
    )
