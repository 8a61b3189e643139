"""Metrics that a loop of the user's own updates: when they are made, updated, read and reset."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

from kerascheck.graph import Source
from kerascheck.interpreter.core import Interpreter, Loop
from kerascheck.interpreter.names import describe
from kerascheck.interpreter.nests import is_too_large
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.syntax import walk
from kerascheck.interpreter.values import NOTHING_KNOWN, Arguments, DictValue, Instance, ListValue, Mutable, Value
from kerascheck.program import MetricRead
from kerascheck.records import immutable

METRICS = "keras.metrics."
Kind = Literal["made", "updated", "read", "reset", "escaped"]
KINDS: dict[str, Kind] = {
    "update_state": "updated",
    "__call__": "updated",
    "result": "read",
    "reset_state": "reset",
    "reset_states": "reset",
}


@immutable()
class MetricEvent:
    """Something that happened to a metric, and the loops it happened in, outermost first."""

    kind: Kind
    loops: tuple[Loop, ...]
    source: Source


@dataclass(slots=True)
class MetricFacts:
    """What happened to each metric; ``unknown_resets`` where something that is not known was reset."""

    events: dict[int, tuple[Instance, list[MetricEvent]]] = field(default_factory=dict)
    unknown_resets: bool = False


def note_metric(interpreter: Interpreter, metric: Instance, kind: Kind, node: ast.AST) -> None:
    """Note what happens to a metric."""
    source = source_of(interpreter, node)
    facts: MetricFacts = interpreter.facts.metrics
    if source is not None:
        event = MetricEvent(kind, tuple(interpreter.context.loops), source)
        facts.events.setdefault(id(metric), (metric, []))[1].append(event)


def metric_method(interpreter: Interpreter, metric: Instance, name: str, node: ast.AST) -> Value:
    """``metric.name(...)``."""
    if name in KINDS:
        note_metric(interpreter, metric, KINDS[name], node)
    return NOTHING_KNOWN


def note_metrics_given(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> None:
    """Note the metrics among the arguments of a call that was not followed: it may do with them what it likes."""
    for value in arguments.given:
        if isinstance(value, (Mutable, tuple)):
            for metric in _metrics_in(value):
                note_metric(interpreter, metric, "escaped", node)


def _metrics_in(value: Value) -> list[Instance]:
    match value:
        case Instance(native=str() as native) if native.startswith(METRICS):
            return [value]
        case tuple() | ListValue(items=list()) | DictValue(items=dict()) if not is_too_large(value):
            parts = value if isinstance(value, tuple) else value.items
            listed = list(parts.values()) if isinstance(parts, dict) else list(parts or ())
            return [metric for part in listed for metric in _metrics_in(part)]
    return []


def finish_metrics(interpreter: Interpreter) -> None:
    """Tell the rules of the metrics that go on from epoch to epoch."""
    facts: MetricFacts = interpreter.facts.metrics
    if facts.unknown_resets or not facts.events:
        return
    held = {
        id(metric)
        for layer in interpreter.facts.layers
        for value in layer.attributes.values()
        for metric in _metrics_in(value)
    }
    for metric, events in facts.events.values():
        if id(metric) in held or any(event.kind in ("reset", "escaped") for event in events):
            continue
        found = _read_over_epochs(metric, events, interpreter.program.generation)
        if found is not None:
            interpreter.program.metric_reads.append(found)


def _read_over_epochs(metric: Instance, events: list[MetricEvent], generation: int) -> MetricRead | None:
    made = next((event for event in events if event.kind == "made"), None)
    if made is None:
        return None
    for update in (event for event in events if event.kind == "updated"):
        for place, loop in enumerate(update.loops):
            if loop.span is None or any(each.node is loop.node for each in made.loops):
                continue
            inner = update.loops[place + 1] if place + 1 < len(update.loops) else None
            for read in (event for event in events if event.kind == "read"):
                if _is_epoch(loop, inner, read):
                    described = describe(metric.class_name, generation)
                    return MetricRead(
                        metric.native or "",
                        generation if described is None else described.generation,
                        read.source.span,
                        read.source.text,
                        update.source.span,
                        loop.span,
                        made.source.span,
                        read.source.stack,
                    )
    return None


def _is_epoch(loop: Loop, inner: Loop | None, read: MetricEvent) -> bool:
    """Whether a loop goes over the same data again in each round, or says that its rounds are epochs."""
    around = [each.node for each in read.loops]
    if not any(each is loop.node for each in around):
        return False
    if any("epoch" in name for name in _targets(loop.node)):
        return True
    if inner is None or not isinstance(inner.node, ast.For) or any(each is inner.node for each in around):
        return False
    return not _names(inner.node.iter, ast.Load) & _bound(loop.node)


def _targets(node: ast.For | ast.AsyncFor | ast.While) -> set[str]:
    return set() if isinstance(node, ast.While) else _names(node.target, ast.Store)


def _bound(node: ast.For | ast.AsyncFor | ast.While) -> set[str]:
    """The names that a loop binds in each round."""
    return _names(node, ast.Store)


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {part.id for part in walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, context)}
