"""What the rules share about layers that are called and that nobody holds."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program, UnheldLayer


def used_in_output(program: Program, how: str) -> Iterator[tuple[UnheldLayer, ModelGraph, Node]]:
    """Every unheld layer of that kind that a model's output depends on, once a place, with its first such call."""
    wanted = {layer.layer: layer for layer in program.unheld_layers if layer.how == how}
    told: set[object] = set()
    if not wanted:
        return
    for model in program.models:
        if model.kind == "fragment":
            continue
        for identifier in sorted(model.output_ancestors(), key=lambda each: int(each[1:])):
            node = model.node(identifier)
            layer = wanted.get(node.layer or "")
            if layer is not None and layer.span not in told:
                told.add(layer.span)
                yield layer, model, node
