"""An op that no gradient gets through, on every way from a weight to the loss: the weight never trains."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.checks.facts import layer_steps, stopping_nodes, untrained
from kerascheck.checks.gradients import without_gradient
from kerascheck.checks.tapes import fault_text, faults, gradient_text, tape_steps
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program, TapeFaultKind, VariableFact
from kerascheck.semantics.gradients import REPLACED

HELP = {
    "stop_gradient": "take the stop_gradient away, or freeze the layers before it: `layer.trainable = False`",
    "StopGradient": "take the stop_gradient away, or freeze the layers before it: `layer.trainable = False`",
}
"""By the last part of an op's name; what else stops a gradient gets the general advice."""

HELP_OF_LOSS = "take the stop_gradient away from what the loss is computed of"
STRAIGHT_THROUGH = "let a gradient by: `x + stop_gradient(f(x) - x)`, or a smooth function in its place"


KINDS = ("functional", "sequential", "subclassed")
MOST = 3
"""How many layers are told of."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such op, with the weights behind it."""
    stopped: dict[str, list[VariableFact]] = {}
    others: dict[str, list[tuple[Node, str]]] = {}
    for fact in untrained(program):
        found = stopping_nodes(program, fact)
        if found:
            first = found[0][0].identifier
            stopped.setdefault(first, []).append(fact)
            others.setdefault(first, found)
    live = (_finding(program, others[name], facts) for name, facts in stopped.items())
    return once(chain(live, _in_graphs(program), _in_tapes(program)))


def _in_tapes(program: Program) -> Iterator[Finding]:
    """The same of the gradients that a tape is asked for."""
    flat = list(faults(program, TapeFaultKind.FLAT))
    if not flat or program.shared(_replaces_gradients):
        return
    for fault in flat:
        help = HELP_OF_LOSS if fault.name.endswith("stop_gradient") else STRAIGHT_THROUGH
        yield Finding(
            fault.span,
            f"`{fault_text(fault)}` lets no gradient through: `{gradient_text(fault)}` gives nothing to train with",
            f"no gradient comes through `{fault.name}`",
            tape_steps(fault, "", "every gradient is None, or zero"),
            help,
        )


def _replaces_gradients(program: Program) -> bool:
    """Whether the code gives some operation another gradient than its own."""
    return any(use.name.rpartition(".")[2] in REPLACED for use in program.symbols)


def _in_graphs(program: Program) -> Iterator[Finding]:
    """The same of the models that are compiled, by their graphs."""
    if program.adds_losses or not program.compiled_models or program.shared(_replaces_gradients):
        return
    written = _written(program)
    for model in program.models:
        if model.name not in program.compiled_models or model.kind not in KINDS or not model.complete:
            continue
        if model.name in program.own_step_models:
            continue
        if any(call.model == model.name and call.in_tape for call in program.model_calls):
            continue
        stopped: dict[str, list[Node]] = {}
        for layer, stop in model.shared(without_gradient):
            if layer.identifier in written:
                continue
            if model.kind == "subclassed" and stop.op.endswith("stop_gradient"):
                # Such a model may well hold a network that it means to keep, and writes itself.
                continue
            stopped.setdefault(stop.identifier, []).append(layer)
        for name, layers in stopped.items():
            if model.node(name).source is not None:
                yield _graph_finding(model, model.node(name), layers)


def _written(program: Program) -> set[str]:
    """The variables that the code assigns to: a codebook, say, that follows what is looked up in it."""
    nodes, incoming = program.recorder.nodes, program.recorder.incoming
    writing = [name for name, node in nodes.items() if node.op.startswith("tf.Variable.assign")]
    return {edge.source for name in writing for edge in incoming.get(name, ()) if edge.argument == "variable"}


def _graph_finding(model: ModelGraph, node: Node, layers: list[Node]) -> Finding:
    assert node.source is not None
    count = sum(
        1 if layer.kind == "variable" else sum(weight.trainable for weight in layer.weights) for layer in layers
    )
    weights = "the weight before it is" if count == 1 else f"the {count} weights before it are"
    made = tuple(
        TrailStep(layer.source.span, f"`{layer.name}` called here")
        for layer in layers[:MOST]
        if layer.source is not None
    )
    return Finding(
        node.source.span,
        f"`{expression(node)}` lets no gradient through: {weights} never trained in model `{model.name}`",
        f"no gradient comes through `{node.op}`",
        (*made, *call_trail(node)),
        HELP.get(node.op.rpartition(".")[2], STRAIGHT_THROUGH),
    )


def _finding(program: Program, stops: list[tuple[Node, str]], facts: list[VariableFact]) -> Finding:
    (node, what), *rest = stops
    assert node.source is not None
    model = program.models[facts[0].model]
    count = len({fact.variable for fact in facts})
    weights = "the weight before it is" if count == 1 else f"the {count} weights before it are"
    also = tuple(TrailStep(other.source.span, "and here") for other, _ in rest if other.source is not None)
    return Finding(
        node.source.span,
        f"`{expression(node)}` lets no gradient through: {weights} never trained in model `{model.name}`",
        f"`{node.op}` {what}" if node.kind == "op" else f"what `{node.name}` computes {what}",
        (*layer_steps(facts), *call_trail(node), *also),
        HELP.get(node.op.rpartition(".")[2], STRAIGHT_THROUGH),
    )
