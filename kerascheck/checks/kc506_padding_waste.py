"""A weight whose sizes fill only a part of the tiles that a TPU keeps it in."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import device_step
from kerascheck.graph import Node, Weight
from kerascheck.program import Program
from kerascheck.shapes import as_int

ROWS, COLUMNS = 8, 128
"""The tile in which a TPU keeps the last two axes of an array."""

LEAST = 2**20
"""So many numbers of padding matter."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every layer with a weight that is padded to twice its size, in code meant for a TPU."""
    if program.device != "tpu":
        return
    asked = device_step(program)
    trail = (asked,) if asked is not None else ()
    yield from once(
        Finding(
            node.source.span,
            f"`{expression(node)}` has a weight of {weight.shape}, of which a TPU pads {wasted:.0%}",
            f"the last two sizes are rounded up to multiples of {ROWS} and {COLUMNS}",
            trail,
            f"use sizes that are multiples of {COLUMNS}, or a little less",
        )
        for _, node in program.nodes()
        if node.source is not None and node.kind == "layer"
        for weight, wasted in _wasteful(node)
    )


def _wasteful(node: Node) -> Iterator[tuple[Weight, float]]:
    """The weights of a layer of which at least half is padding, with that share."""
    for weight in node.weights:
        dims = [as_int(dim) for dim in weight.shape.dims or ()]
        if len(dims) < 2 or any(dim is None for dim in dims):
            continue
        sizes = [dim for dim in dims if dim is not None]
        real, padded = 1, 1
        for place, size in enumerate(sizes):
            tile = COLUMNS if place == len(sizes) - 1 else ROWS if place == len(sizes) - 2 else 1
            real, padded = real * size, padded * -(-size // tile) * tile
        if padded >= 2 * real and padded - real >= LEAST:
            yield weight, (padded - real) / padded
