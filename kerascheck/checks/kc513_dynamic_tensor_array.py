"""A TensorArray that is to grow, inside a step that XLA compiles: what is read from it is empty."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import compiled_nodes, device_step
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program

TENSOR_ARRAY = "tf.TensorArray"
READING = frozenset(f"{TENSOR_ARRAY}.{name}" for name in ("stack", "concat", "gather", "read"))


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such array that something is read from."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    asked = device_step(program)
    for model, node in compiled_nodes(program):
        if node.op != TENSOR_ARRAY or not _grows(node) or not _is_read(model, node):
            continue
        assert node.source is not None
        yield Finding(
            node.source.span,
            f"`{expression(node)}` does not grow where it is compiled: what is read from it is empty",
            "XLA keeps the size that the array is made with, 0",
            (asked,) if asked is not None else (),
            "give the array its size: `tf.TensorArray(dtype, size=n)`",
        )


def _grows(node: Node) -> bool:
    return node.config.get("dynamic_size") is True and node.config.get("size") in (0, None)


def _is_read(model: ModelGraph, node: Node) -> bool:
    return any(model.node(name).op in READING for name in model.successors(node.identifier))
