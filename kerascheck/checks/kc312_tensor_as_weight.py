"""A tensor where a weight is meant: one computed from a new variable, or put in the place of a layer's weight."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, called_from
from kerascheck.checks.batch import once
from kerascheck.checks.graph_code import is_graph_code
from kerascheck.checks.tensor_weights import idle_weights, is_meant
from kerascheck.program import Program, TensorWeight


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such tensor, where it is assigned."""
    if not program.tensor_weights or is_graph_code(program):
        return iter(())
    idle = idle_weights(program)
    found = [each for each in program.tensor_weights if each.replaces or each in idle or is_meant(program, each)]
    return once(_finding(each) for each in found)


def _finding(tensor: TensorWeight) -> Finding:
    if tensor.filled:
        random = tensor.filled == "random"
        return Finding(
            tensor.span,
            f"`self.{tensor.attribute}` of `{tensor.layer}` is a tensor and no weight: training does not reach it",
            "random numbers for good" if random else f"a constant of {tensor.filled} changes nothing it is used with",
            called_from(tensor.stack),
            f"make it a weight: `self.add_weight(shape=..., initializer={'...' if random else repr(tensor.filled)})`",
        )
    if not tensor.replaces:
        return Finding(
            tensor.span,
            f"`self.{tensor.attribute}` of `{tensor.layer}` is a tensor, computed once: training does not reach it",
            "the variable it is computed from changes, and this tensor does not",
            called_from(tensor.stack),
            "keep the variable in the attribute, and compute with it in `call`",
        )
    layer = tensor.layer.rpartition(".")[2]
    if tensor.generation == 3:
        title = f"`{tensor.attribute}` of a {layer} cannot be assigned a tensor"
        label = "its weights stay those that `build` made"
    else:
        title = f"a tensor takes the place of the weight `{tensor.attribute}` of a {layer}: it is never trained"
        label = "the layer's `trainable_weights` lose the weight"
    return Finding(
        tensor.span, title, label, called_from(tensor.stack), f"set the weight's value: `{tensor.text}.assign(...)`"
    )
