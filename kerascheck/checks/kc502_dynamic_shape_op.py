"""An op whose output's shape depends on the values, in code meant for a TPU, whose shapes are fixed."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import Verdict
from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import CompiledOp, compiled_ops
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such op; XLA itself lowers them with bounded sizes, so only where a TPU is meant."""
    return once(_finding(found) for found in compiled_ops(program, Verdict.DYNAMIC_SHAPE) if found.on_tpu)


def _finding(found: CompiledOp) -> Finding:
    return Finding(
        found.span,
        f"the shape of `{expression(found.node)}` depends on the values, and a TPU needs fixed shapes",
        f"{found.verdict.note}; XLA compiles it with a bound, and TPU operations behind it refuse that",
        found.trail,
        _help(found.node.op.rpartition(".")[2]),
    )


def _help(name: str) -> str:
    if name == "boolean_mask":
        return (
            "keep the shape and mask the values instead: `tf.where(mask, x, 0.0)`, the mask brought to the rank of `x`"
        )
    if name in ("where", "nonzero"):
        return "compute with the mask itself, not with the places where it holds: `tf.cast(mask, x.dtype)`"
    return "compute it on the host, in the input pipeline: `dataset.map(...)`"
