"""An operation that TensorFlow has no gradient for, between a weight and a model's output: training raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kerascheck.catalog import xla
from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import once
from kerascheck.checks.gradients import trained_behind
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program

UNREGISTERED = frozenset(
    {
        "AdjustContrastv2", "AdjustHue", "AdjustSaturation", "ResizeArea", "Unique", "UniqueV2", "UniqueWithCounts",
        "UniqueWithCountsV2",
    }
)  # fmt: skip
"""Operations from floats to floats of which TensorFlow's registry of gradients has no entry."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such operation of a model that is compiled with a loss."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for model in program.models:
        if model.name not in program.compiled_models or model.kind == "fragment":
            continue
        trained = model.shared(trained_behind)
        for node in model.nodes():
            kinds = _unregistered(node) if node.kind == "op" and node.identifier in trained else ()
            if not kinds or node.source is None or not _gives_floats_on(model, node):
                continue
            yield Finding(
                node.source.span,
                f"`{expression(node)}` has no gradient, and weights of model `{model.name}` are behind it",
                f"training raises LookupError: TensorFlow registers no gradient for {', '.join(kinds)}",
                operand_trail(model, node),
                "take another operation, or stop the gradient before it: `tf.stop_gradient(x)`",
            )


def _unregistered(node: Node) -> tuple[str, ...]:
    arguments: Mapping[str, Any] = node.config
    verdict = xla(node.op, arguments)
    return () if verdict is None else tuple(kind for kind in verdict.ops if kind in UNREGISTERED)


def _gives_floats_on(model: ModelGraph, node: Node) -> bool:
    """Whether a result of floats is used: the places that `tf.unique` gives are whole numbers."""
    used = {edge.output for edge in model.outgoing.get(node.identifier, ())}
    used |= {end.output for end in model.outputs if end.node == node.identifier}
    kinds = [node.outputs[output].dtype for output in used if output < len(node.outputs)]
    return any((kind or "").startswith(("float", "bfloat")) for kind in kinds)
