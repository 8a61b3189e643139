"""Numbers of a type that a TPU has no arithmetic for, in code meant for one."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog import TypeVerdict, tpu_type
from kerascheck.checks.api import Finding, expression, operand_trail
from kerascheck.checks.batch import once
from kerascheck.checks.tpu import device_step, is_on_device
from kerascheck.graph import HOST_GUARD, ModelGraph, Node
from kerascheck.program import Program

NARROWER = {"complex128": "complex64", "float64": "float32"}
"""The type to use instead."""


def check(program: Program) -> Iterator[Finding]:
    """A finding where such a type begins: what computes on with it is told with it."""
    return once(_findings(program)) if program.device == "tpu" else iter(())


def _findings(program: Program) -> Iterator[Finding]:
    asked = device_step(program)
    for model, node in program.nodes():
        if node.source is None or node.kind not in ("input", "op", "layer") or HOST_GUARD in node.guards:
            continue
        dtype = _begins(model, node) if is_on_device(program, model, node) else None
        if dtype is not None:
            trail = operand_trail(model, node)
            yield Finding(
                node.source.span,
                f"`{expression(node)}` is of {dtype}, which {_what_tpus_do(dtype)}",
                f"{dtype} from here on",
                (asked, *trail) if asked is not None else trail,
                f"use {NARROWER[dtype]}",
            )


def _begins(model: ModelGraph, node: Node) -> str | None:
    """The type a TPU does not compute with that the node gives and none of its operands has."""
    if node.kind == "input" and (model.kind not in ("functional", "sequential") or _is_made_up(model, node)):
        return None
    given = {spec.dtype for spec in model.operand_specs(node)}
    if None in given or not given.isdisjoint(NARROWER):
        return None
    return next((spec.dtype for spec in node.outputs if spec.dtype in NARROWER), None)


def _is_made_up(model: ModelGraph, node: Node) -> bool:
    """Whether the input stands for data the model was given, which Keras brings to its own type."""
    return node.source is not None and node.source.span == model.span


def _what_tpus_do(dtype: str) -> str:
    if tpu_type(dtype) is TypeVerdict.REFUSED:
        return "no operation of a TPU takes"
    return "no documented operation of a TPU takes: it is computed in several steps, slowly"
