"""An op that neither XLA nor a TPU compiles, in code that is compiled for one."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import Verdict
from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import CompiledOp, compiled_ops
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such op."""
    return once(_finding(found) for found in compiled_ops(program, Verdict.NO_KERNEL))


def _finding(found: CompiledOp) -> Finding:
    assert found.node.source is not None
    return Finding(
        found.node.source.span,
        f"`{expression(found.node)}` does not compile for {found.target}: {found.verdict.note}",
        f"becomes {', '.join(found.verdict.ops)}",
        found.trail,
        "compute it on the host, in the input pipeline: `dataset.map(...)`",
    )
