"""From an op of a traced step back to the call it belongs to, and to the user's line.

TensorFlow keeps with every op the Python stack that made it, with AutoGraph's lines mapped to the user's own. An op of
a layer that Keras calls for a functional model has no line of the user's there; its name then tells the layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kerascheck.diagnostic import Span
from kerascheck.graph import ModelGraph, Node
from kerascheck.tracer.frames import UserCode
from kerascheck.tracer.library import Live
from kerascheck.tracer.study import Study

BACKWARD = re.compile(r"^(PartitionedCall/)?gradient_tape/")
"""What TensorFlow puts before the name of an op that computes a gradient: the name of the op it is of follows."""

_NUMBERED = re.compile(r"_\d+$")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an op was asked for: the call's node and its span, or, failing that, the user's line."""

    node: str | None = None
    span: Span | None = None
    line: Span | None = None


def graph_operations(graph: Live) -> Iterator[Live]:
    """The ops of a graph and of the functions its ops call, each function once."""
    pending, seen = [graph], set()
    while pending:
        current = pending.pop()
        for operation in current.get_operations():
            yield operation
            for name in _functions(operation):
                if name not in seen:
                    seen.add(name)
                    found = current._get_function(name)
                    if found is not None:
                        pending.append(found.graph)


def _functions(operation: Live) -> Iterator[str]:
    for value in operation.node_def.attr.values():
        match value.WhichOneof("value"):
            case "func":
                yield value.func.name
            case "list":
                yield from (each.name for each in value.list.func)


def place_of(study: Study, model: ModelGraph | None, kind: str | None, name: str, operation: Live) -> Place:
    """Where the op called ``name``, of type ``kind``, was asked for."""
    lines = [] if operation is None else list(_user_lines(study.session.user, operation))
    line = lines[0] if lines else None
    graphs = study.program.models if model is None else [model]
    best: tuple[tuple[int, int, int], Node] | None = None
    for graph in graphs:
        for node in graph.nodes():
            if node.source is None or node.kind in ("input", "variable", "constant"):
                continue
            score = _score(graph, node, kind, name, lines)
            if score > (0, 0, 0) and (best is None or score > best[0]):
                best = (score, node)
    if best is None:
        return Place(line=line)
    node = best[1]
    assert node.source is not None
    # What the user's own layer computes is better told by its line there than by where the layer is called.
    written = line is not None and node.kind in ("layer", "model") and "." not in node.op
    return Place(node.identifier, line if written else node.source.span, line)


def _score(graph: ModelGraph, node: Node, kind: str | None, name: str, lines: list[Span]) -> tuple[int, int, int]:
    """How well a call fits: by the user's line, by the op's name, and by holding an op of that type."""
    assert node.source is not None
    on_line = 0
    for depth, line in enumerate(lines):
        if _covers(node.source.span, line):
            on_line = max(on_line, len(lines) - depth)
    parts = [_NUMBERED.sub("", part) for part in BACKWARD.sub("", name).split("/")]
    path = [_NUMBERED.sub("", part) for part in (*node.scope, node.name)]
    named = _common(path, parts) if node.kind in ("layer", "model") else 0
    same = any(each.type == kind for each in graph.operations.get(node.identifier, ()))
    if not on_line and not named:
        return (0, 0, 0)
    return (on_line + named, int(same), int(node.kind == "op"))


def _common(path: list[str], parts: list[str]) -> int:
    """How many of a layer's names the op's name holds, in order; 0 where the layer's own is not among them."""
    if path[-1] not in parts:
        return 0
    found, start = 0, 0
    for name in path:
        if name in parts[start:]:
            start = parts.index(name, start) + 1
            found += 1
    return found


def _covers(span: Span, line: Span) -> bool:
    return span.file == line.file and span.cell == line.cell and span.line <= line.line <= span.end_line


def _user_lines(user: UserCode, operation: Live) -> Iterator[Span]:
    """The user's lines in the stack that made the op, the innermost first."""
    for frame in reversed(list(operation.traceback)):
        if user.owns(frame.filename):
            yield user.line(frame.filename, int(frame.lineno))
