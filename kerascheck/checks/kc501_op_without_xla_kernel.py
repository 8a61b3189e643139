"""An op that neither XLA nor a TPU compiles, in code that is compiled for one."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import Verdict, tpu_only, xla_kernel
from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import CompiledOp, compiled_ops, device_step
from kerascheck.diagnostic import Span
from kerascheck.program import CompiledStep, Program

SORTED_SEGMENTS = frozenset({"segment_max", "segment_mean", "segment_min", "segment_prod", "segment_sum"})
SAMPLED_LOSSES = frozenset({"nce_loss", "sampled_softmax_loss"})


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such op, and for what the compiler refused of the ops that no call in the model shows."""
    named = list(compiled_ops(program, Verdict.NO_KERNEL))
    told = [*named, *compiled_ops(program, Verdict.HOST_CALLBACK)]
    yield from once((*map(_finding, named), *_hidden(program, told)))


def _hidden(program: Program, told: list[CompiledOp]) -> Iterator[Finding]:
    """What only the compiler saw, such as the op that computes a gradient."""
    on_tpu = program.device == "tpu"
    for step in program.steps:
        kind, span = step.operation, step.refused
        if step.lowers is not False or kind is None or span is None or xla_kernel(kind) is not False:
            continue
        model = program.models[step.model] if step.model is not None else None
        shown = any(found.node.identifier == step.node or found.model is model for found in told)
        if not shown and not (on_tpu and tpu_only(kind)):
            yield _hidden_finding(program, step, span)


def _hidden_finding(program: Program, step: CompiledStep, span: Span) -> Finding:
    target = "the TPU" if program.device == "tpu" else "XLA"
    what = "the train step" if step.name == "training" else "the step"
    asked = device_step(program)
    return Finding(
        span,
        f"{what} does not compile for {target}: {step.message}, which this needs",
        "lowered here, and refused",
        (asked,) if asked is not None else (),
        "use an operation that compiles, and whose gradient does",
    )


def _finding(found: CompiledOp) -> Finding:
    return Finding(
        found.span,
        f"{found.subject} does not compile for {found.target}: {found.verdict.note}",
        f"keeps the whole step from compiling ({found.evidence})",
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
