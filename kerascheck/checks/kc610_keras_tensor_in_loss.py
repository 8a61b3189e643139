"""A loss or metric uses a symbolic tensor of the model: there is no value in it when the loss runs."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, call_trail, called_from, expression, step_for
from kerascheck.checks.batch import once
from kerascheck.checks.graph_code import is_graph_code
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, SymbolicLoss


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such loss and metric; in graph code of TensorFlow 1 the tensors have values."""
    if not program.symbolic_losses or is_graph_code(program):
        return iter(())
    return once(_finding(program, loss) for loss in program.symbolic_losses)


def _finding(program: Program, loss: SymbolicLoss) -> Finding:
    nodes = program.recorder.nodes
    first = next((nodes[name] for name in loss.uses if nodes[name].source is not None), None)
    steps = (step_for(nodes[end.node], end.output) for end in loss.tensors)
    made = tuple(TrailStep(step.span, f"KerasTensor of shape {step.note}") for step in steps if step is not None)
    kind = "metric" if loss.metric else "loss"
    named = f"the {kind} `{loss.name}`" if loss.name.isidentifier() else f"the {kind}"
    whose = f"{named} of model `{loss.model}`"
    help_line = (
        "call `self.add_metric(...)` in the `call` of a layer that the tensor goes through"
        if loss.metric and loss.generation == 2
        else "call `self.add_loss(...)` in the `call` of a layer that the tensor goes through"
        if not loss.metric
        else "make the tensor an output of the model, and give the metric to that output"
    )
    if first is None or first.source is None:
        return Finding(
            loss.compiled,
            f"{whose} gives a symbolic tensor, which has no value when the model is trained",
            "raises in `fit`",
            (*made, *called_from(loss.stack)),
            help_line,
        )
    return Finding(
        first.source.span,
        f"`{expression(first)}`: {whose} uses a symbolic tensor, which has no value when the model is trained",
        "raises in `fit`",
        (*made, TrailStep(loss.compiled, "the model is compiled with it here"), *call_trail(first)),
        help_line,
    )
