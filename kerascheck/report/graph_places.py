"""Which nodes of the graph a finding is about: what its line made."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from kerascheck.diagnostic import Diagnostic, Span
from kerascheck.graph import Node
from kerascheck.program import Program


def nodes_of(program: Program, findings: Sequence[Diagnostic]) -> list[tuple[str, ...]]:
    """For each finding, the identifiers of the nodes that its place made, in order; none where it made none.

    Those of exactly that place, else of the closest expression around it or within it, else of its line, else those
    that a call on its line led to.
    """
    by_line: dict[tuple[str, int | None, int], list[tuple[Node, Span]]] = {}
    led_to: dict[tuple[str, int | None, int], list[str]] = {}
    for _, node in program.nodes():
        if node.source is None:
            continue
        span = node.source.span
        for line in range(span.line, min(span.end_line, span.line + _MAXIMUM_LINES) + 1):
            by_line.setdefault(_place(span, line), []).append((node, span))
        for frame in node.source.stack:
            led_to.setdefault(_place(frame, frame.line), []).append(node.identifier)
    return [_nodes_at(found.span, by_line, led_to) for found in findings]


def findings_by_node(places: Iterable[tuple[str, ...]]) -> Mapping[str, list[int]]:
    """What :func:`nodes_of` gave, turned around: the findings of each node, by their place in the list."""
    found: dict[str, list[int]] = {}
    for index, identifiers in enumerate(places):
        for identifier in identifiers:
            found.setdefault(identifier, []).append(index)
    return found


_MAXIMUM_LINES = 200
"""A call expression over more lines than this is looked for at its first lines only."""


def _nodes_at(
    span: Span,
    by_line: Mapping[tuple[str, int | None, int], list[tuple[Node, Span]]],
    led_to: Mapping[tuple[str, int | None, int], list[str]],
) -> tuple[str, ...]:
    on_line = by_line.get(_place(span, span.line), [])
    exact = [node for node, other in on_line if _columns(other) == _columns(span)]
    if exact:
        return _identifiers(exact)
    around = [(_length(other), node) for node, other in on_line if _contains(other, span)]
    if around:
        closest = min(length for length, _ in around)
        return _identifiers(node for length, node in around if length == closest)
    within = [(_length(other), node) for node, other in on_line if _contains(span, other)]
    if within:
        widest = max(length for length, _ in within)
        return _identifiers(node for length, node in within if length == widest)
    if on_line:
        return _identifiers(node for node, other in on_line if other.line == span.line)
    return tuple(dict.fromkeys(led_to.get(_place(span, span.line), ())))


def _identifiers(nodes: Iterable[Node]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(node.identifier for node in nodes))


def _place(span: Span, line: int) -> tuple[str, int | None, int]:
    return _real(span.file), span.cell, line


@cache
def _real(file: str) -> str:
    return os.path.realpath(file)


def _columns(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column


def _contains(outer: Span, inner: Span) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def _length(span: Span) -> tuple[int, int]:
    return span.end_line - span.line, span.end_column - span.column
