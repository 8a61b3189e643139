"""A program's models in Graphviz's DOT language: a cluster for each model and, in it, for each scope."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program


def render_graph_dot(program: Program) -> str:
    """One digraph that holds every model."""
    lines = ["digraph kerascheck {", "  rankdir=TB;", '  node [shape=box, fontname="Helvetica"];']
    for number, model in enumerate(program.models):
        lines += _model(model, f"m{number}")
    return "\n".join([*lines, "}"]) + "\n"


def _model(model: ModelGraph, prefix: str) -> Iterator[str]:
    yield f"  subgraph cluster_{prefix} {{"
    yield f"    label={_quoted(f'{model.name} ({model.kind})')};"
    yield from _scope(list(model.nodes()), 0, prefix, prefix)
    for source, target, data in model.graph.edges(data=True):
        label = _edge_label(model.node(source), data["output"])
        yield f"    {prefix}_{source} -> {prefix}_{target} [label={_quoted(label)}];"
    yield "  }"


def _scope(nodes: list[Node], depth: int, prefix: str, cluster: str) -> Iterator[str]:
    """The nodes of one scope, and within it the clusters of the scopes below."""
    indentation = "  " * (depth + 2)
    inner: dict[str, list[Node]] = {}
    for node in nodes:
        if len(node.scope) > depth:
            inner.setdefault(node.scope[depth], []).append(node)
        else:
            label = f"{node.name}\n{node.op.rpartition('.')[2]}"
            yield f"{indentation}{prefix}_{node.identifier} [label={_quoted(label)}];"
    for number, (name, members) in enumerate(inner.items()):
        nested = f"{cluster}_{number}"
        yield f"{indentation}subgraph cluster_{nested} {{"
        yield f"{indentation}  label={_quoted(name)};"
        yield from _scope(members, depth + 1, prefix, nested)
        yield f"{indentation}}}"


def _edge_label(node: Node, output: int) -> str:
    return str(node.outputs[output].shape) if output < len(node.outputs) else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
