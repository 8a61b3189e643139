"""A Program as the HTML page reads it: compact, with what repeats said once."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from kerascheck.diagnostic import Diagnostic, Span
from kerascheck.graph import ModelGraph, Node, Operation
from kerascheck.graph_json import node_json
from kerascheck.program import Program
from kerascheck.report.graph_facts import facts_json
from kerascheck.report.graph_families import family
from kerascheck.report.graph_folding import Group, fold
from kerascheck.report.graph_places import findings_by_node, nodes_of
from kerascheck.report.graph_tensor_ops import shown_operations
from kerascheck.shapes import Shape, TensorSpec
from kerascheck.source import SourceCache

_HEADLINE = (
    "units", "filters", "kernel_size", "pool_size", "size", "strides", "dilation_rate", "padding", "activation", "rate",
    "axis", "target_shape", "dims", "num_heads", "key_dim", "input_dim", "output_dim", "perm", "shape",
    "return_sequences",
)  # fmt: skip
"""The arguments worth a place on the node itself, in the order they are shown in."""

_NAMED = {
    "strides": "stride",
    "rate": "rate",
    "axis": "axis",
    "dilation_rate": "dilation",
    "num_heads": "heads",
    "key_dim": "key",
    "kernel_size": "kernel",
    "pool_size": "pool",
    "return_sequences": "return sequences",
}
"""The arguments whose values say nothing without a name, and the short name they are shown by."""

_UNREMARKABLE: Mapping[str, tuple[object, ...]] = {
    "strides": ((1, 1), (1,), (1, 1, 1), 1, None),
    "dilation_rate": ((1, 1), (1,), (1, 1, 1), 1),
    "activation": (None, "linear"),
    "padding": ("valid",),
    "axis": (-1,),
    "return_sequences": (False,),
}
"""Their values that say nothing new."""

_MAXIMUM_SOURCE_LINES = 12


class Table:
    """Values each held once, to be named by their place."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[Hashable, int] = {}

    def place(self, key: Hashable, value: Any) -> int:
        """Where ``value``, which ``key`` stands for, is."""
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


