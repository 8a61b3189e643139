"""Python, printing or summaries inside a compiled step: the device would have to call the host back."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import Verdict
from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import CompiledOp, compiled_ops
from kerascheck.program import Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such call."""
    return once(_finding(found) for found in compiled_ops(program, Verdict.HOST_CALLBACK))


def _finding(found: CompiledOp) -> Finding:
    return Finding(
        found.span,
        f"{found.subject} calls back to the host from a step compiled for {found.target}",
        f"{found.verdict.note} ({found.evidence})",
        found.trail,
        _help(found),
    )


def _help(found: CompiledOp) -> str:
    if found.node.op.rpartition(".")[2] in ("py_function", "numpy_function", "py_func"):
        return "write it with TensorFlow ops, or run it on the host in the input pipeline: `dataset.map(...)`"
    return "move it out of the step, into a Keras callback or the loop around it"
