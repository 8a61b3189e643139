"""An embedding table that no single device has the memory for."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.graph import Node
from kerascheck.program import Program
from kerascheck.shapes import as_int

EMBEDDING = "keras.layers.Embedding"

BUDGET = 16 * 2**30
"""The memory of one TPU v2 to v4 core or of a usual GPU, in bytes."""

BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}


def check(program: Program) -> Iterator[Finding]:
    """A finding for every table that alone is larger."""
    return once(
        Finding(
            node.source.span,
            f"the table of `{expression(node)}` takes {size / 2**30:.1f} GiB, more than a device has",
            f"{BUDGET // 2**30} GiB is what most accelerators have for everything",
            call_trail(node),
            "hash the indices into fewer rows, or keep the table on the host",
        )
        for _, node in program.nodes_of((EMBEDDING,))
        if node.source is not None and (size := _size(node)) > BUDGET
    )


def _size(node: Node) -> int:
    """The bytes of an embedding's table; 0 where they are not known."""
    if not node.weights:
        return 0
    count = as_int(node.weights[0].shape.size)
    return 0 if count is None else count * BYTES.get(node.weights[0].dtype or "", 0)
