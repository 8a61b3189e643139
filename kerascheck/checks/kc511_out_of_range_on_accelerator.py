"""Indices known to be out of range, in a step that XLA compiles: a CPU refuses them, XLA takes other rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascheck.catalog import find
from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import compiled_nodes, device_step
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.shapes import as_int

TAKING = {"tf.gather": ("params", False), "keras.ops.take": ("x", True)}
"""What takes rows by number: the parameter that holds them, and whether negative numbers count from the end."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call in a model meant for a TPU, or in a jit-compiled function."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    asked = device_step(program)
    for model, node in compiled_nodes(program):
        found = _out_of_range(model, node) if node.kind == "op" and node.problem is None else None
        if found is None:
            continue
        index, size, axis = found
        assert node.source is not None
        yield Finding(
            node.source.span,
            f"`{expression(node)}` takes index {index} of {size}: compiled, it silently takes another one",
            f"axis {axis} has {size}; XLA takes the nearest there is, a CPU raises",
            ((asked,) if asked is not None else ()) + operand_trail(model, node),
            f"use indices from 0 to {size - 1}",
        )


def _out_of_range(model: ModelGraph, node: Node) -> tuple[int, int, int] | None:
    """The first index that is out of range, with the size of the axis and the axis; None where none certainly is."""
    symbol = find(node.op)
    known = TAKING.get(symbol.canonical if symbol is not None else node.op)
    dims = None
    if known is not None:
        operands = {edge.argument: source.outputs[edge.output] for source, edge in model.operands(node)}
        dims = operands[known[0]].shape.dims if known[0] in operands else None
    axis = node.config.get("axis")
    if known is None or not dims or node.config.get("batch_dims") not in (None, 0):
        return None
    place = 0 if axis is None and not known[1] else axis
    if not isinstance(place, int) or not -len(dims) <= place < len(dims):
        return None
    size = as_int(dims[place])
    if size is None:
        return None
    lowest = -size if known[1] else 0
    indices = _indices(model, node)
    wrong = next((index for index in indices if not lowest <= index < size), None)
    return None if wrong is None else (wrong, size, place % len(dims))


def _indices(model: ModelGraph, node: Node) -> list[int]:
    """The indices that are constants, in order; none where they are not."""
    for source, edge in model.operands(node):
        if edge.argument == "indices":
            symbol = find(source.op)
            constant = symbol is not None and symbol.canonical == "tf.constant"
            return _flat(source.config.get("value")) if constant else _flat(source.outputs[edge.output].content)
    return _flat(node.config.get("indices"))


def _flat(value: Any) -> list[int]:
    if isinstance(value, (list, tuple)):
        return [index for part in value for index in _flat(part)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []
