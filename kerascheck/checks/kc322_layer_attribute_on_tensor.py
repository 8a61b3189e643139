"""A member of a layer's that is read from the tensor which the layer gave."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from, on_one_line
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, TensorMember


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such use."""
    return once(_finding(use) for use in program.tensor_members)


def _finding(use: TensorMember) -> Finding:
    layer = use.layer.rpartition(".")[2]
    gave = () if use.call is None else (TrailStep(use.call, "this gives a tensor"),)
    owner = on_one_line(use.text).rpartition(".")[0] or "it"
    return Finding(
        use.span,
        f"`{owner}` is a tensor and has no `{use.member}`: that is the layer's, which is a {layer}",
        "a tensor, and no layer",
        (*gave, *called_from(use.stack)),
        f"keep the layer: `layer = {layer}(...)`, then `x = layer(x)`, and read `layer.{use.member}`",
    )
