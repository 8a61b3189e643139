"""A program's models as GraphML, which yEd, Gephi and ``networkx.read_graphml`` read.

All models are in one graph, as many readers take no more; a node's ``model`` tells them apart. Attributes are strings
and whole numbers. What yEd draws a node and an edge with is there beside them.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from kerascheck.diagnostic import Diagnostic
from kerascheck.graph import ModelGraph, Node
from kerascheck.graph_json import node_json
from kerascheck.program import Program
from kerascheck.report.graph_places import findings_by_node, nodes_of
from kerascheck.report.graph_tensor_ops import ShownOperation, shown_operations

GRAPHML = "http://graphml.graphdrawing.org/xmlns"
YED = "http://www.yworks.com/xml/graphml"

_NODE_KEYS = {
    "name": "string", "kind": "string", "op": "string", "shape": "string", "dims": "string", "dtype": "string",
    "params": "long", "trainable": "long", "scope": "string", "model": "string", "file": "string", "line": "long",
    "config": "string", "call": "string", "findings": "string",
}  # fmt: skip
_EDGE_KEYS = {"shape": "string", "argument": "string", "output": "long"}

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_graph_graphml(program: Program, findings: Sequence[Diagnostic] = (), *, operations: bool = False) -> str:
    """One directed graph that holds every model.

    ``operations`` adds the TensorFlow ops of each call, of kind ``tensorflow``, where the live front end opened them.
    """
    by_node = findings_by_node(nodes_of(program, findings))
    told = {
        node: "; ".join(f"{findings[index].code} {findings[index].message}" for index in indices)
        for node, indices in by_node.items()
    }
    root = ElementTree.Element("graphml", {"xmlns": GRAPHML, "xmlns:y": YED})
    for side, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
        for name, kind in keys.items():
            attributes = {"id": f"{side}-{name}", "for": side, "attr.name": name, "attr.type": kind}
            ElementTree.SubElement(root, "key", attributes)
        ElementTree.SubElement(root, "key", {"id": f"{side}-drawn", "for": side, "yfiles.type": f"{side}graphics"})
    graph = ElementTree.SubElement(root, "graph", {"id": "kerascheck", "edgedefault": "directed"})
    writer = _Writer(graph, told)
    for number, model in enumerate(program.models):
        writer.model(model, f"m{number}", operations)
    ElementTree.indent(root)
    file = io.BytesIO()
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
    return file.getvalue().decode() + "\n"


@dataclass
class _Writer:
    """Adds models to the one graph."""

    graph: ElementTree.Element
    told: Mapping[str, str]
    edges: int = 0

    def model(self, model: ModelGraph, prefix: str, operations: bool) -> None:
        """The nodes of a model, their ops, and all edges."""
        for node in model.nodes():
            self._node(f"{prefix}_{node.identifier}", node.name, dict(self._attributes(model, node)))
        for source, target, data in model.graph.edges(data=True):
            outputs = model.node(source).outputs
            shape = str(outputs[data["output"]].shape) if data["output"] < len(outputs) else ""
            attributes = {"shape": shape, "argument": data["argument"], "output": data["output"]}
            self._edge(f"{prefix}_{source}", f"{prefix}_{target}", attributes)
        if operations:
            for node in model.nodes():
                made = model.operations.get(node.identifier, ())
                self._operations(model, node, prefix, shown_operations(node.identifier, made, model.records))

    def _attributes(self, model: ModelGraph, node: Node) -> Iterator[tuple[str, str | int | None]]:
        plain = node_json(node)
        yield "name", node.name
        yield "kind", node.kind
        yield "op", node.op
        yield "shape", "; ".join(str(spec.shape) for spec in node.outputs)
        yield "dims", "; ".join(json.dumps(spec.shape.texts()) for spec in node.outputs)
        yield "dtype", "; ".join(spec.dtype or "?" for spec in node.outputs)
        yield "params", node.params
        yield "trainable", node.trainable
        yield "scope", "/".join(node.scope)
        yield "model", model.name
        if node.source is not None:
            yield "file", node.source.span.file
            yield "line", node.source.span.line
        yield "config", json.dumps(plain["config"])
        yield "findings", self.told.get(node.identifier)

    def _operations(self, model: ModelGraph, node: Node, prefix: str, shown: Sequence[ShownOperation]) -> None:
        names = {each.identifier: f"{prefix}_{node.identifier}_{index}" for index, each in enumerate(shown)}
        for operation in shown:
            attributes: dict[str, str | int | None] = {
                "name": operation.name,
                "kind": "tensorflow",
                "op": operation.type,
                "shape": "; ".join(str(spec.shape) for spec in operation.outputs),
                "model": model.name,
                "call": f"{prefix}_{node.identifier}",
            }
            self._node(names[operation.identifier], f"{operation.name}\n{operation.type}", attributes)
        for operation in shown:
            for end, output in operation.inputs:
                source = names.get(end, f"{prefix}_{end}")
                self._edge(source, names[operation.identifier], {"output": output})

    def _node(self, identifier: str, label: str, attributes: Mapping[str, str | int | None]) -> None:
        element = ElementTree.SubElement(self.graph, "node", {"id": identifier})
        _data(element, "node", attributes)
        drawn = ElementTree.SubElement(element, "data", {"key": "node-drawn"})
        shape = ElementTree.SubElement(drawn, "y:ShapeNode")
        width = 24 + 8 * max(len(line) for line in label.split("\n"))
        ElementTree.SubElement(shape, "y:Geometry", {"width": str(width), "height": "36"})
        color = "#ffe0dd" if attributes.get("findings") else "#ffffff"
        ElementTree.SubElement(shape, "y:Fill", {"color": color, "transparent": "false"})
        ElementTree.SubElement(shape, "y:NodeLabel").text = _xml_text(label)
        ElementTree.SubElement(shape, "y:Shape", {"type": "roundrectangle"})

    def _edge(self, source: str, target: str, attributes: Mapping[str, str | int | None]) -> None:
        element = ElementTree.SubElement(
            self.graph, "edge", {"id": f"e{self.edges}", "source": source, "target": target}
        )
        self.edges += 1
        _data(element, "edge", attributes)
        drawn = ElementTree.SubElement(element, "data", {"key": "edge-drawn"})
        line = ElementTree.SubElement(drawn, "y:PolyLineEdge")
        ElementTree.SubElement(line, "y:Arrows", {"source": "none", "target": "standard"})
        ElementTree.SubElement(line, "y:EdgeLabel").text = _xml_text(str(attributes.get("shape") or ""))


def _data(element: ElementTree.Element, side: str, attributes: Mapping[str, str | int | None]) -> None:
    for name, value in attributes.items():
        if value is not None:
            ElementTree.SubElement(element, "data", {"key": f"{side}-{name}"}).text = _xml_text(str(value))


def _xml_text(text: str) -> str:
    """``text`` without the characters that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