class PageData:
    """Collects what the page of one Program holds."""

    def __init__(self, program: Program, findings: Sequence[Diagnostic], sources: SourceCache) -> None:
        self.program = program
        self.findings = findings
        self.sources = sources
        self.places = nodes_of(program, findings)
        self.by_node = findings_by_node(self.places)
        self.files = Table()
        self.specs = Table()
        self.configs = Table()
        self.types = Table()
        self.layers = Table()
        self.lines: dict[int, dict[str, str]] = {}

    def collect(self) -> dict[str, Any]:
        """The data, as plain JSON values."""
        models = [self._model(model) for model in self.program.models]
        findings = [self._finding(index) for index in range(len(self.findings))]
        unknown = {each.span: each for each in self.program.unknown}.values()
        facts = {name: records for name, records in facts_json(self.program).items() if records}
        return {
            "file": self.program.file,
            "device": self.program.device,
            "models": models,
            "findings": findings,
            "facts": facts,
            "unknown": [{"at": self._span(each.span), "what": each.what, "why": each.why} for each in unknown],
            "specs": self.specs.values,
            "configs": self.configs.values,
            "types": self.types.values,
            "files": self.files.values,
            "lines": self.lines,
        }

    def _model(self, model: ModelGraph) -> dict[str, Any]:
        index = {identifier: place for place, identifier in enumerate(model.records)}
        marked = [identifier for identifier in self.by_node if identifier in model]
        folding = fold(model, self._text, family, marked)
        operations = {
            str(index[call]): shown
            for call, made in model.operations.items()
            if (shown := self._operations(model, index, call, made))
        }
        return {
            "name": model.name,
            "kind": model.kind,
            "at": self._span(model.span),
            "complete": model.complete,
            "params": model.params,
            "trainable": model.trainable,
            "inputs": [[index[end.node], end.output] for end in model.inputs if end.node in index],
            "outputs": [[index[end.node], end.output] for end in model.outputs if end.node in index],
            "nodes": [self._node(node) for node in model.nodes()],
            "edges": [
                [index[edge.source], edge.output, index[target], edge.argument]
                for target, edges in model.incoming.items()
                for edge in edges
            ],
            "groups": [self._group(group, index) for group in folding.groups.values()],
            "top": [index.get(unit, unit) for unit in folding.top],
            "operations": operations,
        }

    def _group(self, group: Group, index: Mapping[str, int]) -> dict[str, Any]:
        return {
            "id": group.identifier,
            "kind": group.kind,
            "title": group.title,
            "members": [index.get(member, member) for member in group.members if member != group.node],
            "node": None if group.node is None else index[group.node],
            "open": group.is_open,
        }

    def _node(self, node: Node) -> dict[str, Any]:
        config = node_json(node)["config"]
        shown: dict[str, Any] = {
            "id": node.identifier,
            "kind": node.kind,
            "op": node.op,
            "name": node.name,
            "family": family(node),
            "out": [self._spec(spec) for spec in node.outputs],
            "params": node.params,
            "trainable": node.trainable,
            "at": self._span(node.source.span if node.source else None),
            "stack": [self._span(span) for span in node.source.stack] if node.source else [],
            "config": self.configs.place(json.dumps(config), config),
            "headline": _headline(config),
            "weights": [
                [weight.name, self._spec(TensorSpec(weight.shape, weight.dtype)), weight.trainable]
                for weight in node.weights
            ],
            "layer": None if node.layer is None else self.layers.place(node.layer, None),
            "findings": self.by_node.get(node.identifier, []),
            "guards": list(node.guards),
            "tracked": False if node.tracked is False else None,
            "scope": "/".join(node.scope),
        }
        # What most nodes have nothing of is left out.
        return {key: value for key, value in shown.items() if value not in (None, [], "")}

    def _operations(
        self, model: ModelGraph, index: Mapping[str, int], call: str, made: Sequence[Operation]
    ) -> list[list[Any]]:
        """The ops of a call: type, name, outputs, inputs, parent, attributes; an input is a place, or a node's id."""
        shown = shown_operations(call, made, set(index))
        place = {operation.identifier: number for number, operation in enumerate(shown)}
        rows: list[list[Any]] = []
        for operation in shown:
            inputs = [
                [place[end], output] if end in place else [f"n{index[end]}", output]
                for end, output in operation.inputs
                if end in place or end in index
            ]
            attributes = json.dumps(operation.attributes, sort_keys=True)
            rows.append(
                [
                    self.types.place(operation.type, operation.type),
                    operation.name,
                    [self._spec(spec) for spec in operation.outputs],
                    inputs,
                    place.get(operation.parent or "", -1),
                    self.configs.place(attributes, operation.attributes),
                ]
            )
        return rows

    def _finding(self, index: int) -> dict[str, Any]:
        found = self.findings[index]
        return {
            "code": found.code,
            "name": found.name,
            "severity": found.severity.value,
            "message": found.message,
            "label": found.label,
            "help": found.help,
            "fix": None if found.fix is None else found.fix.description,
            "url": found.url,
            "at": self._span(found.span),
            "trail": [[self._span(step.span), step.note] for step in found.trail],
            "nodes": list(self.places[index]),
        }

    def _spec(self, spec: TensorSpec) -> int:
        public, symbolic = str(spec.shape), _symbolic(spec.shape)
        value = [public, "" if symbolic == public else symbolic, spec.dtype or ""]
        return self.specs.place(tuple(value), value)

    def _span(self, span: Span | None) -> list[int | None] | None:
        """A place as file, line, column, end line, end column and cell; its lines are kept to be shown."""
        if span is None:
            return None
        file = self.files.place(span.file, span.file)
        kept = self.lines.setdefault(file, {})
        for line in range(span.line, min(span.end_line, span.line + _MAXIMUM_SOURCE_LINES) + 1):
            key = f"{line}" if span.cell is None else f"{span.cell}:{line}"
            if key not in kept:
                kept[key] = (self.sources.line(span, line) or "")[:400]
        return [file, span.line, span.column, span.end_line, span.end_column, span.cell]

    def _text(self, span: Span) -> str:
        line = self.sources.line(span, span.line)
        if line is None:
            return ""
        return line[span.column - 1 : span.end_column - 1 if span.end_line == span.line else None]


def _symbolic(shape: Shape) -> str:
    texts = shape.texts()
    if texts is None:
        return str(shape)
    return f"({', '.join(str(each) for each in texts)}{',' if len(texts) == 1 else ''})"


def _headline(config: Mapping[str, Any]) -> str:
    """The arguments that tell one layer of a class from another, short."""
    parts: list[str] = []
    for name in _HEADLINE:
        value = config.get(name)
        key = tuple(value) if isinstance(value, list) else value
        if name not in config or value is None or _is_hidden(name, key):
            continue
        match value:
            case [*sizes] if name in ("kernel_size", "pool_size", "strides", "size", "dilation_rate"):
                is_even = name in ("strides", "dilation_rate") and len(set(map(str, sizes))) == 1
                short = str(sizes[0]) if is_even else "×".join(str(each) for each in sizes)
            case str():
                short = value.rpartition(".")[2].lower()
            case _:
                short = json.dumps(value)
        said = name in _NAMED and not (name in ("kernel_size", "pool_size") and "×" in short)
        parts.append(f"{_NAMED[name]} {short}" if said else short)
    headline = " · ".join(parts)
    return headline if len(headline) <= 40 else f"{headline[:39]}…"


def _is_hidden(name: str, value: object) -> bool:
    try:
        return value in _UNREMARKABLE.get(name, ())
    except TypeError:
        return False
