"""A layer drops the mask that a later layer needs, so that padding counts as data."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.masks import MAKING, Mask, makes_mask, masks, needing
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Node
from kerascheck.program import Program
from kerascheck.semantics.masking import ELEMENTWISE_MERGES


def check(program: Program) -> Iterator[Finding]:
    """A finding for every layer or op that drops a mask which a layer behind it certainly lacks.

    Who asks for masks by hand may well apply them by hand.
    """
    if not any(makes_mask(node) for _, node in program.nodes_of(MAKING)):
        return
    if any(use.member == "compute_mask" for use in program.members):
        return
    yield from once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for model in program.models:
        for node, mask in needing(model, model.shared(masks)):
            if mask.lost is not None and mask.lost.source is not None and node.source is not None:
                yield _finding(node, mask, mask.lost)


def _finding(node: Node, mask: Mask, lost: Node) -> Finding:
    assert lost.source is not None and node.source is not None
    trail = [TrailStep(mask.made.source.span, "makes the mask")] if mask.made.source is not None else []
    trail.append(TrailStep(node.source.span, "takes the padding for data"))
    needs = node.op.rpartition(".")[2]
    return Finding(
        lost.source.span,
        f"`{expression(lost)}` loses the mask that {needs} needs",
        _why(lost),
        tuple(trail),
        _help(lost, needs),
    )


def _why(lost: Node) -> str:
    if lost.op in ELEMENTWISE_MERGES:
        return "one of what it merges has no mask"
    return "its result has no mask"


def _help(lost: Node, needs: str) -> str:
    if lost.kind == "layer" and not lost.op.startswith("keras."):
        return f"set `self.supports_masking = True` in `__init__` of `{lost.op}`"
    by_hand = f"`mask = embedding.compute_mask(inputs)`, then call {needs} with `mask=mask`"
    if needs in ("MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention"):
        by_hand = f"make the mask by hand, and give it to {needs}"
    if lost.op == "keras.layers.Lambda":
        return f"give the Lambda `mask=lambda inputs, mask: mask`, or {by_hand}"
    return by_hand
