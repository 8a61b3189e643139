"""An op that neither XLA nor a TPU compiles, in code that is compiled for one."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import Verdict
from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import CompiledOp, compiled_ops
from kerascheck.program import Program

SORTED_SEGMENTS = frozenset({"segment_max", "segment_mean", "segment_min", "segment_prod", "segment_sum"})
SAMPLED_LOSSES = frozenset({"nce_loss", "sampled_softmax_loss"})


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such op."""
    return once(_finding(found) for found in compiled_ops(program, Verdict.NO_KERNEL))


def _finding(found: CompiledOp) -> Finding:
    assert found.node.source is not None
    return Finding(
        found.node.source.span,
        f"`{expression(found.node)}` does not compile for {found.target}: {found.verdict.note}",
        "keeps the whole step from compiling",
        found.trail,
        _help(found.node.op.rpartition(".")[2]),
    )


def _help(name: str) -> str:
    if name in SORTED_SEGMENTS:
        return f"use `tf.math.unsorted_{name}(..., num_segments=...)`, which compiles"
    if name in SAMPLED_LOSSES:
        return "use the loss over all the classes: `tf.nn.softmax_cross_entropy_with_logits(...)`"
    if name == "resize":
        return 'use `"bilinear"` or `"nearest"`, which compile'
    return "compute it on the host, in the input pipeline: `dataset.map(...)`"
