"""Sessions of TensorFlow 1: what they are fed, which initialise variables, and what of a graph is never run."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kerascheck.diagnostic import Span
from kerascheck.graph import TRAINING_GUARD, Node
from kerascheck.interpreter.core import Frame, Interpreter
from kerascheck.interpreter.syntax import names_read, remembered
from kerascheck.interpreter.training import TRAINING_LAYERS
from kerascheck.interpreter.values import Arguments, Instance, TensorValue, UnknownValue, Value
from kerascheck.program import ReboundFeed, UninitializedRun, UnrunAssign

if TYPE_CHECKING:
    from kerascheck.interpreter.recording import GraphRun

SESSIONS = ("Session", "InteractiveSession")
ASSIGNMENTS = frozenset(
    {
        *(f"tf.Variable.{name}" for name in ("assign", "assign_add", "assign_sub")),
        *(f"tf.{prefix}{name}" for prefix in ("", "compat.v1.") for name in ("assign", "assign_add", "assign_sub")),
    }
)
INITIALIZERS = (
    "variables_initializer",
    "initialize_all_variables",
    "initializers.global_variables",
    "initializers.variables",
)
EAGER = frozenset({"tf.enable_eager_execution", "tf.enable_v2_behavior"})
GRAPH = frozenset({"tf.disable_eager_execution", "tf.disable_v2_behavior"})
"""What a program uses that runs as it is written, and one that makes a graph of what is written."""
BY_KERAS = frozenset(
    {"load_weights", "set_weights", "get_weights", "fit", "predict", "evaluate", "train_on_batch", "predict_on_batch"}
)
"""Methods of a model that initialise its variables in the default session."""


def is_session(instance: Instance) -> bool:
    """Whether the object is a plain session of TensorFlow 1."""
    return (instance.native or "").rpartition(".")[2] in SESSIONS


def is_fed(value: Value) -> bool:
    """Whether a value may be a key of a ``feed_dict``: a tensor of a graph, or the learning phase."""
    if isinstance(value, UnknownValue):
        return value.guard == TRAINING_GUARD
    return isinstance(value, TensorValue) and not value.is_array


def note_given(interpreter: Interpreter, arguments: Arguments) -> None:
    """Note the sessions that code which is not followed is given: it may initialise variables in them."""
    for value in arguments.given:
        if isinstance(value, Instance) and is_session(value):
            interpreter.facts.given_sessions.add(id(value))


def idle_layers(interpreter: Interpreter, reached: set[str], runs: Iterable[GraphRun]) -> tuple[tuple[str, Span], ...]:
    """The dropout and noise layers among ``reached`` that wait for a learning phase which no run feeds."""
    for run in runs:
        if run.fed is None or any(isinstance(each, UnknownValue) for each in run.fed):
            return ()
    return tuple(
        dict.fromkeys(
            found
            for name, found in interpreter.facts.untold.items()
            if name in reached and found[0] in TRAINING_LAYERS and not found[0].endswith("BatchNormalization")
        )
    )


def finish_sessions(interpreter: Interpreter) -> None:
    """Tell the rules what is wrong with the sessions of a program."""
    if not interpreter.facts.runs:
        return
    _rebound_feeds(interpreter)
    _uninitialized_runs(interpreter)
    _unrun_assigns(interpreter)


def _rebound_feeds(interpreter: Interpreter) -> None:
    recorder, names = interpreter.program.recorder, interpreter.facts.bound_names
    runs: list[GraphRun] = interpreter.facts.runs
    tensors = [each for run in runs for each in run.fed or () if isinstance(each, TensorValue)]
    fed = {origin.node for tensor in tensors for origin in tensor.origins}
    for run in runs:
        for tensor in run.fed or ():
            if run.span is None or not isinstance(tensor, TensorValue) or len(tensor.origins) != 1:
                continue
            made = recorder.nodes.get(tensor.origins[0].node)
            if made is None or made.kind == "input" or made.source is None:
                continue
            before = recorder.ancestors([made.identifier]) - fed
            for placeholder in (recorder.nodes[name] for name in sorted(before)):
                shared = names.get(placeholder.identifier, set()) & names.get(made.identifier, set())
                if placeholder.kind == "input" and placeholder.source is not None and shared:
                    interpreter.program.rebound_feeds.append(
                        ReboundFeed(min(shared), run.span, placeholder.source.span, made.source.span, run.stack)
                    )


def _uninitialized_runs(interpreter: Interpreter) -> None:
    from kerascheck.interpreter.graph_mode import run_nodes

    if _keras_initializes(interpreter):
        return
    nodes = interpreter.program.recorder.nodes
    runs: list[GraphRun] = interpreter.facts.runs
    reached = [(run, run_nodes(interpreter, run.fetched)) for run in runs]
    initialises = [
        run for run, found in reached if "unknown" in found or any(_initializes(nodes.get(n)) for n in found)
    ]
    plain = [each for each in interpreter.facts.sessions if id(each) not in interpreter.facts.given_sessions]
    for run, found in reached:
        if run.span is None or not any(run.session is each for each in plain):
            continue
        if any(other.session is None or other.session is run.session for other in initialises):
            continue
        made = [nodes[name] for name in found if name in nodes]
        reads = [node for node in made if node.kind == "variable" or node.weights]
        spans = tuple(dict.fromkeys(node.source.span for node in reads if node.source is not None))
        if spans:
            where = run.session.span if run.session is not None else None
            interpreter.program.uninitialized_runs.append(UninitializedRun(run.span, spans, where, run.stack))


def _keras_initializes(interpreter: Interpreter) -> bool:
    """Whether the program does something by which Keras initialises the variables of its layers."""
    names = {use.name for use in interpreter.facts.symbols.uses.values()}
    members = {use.member for use in interpreter.facts.members.values()}
    return not members.isdisjoint(BY_KERAS) or any(name.startswith("keras.backend.") for name in names)


def _initializes(node: Node | None) -> bool:
    """Whether a node gives variables their first values, as an assignment does, too."""
    return node is not None and (node.op.endswith(INITIALIZERS) or node.op in ASSIGNMENTS)


def note_unread_assign(interpreter: Interpreter, node: ast.Assign, value: TensorValue, frame: Frame) -> None:
    """Note ``update = tf.assign(...)`` where nothing reads ``update``: it is dropped as if it had no name."""
    nodes = interpreter.program.recorder.nodes
    made: list[Node] = []
    for origin in value.origins:
        entry = nodes.get(origin.node)
        if entry is None:
            continue
        if entry.op not in ASSIGNMENTS:
            return
        made.append(entry)
    if not made or len(node.targets) != 1:
        return
    target, scope = node.targets[0], frame.scope
    if not isinstance(target, ast.Name) or target.id in scope.global_names | scope.nonlocal_names:
        return
    whole = frame.function.node if frame.function is not None else interpreter.module.source.tree
    # What a file imports by name is read there.
    if frame.function is None and interpreter.module.name != "__main__":
        return
    if whole is not None and target.id not in remembered(whole, names_read):
        interpreter.facts.discarded.update(each.identifier for each in made)


def _is_graph_code(interpreter: Interpreter) -> bool:
    """Whether what the program writes outside of any function makes a graph, and is not run as it is written."""
    uses = interpreter.facts.symbols.uses.values()
    names = {use.name for use in uses}
    # Of `tf.compat.v1` a placeholder may be made where a graph is opened, in a program that is run as it is written.
    older = any(use.name == "tf.placeholder" and not use.compat for use in uses)
    return names.isdisjoint(EAGER) and (older or not names.isdisjoint(GRAPH))


def _unrun_assigns(interpreter: Interpreter) -> None:
    from kerascheck.interpreter.graph_mode import run_nodes

    recorder = interpreter.program.recorder
    runs: list[GraphRun] = interpreter.facts.runs
    closures = [run_nodes(interpreter, run.fetched) for run in runs]
    first = next((run.span for run in runs if run.span is not None), None)
    names = {use.name for use in interpreter.facts.symbols.uses.values()}
    unknown = any("unknown" in found for found in closures)
    if first is None or unknown or "tf.function" in names or not _is_graph_code(interpreter):
        return
    run_at_all: set[str] = set().union(*closures)
    for name in sorted(interpreter.facts.discarded - run_at_all):
        node = recorder.nodes.get(name)
        if node is None or node.op not in ASSIGNMENTS or node.scope or node.source is None:
            continue
        given = (recorder.nodes.get(edge.source) for edge in recorder.incoming.get(name, ()))
        variable = next((each for each in given if each is not None and each.kind == "variable"), None)
        made = variable.source.span if variable is not None and variable.source is not None else None
        interpreter.program.unrun_assigns.append(
            UnrunAssign(node.source.span, node.source.text, first, made, node.source.stack)
        )
