"""A size computed from values, given to an op that XLA compiles only with sizes it knows at compile time."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import SIZE_FUNCTIONS, once
from kerascheck.checks.compiled_sizes import size_operands
from kerascheck.checks.tpu import compiled_nodes, device_step
from kerascheck.graph import JIT_GUARD, ModelGraph, Node
from kerascheck.program import Program

DEPTH = 40
"""How many operations a size is followed back."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such size in a model meant for a TPU, or in a jit-compiled function."""
    # Where the steps were lowered, the compiler itself has told.
    return once(_findings(program)) if not program.steps else iter(())


def _findings(program: Program) -> Iterator[Finding]:
    asked = device_step(program)
    told: set[str] = set()
    for model, node in compiled_nodes(program):
        sizes = _computed_sizes(model, node) if node.kind == "op" else set()
        if not sizes or sizes & told:
            continue
        told |= sizes
        assert node.source is not None
        yield Finding(
            node.source.span,
            f"a size in `{expression(node)}` is computed from values, and XLA has to know it at compile time",
            "does not lower from shapes; where the values are known, it is compiled anew for each of them",
            ((asked,) if asked is not None else ()) + operand_trail(model, node),
            "compute with the largest size there may be, and mask: `tf.where(tf.range(16) < n, x, 0.0)`",
        )


def _computed_sizes(model: ModelGraph, node: Node) -> set[str]:
    """The nodes that compute an argument of the op which has to be a constant from data."""
    return {source.identifier for source in size_operands(model, node) if _is_of_values(model, source)}


def _is_of_values(model: ModelGraph, start: Node) -> bool:
    """Whether a number certainly comes of the values of an input, a layer or a variable."""
    pending, seen = [start], {start.identifier}
    for node in pending:
        if node.kind in ("input", "layer", "model", "variable"):
            return True
        if node.op in SIZE_FUNCTIONS or len(seen) > DEPTH:
            continue
        if JIT_GUARD in start.guards and JIT_GUARD not in node.guards:
            # What a compiled function is given: data, unless it may be one number that never changes.
            return bool(node.shape.rank)
        for source, _ in model.operands(node):
            if source.identifier not in seen:
                seen.add(source.identifier)
                pending.append(source)
    return False
