"""An op that XLA does not compile, in a model that Keras 3 compiles where there is a GPU, and only there."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import Verdict
from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import named_verdict
from kerascheck.graph import HOST_GUARD, JIT_GUARD, ModelGraph, Node
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such op that the user's own code calls."""
    return once(_findings(program)) if program.device != "tpu" else iter(())


def _findings(program: Program) -> Iterator[Finding]:
    for model in program.models:
        if model.name not in program.auto_jit_models or model.generation != 3:
            continue
        for node in model.nodes():
            if node.kind != "op" or node.source is None or {JIT_GUARD, HOST_GUARD}.intersection(node.guards):
                continue
            note = _refused(model, node)
            if note is not None:
                yield Finding(
                    node.source.span,
                    f"`{expression(node)}` does not compile where model `{model.name}` finds a GPU: {note}",
                    'by default `jit_compile` is "auto": off on a CPU, on with a GPU',
                    operand_trail(model, node),
                    "say `compile(jit_compile=False)`, or `self.supports_jit = False` in the layer",
                )


def _refused(model: ModelGraph, node: Node) -> str | None:
    verdict = named_verdict(model, node)
    if verdict is None or verdict.verdict not in (Verdict.NO_KERNEL, Verdict.HOST_CALLBACK):
        return None
    return verdict.note
