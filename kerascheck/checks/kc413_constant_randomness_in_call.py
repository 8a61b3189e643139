"""A layer's ``call`` draws the same numbers for ever: by a fixed seed, or by NumPy while it is traced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascheck.checks.api import Finding, call_trail, expression, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import HostDraw, Program

PRODUCTS = frozenset(
    {
        *(f"keras.ops.{name}" for name in ("matmul", "dot", "einsum", "tensordot", "inner", "outer")),
        *(f"tf.{name}" for name in ("matmul", "einsum", "tensordot", "linalg.matmul", "linalg.matvec")),
        "keras.backend.dot",
    }
)
"""What a fixed random projection is for: there the numbers are to stay the same."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every random function with a constant seed, and every draw of NumPy's or Python's."""
    yield from once(_of_graph(program))
    yield from (_host(draw) for draw in program.host_draws)


def _of_graph(program: Program) -> Iterator[Finding]:
    for model in program.models if program.has_like(_may_be_seeded) else ():
        for node in model.nodes():
            if node.kind == "op" and node.scope and node.source is not None and _is_constant(node):
                used = [model.node(name).op for name in model.successors(node.identifier)]
                if used and not PRODUCTS.intersection(used):
                    yield _seeded(model, node)


def _may_be_seeded(op: str) -> bool:
    """Whether it is a function that the seed it is given makes constant."""
    return op.startswith("keras.random.") or (op.startswith("tf.") and "stateless" in op)


def _is_constant(node: Node) -> bool:
    """Whether the function gives the same numbers for the same arguments, and its seed is written out."""
    name, seed = node.op.rpartition(".")[2], node.config.get("seed")
    if seed is None:
        return False
    if "shuffle" in name:
        # That samples change places is worse than that they do so the same way each time.
        return False
    if node.op.startswith("keras.random."):
        return _is_number(seed)
    stateless = node.op.startswith("tf.") and "stateless" in name
    return stateless and isinstance(seed, list | tuple) and all(map(_is_number, seed))


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _seeded(model: ModelGraph, node: Node) -> Finding:
    assert node.source is not None
    keras_made = node.op.startswith("keras.")
    return Finding(
        node.source.span,
        f"`{expression(node)}` gives the same numbers each time: its seed is constant",
        f"`seed={node.config['seed']}` in every call",
        call_trail(node),
        "make `self.seeds = keras.random.SeedGenerator(seed)` in `__init__`, and give `seed=self.seeds`"
        if keras_made
        else f"use `{node.op.replace('stateless_', '')}`, or a seed that changes from call to call",
    )


def _host(draw: HostDraw) -> Finding:
    where = "the Lambda" if draw.layer == "Lambda" else f"`{draw.layer}`"
    return Finding(
        draw.span,
        f"`{on_one_line(draw.text)}` draws once, when {where} is traced: every later step has the same numbers",
        "a constant of the compiled function",
        tuple(TrailStep(span, "called from here") for span in reversed(draw.stack)),
        "draw with `keras.random` or `tf.random`",
    )
