"""A check of values inside a step that XLA compiles: it is dropped without a word."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import find, xla
from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import compiled_nodes, device_step
from kerascheck.graph import ModelGraph, Node, Operation
from kerascheck.program import Program

CHECKS = frozenset({"Assert", "CheckNumerics", "CheckNumericsV2"})
"""The ops that raise where values are not as they should be; compiled, the first does nothing and the others copy."""

SHAPE_FUNCTIONS = frozenset({"tf.shape", "tf.size", "tf.rank", "keras.ops.shape", "keras.ops.size", "keras.ops.ndim"})
"""Functions of a shape alone, which is known when a step is compiled: what is asserted of it is then decided."""

FIXED = frozenset({"Const", "Shape", "ShapeN", "Size", "Rank"})
"""Ops whose values do not depend on the data in a step of fixed shapes."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every assertion that the user wrote and that the data decide."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    asked = device_step(program)
    for model, node in compiled_nodes(program):
        if node.kind != "op" or not _is_assertion(node.op) or not _depends_on_data(model, node):
            continue
        assert node.source is not None
        yield Finding(
            node.source.span,
            f"`{expression(node)}` is dropped where it is compiled: nothing is checked there",
            "XLA compiles it to nothing",
            (asked,) if asked is not None else (),
            "check outside of the compiled step, or give the condition back as an output of it",
        )


def _is_assertion(name: str) -> bool:
    """Whether a function is one of TensorFlow's assertions of values, by the ops it makes."""
    symbol = find(name)
    if symbol is None:
        return False
    # The functions of TensorFlow 1 make the ops of those that took their place.
    modern = symbol.canonical.replace("tf.compat.v1.", "tf.")
    if not modern.startswith(("tf.debugging.", "tf.raw_ops.")):
        return False
    verdict = xla(modern)
    return verdict is not None and bool(CHECKS & set(verdict.ops))


def _depends_on_data(model: ModelGraph, node: Node) -> bool:
    if node.identifier in model.operations:
        return _is_computed(model, node)
    operands = [source for source, _ in model.operands(node)]
    return bool(operands) and not any(_is_of_a_shape(model, operand) for operand in operands)


def _is_of_a_shape(model: ModelGraph, node: Node, depth: int = 8) -> bool:
    if node.op in SHAPE_FUNCTIONS:
        return True
    return depth > 0 and any(_is_of_a_shape(model, each, depth - 1) for each, _ in model.operands(node)[:1])


def _is_computed(model: ModelGraph, node: Node) -> bool:
    """Whether an opened assertion left a check, and that check reads something that is not fixed."""
    operations = {each.identifier: each for each in _all_operations(model)}
    checks = [each for each in model.operations[node.identifier] if each.type in CHECKS]
    roots = [operations.get(each.parent or each.identifier, each) for each in checks]
    return any(_reads_data(each, operations) for each in roots)


def _all_operations(model: ModelGraph) -> Iterator[Operation]:
    for opened in model.operations.values():
        yield from opened


def _reads_data(operation: Operation, operations: dict[str, Operation]) -> bool:
    pending, seen = [operation], {operation.identifier}
    while pending:
        current = pending.pop()
        for endpoint in current.inputs:
            before = operations.get(endpoint.node)
            if before is None:
                return True
            if before.identifier not in seen and before.type not in FIXED:
                seen.add(before.identifier)
                pending.append(before)
    return False
