"""State that the model's output depends on and that saving the model does not keep."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.checks.batch import once
from kerascheck.checks.graph_code import is_graph_code
from kerascheck.checks.variables import ASSIGNING, CALL, FLOATS, NEW_VALUES, unheld_variables
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program, SavingCall, VariableFact

KEEPING = frozenset({"Checkpoint", "CheckpointManager", "Saver", "save", "ExportArchive"})
"""What of TensorFlow's own saves variables that no layer holds, by the last part of its name."""

SETTING = frozenset({"assign", "update"})
"""What leaves nothing of the value that a variable had."""

SAVING = frozenset({"save", "save_weights", "save_model", "ModelCheckpoint"})

OWN_LINE = "make it a weight of the layer: `self.add_weight(..., trainable=False)`"
WHY = "it changes as the model runs, and no layer holds it"


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such variable, at the line that makes it."""
    trains = {(fact.model, fact.layer_span) for fact in program.variables if fact.trainable}
    live = (
        _finding(program, fact)
        for fact in program.variables
        # An untracked layer that should be trained is another rule's, with all that it has.
        if _is_lost(fact) and (fact.in_weights or fact.layer is None or (fact.model, fact.layer_span) not in trains)
    )
    return once(chain(live, () if program.variables else _in_graphs(program)))


def _in_graphs(program: Program) -> Iterator[Finding]:
    """The same of a variable that is written with what comes of the data, by the graphs alone."""
    unheld = [(model, node) for model, node in program.shared(unheld_variables) if _is_unheld_float(node)]
    if not unheld or is_graph_code(program) or any(_keeps(use.name) for use in program.symbols):
        return
    writes: dict[str, list[Node]] = {}
    uses: dict[str, list[Node]] = {}
    for edge in program.recorder.edges:
        target = program.recorder.nodes.get(edge.target)
        if target is None:
            continue
        uses.setdefault(edge.source, []).append(target)
        written = target.op.rpartition(".")[2] in ASSIGNING
        if written and edge.argument.partition(".")[0] not in NEW_VALUES:
            writes.setdefault(edge.source, []).append(target)
    for model, node in unheld if writes else ():
        if node.identifier in model.shared(ModelGraph.output_ancestors):
            write = next((each for each in writes.get(node.identifier, ()) if _is_state(program, node, each)), None)
            if write is None or node.source is None or write.source is None:
                continue
            if not _is_set_first(program, uses[node.identifier]):
                yield _graph_finding(model, node, node.source.span, write)


def _keeps(name: str) -> bool:
    return name.startswith("tf.") and name.rpartition(".")[2] in KEEPING


def _saves(call: SavingCall) -> bool:
    return call.method in SAVING


def _is_unheld_float(node: Node) -> bool:
    dtype = node.outputs[0].dtype if node.outputs else None
    return node.owner != CALL and (dtype or "").startswith(FLOATS)


def _is_set_first(program: Program, uses: list[Node]) -> bool:
    """Whether each run of a model puts another value into a variable before it is used: it holds what goes by.

    What a script or ``build`` puts into it, once, does not come of a model's input.
    """
    first = min(uses, key=lambda each: int(each.identifier[1:]))
    return first.op.rpartition(".")[2] in SETTING and not first.guards and _comes_of_input(program, first)


def _is_state(program: Program, variable: Node, write: Node) -> bool:
    """Whether what is written comes of a model's input, or is written by the script itself, which saves a model.

    What depends on nothing else, and is written by a constructor or ``build``, is written again in a loaded model.
    """
    if any(map(_saves, program.saving_calls)) and not write.scope and not _is_made_with(variable, write):
        return True
    return _comes_of_input(program, write)


def _is_made_with(variable: Node, write: Node) -> bool:
    """Whether one call of the script's makes the variable and writes it, as a constructor may, or what holds it."""
    made = () if variable.source is None else variable.source.stack
    calls = () if write.source is None else write.source.stack
    return bool(calls) and (not made or calls[-1] == made[-1])


def _comes_of_input(program: Program, write: Node) -> bool:
    nodes = program.recorder.nodes
    return any(nodes[name].kind == "input" for name in program.recorder.ancestors([write.identifier]))


def _graph_finding(model: ModelGraph, variable: Node, span: Span, write: Node) -> Finding:
    whose = "layer" if model.kind == "layer" else "model"
    written = (TrailStep(write.source.span, "written here"),) if write.source is not None else ()
    return Finding(
        span,
        f"`{variable.target or expression(variable)}` is not saved with {whose} `{model.name}`, whose output depends"
        " on it",
        WHY,
        (*call_trail(variable), *written),
        OWN_LINE,
    )


def _is_lost(fact: VariableFact) -> bool:
    """Whether its values come of running or training the model, and go when it is saved and loaded."""
    if fact.saved is not False or not fact.used or fact.span is None or not (fact.dtype or "").startswith(FLOATS):
        return False
    if fact.in_weights:
        return True
    return fact.assigned and not fact.trained and not fact.set_first


def _finding(program: Program, fact: VariableFact) -> Finding:
    assert fact.span is not None
    model = program.models[fact.model]
    whose = "layer" if model.kind == "layer" else "model"
    call = program.recorder.nodes[fact.reader] if fact.reader is not None else None
    used = (TrailStep(call.source.span, "used here"),) if call is not None and call.source is not None else ()
    if fact.in_weights:
        why, help_line = (
            "what Keras saves of the model leaves it out",
            "hold its layer in an attribute or a flat list, or save it in the layer's own `save_own_variables`",
        )
    else:
        why, help_line = WHY, OWN_LINE
    return Finding(
        fact.span,
        f"`{fact.name}` is not saved with {whose} `{model.name}`, whose output depends on it",
        why,
        (*(TrailStep(span, "called from here") for span in reversed(fact.stack)), *used),
        help_line,
    )
