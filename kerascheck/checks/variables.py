"""What the rules about variables share: which untracked variables a model's output depends on, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kerascheck.checks.api import Finding, call_trail, expression
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.graph import ModelGraph, Node
from kerascheck.program import Program
from kerascheck.records import immutable

NO_GRADIENT = frozenset({"stop_gradient"})
"""Functions behind which nothing is trained, whatever holds it."""

ASSIGNING = frozenset(
    {
        *("assign", "assign_add", "assign_sub", "update", "update_add", "update_sub"),
        *("moving_average_update", "set_value", "batch_set_value"),
    }
)
"""Functions that write a variable: who calls one sees to the value by hand."""

NEW_VALUES = frozenset({"value", "new_x", "increment", "decrement", "delta", "momentum"})
"""What such a function is given to write."""

CONTAINER = "container"
"""The owner of what is held by an object that Keras does not look into: see :attr:`kerascheck.graph.Node.owner`."""

CLASS = "class"
"""The owner of what is an attribute of a class."""

CALL = "call"
"""The owner of what a layer's ``call`` makes anew each time it runs."""

ELSEWHERE = frozenset({CONTAINER, CLASS, CALL})
"""The owners that rules of their own tell of."""

FLOATS = ("float", "bfloat", "half", "double")


@immutable()
class Untrained:
    """A variable that the output depends on and that no layer holds, with the nodes that use it."""

    model: ModelGraph
    variable: Node
    uses: tuple[Node, ...]

    @property
    def on_keras_tensor(self) -> tuple[Node, ...]:
        """The uses that combine it with a KerasTensor outside any layer."""
        return tuple(
            node
            for node in self.uses
            if node.kind == "op" and node.on_keras_tensor and not node.in_lambda and node.source is not None
        )


def untrained_variables(program: Program) -> Sequence[Untrained]:
    """Every trainable float variable that a model's output depends on and that Keras certainly does not track.

    Each variable is given once, with the first model whose output depends on it. One that the code adds to a list of
    weights is left out: that it does so is the mistake, and is told there.
    """
    return program.shared(_all_untrained)


def unheld_variables(program: Program) -> list[tuple[ModelGraph, Node]]:
    """The variables of models that Keras certainly does not track, in each model that has them."""
    return [
        (model, node)
        for model in program.models
        if model.kind != "fragment"
        for node in model.nodes()
        if node.kind == "variable" and node.tracked is False
    ]


def _all_untrained(program: Program) -> tuple[Untrained, ...]:
    return tuple(_find_untrained(program))


def _find_untrained(program: Program) -> Iterator[Untrained]:
    unheld = program.shared(unheld_variables)
    if not unheld:
        return
    written = assigned_variables(program)
    added = added_by_hand(program)
    seen: set[str] = set()
    for model, node in unheld:
        reaching = model.shared(differentiable_ancestors)
        if (
            node.source is not None
            and node.source.span not in added
            and node.identifier in reaching
            and node.identifier not in seen
            and node.identifier not in written
            and is_trainable_float(node)
        ):
            seen.add(node.identifier)
            yield Untrained(model, node, tuple(uses(model, node, reaching)))


def added_by_hand(program: Program) -> set[Span]:
    """Where the variables are made that the code adds to a copy of a list of weights."""
    return {span for edit in program.weight_list_edits for span in edit.variables}


def is_trainable_float(variable: Node) -> bool:
    """Whether the variable was certainly made to be trained."""
    dtype = variable.outputs[0].dtype if variable.outputs else None
    return variable.config.get("trainable", True) is True and (dtype or "").startswith(FLOATS)


def assigned_variables(program: Program) -> set[str]:
    """The variables that the code assigns to somewhere, and all others made at the same place."""
    recorder = program.recorder
    written = {fact.node for fact in program.variables if fact.assigned and fact.node is not None} | {
        edge.source
        for edge in recorder.edges
        if edge.target in recorder.nodes
        and _last(recorder.nodes[edge.target]) in ASSIGNING
        and edge.argument.partition(".")[0] not in NEW_VALUES
    }
    nodes = [recorder.nodes[name] for name in written if name in recorder.nodes]
    places = {node.source.span for node in nodes if node.kind == "variable" and node.source is not None}
    # A second model of the class has its own variables, and whoever writes the one's means the other's.
    return written | {
        name
        for name, node in recorder.nodes.items()
        if node.kind == "variable" and node.source is not None and node.source.span in places
    }


def untrained_finding(found: Untrained, why: str, help: str) -> Finding:
    """The finding about an untrained variable, at the line that makes it; ``why`` no layer trains it."""
    variable = found.variable
    assert variable.source is not None
    whose = "layer" if found.model.kind == "layer" else "model"
    named = variable.target or expression(variable)
    return Finding(
        variable.source.span,
        f"`{named}` is never trained: the `trainable_weights` of {whose} `{found.model.name}` lack it",
        why,
        call_trail(variable) + use_steps(found),
        help,
    )


def differentiable_ancestors(model: ModelGraph) -> set[str]:
    """What the model's outputs depend on by a way that is not cut by a stop_gradient."""
    outputs = (end.node for end in model.outputs)
    return {node.identifier for node in model.behind(outputs, lambda node: _last(node) not in NO_GRADIENT)}


def uses(model: ModelGraph, variable: Node, reaching: set[str]) -> Iterator[Node]:
    """The first nodes on the way from ``variable`` to the output that combine it with data, in order of creation.

    An op on the variable alone (``tf.exp(log_scale)``) is passed through.
    """
    found: set[str] = set()
    pending = [variable.identifier]
    while pending:
        for successor in model.successors(pending.pop()):
            if successor in reaching and successor not in found:
                found.add(successor)
                if model.node(successor).kind == "op" and not _has_data(model, successor):
                    pending.append(successor)
    for node in model.nodes():
        if node.identifier in found and (node.kind != "op" or _has_data(model, node.identifier)):
            yield node


def _has_data(model: ModelGraph, identifier: str) -> bool:
    """Whether a tensor that comes from an input flows into the node."""
    from networkx import ancestors

    return any(model.node(name).kind == "input" for name in ancestors(model.graph, identifier))


def use_steps(found: Untrained, most: int = 3) -> tuple[TrailStep, ...]:
    """The lines that use the variable."""
    spans = dict.fromkeys(node.source.span for node in found.uses if node.source is not None)
    return tuple(TrailStep(span, f"used here, in the output of `{found.model.name}`") for span in list(spans)[:most])


def _last(node: Node) -> str:
    return node.op.rpartition(".")[2]
