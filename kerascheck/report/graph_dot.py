"""A program's models in Graphviz's DOT language: a cluster for each model and, in it, for each scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kerascheck.diagnostic import Diagnostic
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.report.graph_places import findings_by_node, nodes_of
from kerascheck.report.graph_tensor_ops import shown_operations
from kerascheck.report.style import harmless

_COLORS = {"error": "#cf222e", "warning": "#b35900"}

_STYLES = {"input": "filled,rounded", "variable": "dashed", "constant": "dashed"}


def render_graph_dot(program: Program, findings: Sequence[Diagnostic] = (), *, operations: bool = False) -> str:
    """One digraph that holds every model; a node with findings is coloured and tells them as its tooltip.

    ``operations`` adds a cluster with the TensorFlow ops of each call, where the live front end opened them.
    """
    by_node = findings_by_node(nodes_of(program, findings))
    found = {node: [findings[index] for index in indices] for node, indices in by_node.items()}
    lines = ["digraph kerascheck {", "  rankdir=TB;", '  node [shape=box, fontname="Helvetica"];']
    for number, model in enumerate(program.models):
        lines += _model(model, f"m{number}", found, operations)
    return "\n".join([*lines, "}"]) + "\n"


def _model(model: ModelGraph, prefix: str, found: Mapping[str, list[Diagnostic]], operations: bool) -> Iterator[str]:
    yield f"  subgraph cluster_{prefix} {{"
    yield f"    label={_quoted(f'{model.name} ({model.kind})')};"
    yield from _scope(list(model.nodes()), 0, prefix, prefix, found)
    if operations:
        for node in model.nodes():
            yield from _operations(model, node, prefix)
    for source, target, data in model.graph.edges(data=True):
        label = _edge_label(model.node(source), data["output"])
        yield f"    {prefix}_{source} -> {prefix}_{target} [label={_quoted(label)}];"
    yield "  }"


def _scope(
    nodes: list[Node], depth: int, prefix: str, cluster: str, found: Mapping[str, list[Diagnostic]]
) -> Iterator[str]:
    """The nodes of one scope, and within it the clusters of the scopes below."""
    indentation = "  " * (depth + 2)
    inner: dict[str, list[Node]] = {}
    for node in nodes:
        if len(node.scope) > depth:
            inner.setdefault(node.scope[depth], []).append(node)
        else:
            attributes = ", ".join(_attributes(node, found.get(node.identifier, ())))
            yield f"{indentation}{prefix}_{node.identifier} [{attributes}];"
    for number, (name, members) in enumerate(inner.items()):
        nested = f"{cluster}_{number}"
        yield f"{indentation}subgraph cluster_{nested} {{"
        yield f"{indentation}  label={_quoted(name)};"
        yield from _scope(members, depth + 1, prefix, nested, found)
        yield f"{indentation}}}"


def _attributes(node: Node, findings: Sequence[Diagnostic]) -> Iterator[str]:
    label = f"{node.name}\n{node.op.rpartition('.')[2]}"
    yield f"label={_quoted(label)}"
    if node.kind in _STYLES:
        yield f"style={_quoted(_STYLES[node.kind])}"
    if findings:
        worst = "error" if any(each.severity == "error" for each in findings) else "warning"
        told = "\n".join(f"{each.code} {each.message}" for each in findings)
        yield f"color={_quoted(_COLORS[worst])}, penwidth=3, tooltip={_quoted(told)}"


def _operations(model: ModelGraph, node: Node, prefix: str) -> Iterator[str]:
    """The ops of a call in a cluster of their own, joined to each other and to the calls that feed them."""
    shown = shown_operations(node.identifier, model.operations.get(node.identifier, ()), model.records)
    if not shown:
        return
    names = {operation.identifier: f"{prefix}_{node.identifier}_{index}" for index, operation in enumerate(shown)}
    yield f"    subgraph cluster_{prefix}_{node.identifier} {{"
    yield f"      label={_quoted(f'{node.name}: TensorFlow ops')}; style=dashed;"
    for operation in shown:
        label = f"{operation.name}\n{operation.type}"
        yield f"      {names[operation.identifier]} [label={_quoted(label)}, shape=ellipse];"
    yield "    }"
    for operation in shown:
        for end, _ in operation.inputs:
            source = names.get(end, f"{prefix}_{end}")
            yield f"    {source} -> {names[operation.identifier]} [style=dashed];"


def _edge_label(node: Node, output: int) -> str:
    return str(node.outputs[output].shape) if output < len(node.outputs) else ""


def _quoted(text: str) -> str:
    escaped = harmless(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
