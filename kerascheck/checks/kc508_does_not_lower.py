"""A model or a train step that the XLA compiler refused when it was lowered here."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import Verdict, tpu_only, xla_kernel
from kerascheck.checks.api import Finding, call_trail
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import compiled_ops, device_step
from kerascheck.graph import ModelGraph
from kerascheck.program import CompiledStep, Program

TOLD = (Verdict.NO_KERNEL, Verdict.DYNAMIC_SHAPE, Verdict.HOST_CALLBACK)
"""What other rules tell of an op."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every refusal that has no plainer reason, which the rules about that reason tell."""
    told = {found.node.identifier: found.model for verdict in TOLD for found in compiled_ops(program, verdict)}
    return once(
        finding
        for step in program.steps
        if step.lowers is False and not _has_a_rule(program, step) and not _is_told(program, step, told)
        for finding in _finding(program, step)
    )


def _has_a_rule(program: Program, step: CompiledStep) -> bool:
    """Whether an op without a kernel is why: there is a rule for that, and a TPU may have the kernel."""
    kind = step.operation
    if kind is None or xla_kernel(kind) is not False:
        return False
    return (program.device == "tpu" and tpu_only(kind)) or step.refused is not None


def _is_told(program: Program, step: CompiledStep, told: dict[str, ModelGraph]) -> bool:
    """Whether the refusal is of a call that another rule tells, or may come of one before it."""
    if step.model is None:
        return any(_feeds(model, identifier, step.node) for identifier, model in told.items())
    model = program.models[step.model]
    here = [identifier for identifier in told if identifier in model]
    return bool(here) if step.node is None else any(_feeds(model, identifier, step.node) for identifier in here)


def _feeds(model: ModelGraph, identifier: str, node: str | None) -> bool:
    if node is None or node not in model or identifier == node:
        return node == identifier
    from networkx import has_path

    return bool(has_path(model.graph, identifier, node))


def _finding(program: Program, step: CompiledStep) -> Iterator[Finding]:
    span = step.refused or step.span
    if span is None:
        return
    names = {"inference": "the model", "training": "the train step"}
    what = names.get(step.name, f"`{step.name}`")
    asked = device_step(program)
    node = program.recorder.nodes.get(step.node or "")
    trail = call_trail(node) if node is not None else ()
    yield Finding(
        span,
        f"{what} does not lower to XLA: {step.message}",
        "the compiler stops here" if step.refused is not None else "lowered here, and refused",
        (asked, *trail) if asked is not None else trail,
        _help(step),
    )


def _help(step: CompiledStep) -> str | None:
    if "compile-time constant" in step.message:
        return "make the size a number that is known when the code is compiled, and mask what is too much"
    return None
