"""TF1 graph code: update ops, control dependencies, train ops and sessions."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerascheck.diagnostic import Span
from kerascheck.interpreter.conversion import origins_of, tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.nests import is_too_large
from kerascheck.interpreter.recording import GraphRun, TrainStep, record, source_of
from kerascheck.interpreter.sessions import idle_layers
from kerascheck.interpreter.values import (
    Arguments,
    DictValue,
    Instance,
    ListValue,
    Origin,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.program import TrainOp
from kerascheck.shapes import Shape, TensorSpec

UPDATE = "update:"
"""What stands for the update ops of a layer call: ``update:`` and the identifier of its node."""

CONTROL = "control_dependencies"
"""What the context managers of ``tf.control_dependencies`` are, natively."""


@dataclass(slots=True)
class UpdatingCall:
    """A call of a layer that makes update ops; ``collected`` where they go into ``GraphKeys.UPDATE_OPS``."""

    instance: Instance
    node: str
    collected: bool


def record_updates(interpreter: Interpreter, instance: Instance, node: str, training: Value) -> None:
    """Note that a layer call made update ops.

    Those of ``tf.compat.v1.layers`` go into the UPDATE_OPS collection; a Keras layer keeps its own in ``updates``.
    """
    collected = "compat.v1.layers" in instance.class_name
    entry = interpreter.program.recorder.nodes[node]
    if training is False or (collected and training is None):
        entry.updates = 0
        return
    interpreter.facts.updating.append(UpdatingCall(instance, node, collected))


def updates_of(interpreter: Interpreter, instances: list[Instance]) -> Value:
    """``layer.updates``: the update ops of these layers' calls."""
    handles = [
        update_handle(call.node)
        for call in interpreter.facts.updating
        if any(call.instance is instance for instance in instances)
    ]
    return interpreter.heap.new(ListValue(handles))


def collected_updates(interpreter: Interpreter) -> Value:
    """``tf.get_collection(tf.GraphKeys.UPDATE_OPS)``."""
    handles = [update_handle(call.node) for call in interpreter.facts.updating if call.collected]
    return interpreter.heap.new(ListValue(handles))


def update_handle(node: str) -> TensorValue:
    """The value that stands for the update ops of a layer call."""
    return TensorValue(TensorSpec(Shape(())), (Origin(UPDATE + node),))


def control_dependencies(interpreter: Interpreter, inputs: Value) -> Instance:
    """``tf.control_dependencies(inputs)``."""
    manager = interpreter.heap.new(Instance(None, native=CONTROL))
    manager.attributes["__nodes__"] = [origin.node for origin in origins_of(inputs)]
    if isinstance(inputs, UnknownValue) or (isinstance(inputs, ListValue) and inputs.items is None):
        manager.attributes["__nodes__"] = ["unknown"]
    return manager


def group(interpreter: Interpreter, arguments: Arguments, node: ast.AST, op: str) -> Value:
    """``tf.group``, ``tf.no_op``, ``tf.identity`` of ops: running it runs what it was given."""
    from kerascheck.interpreter.iteration import iterate

    members: list[str] = []
    for value in arguments.positional:
        parts = iterate(interpreter, value) if not isinstance(value, TensorValue) else [value]
        if parts is None or arguments.open:
            members.append("unknown")
            continue
        members += [origin.node for part in parts for origin in origins_of(part)]
    if arguments.open:
        members.append("unknown")
    entry = record(interpreter, "op", op, op.rsplit(".", maxsplit=1)[-1], [TensorSpec(Shape(()))], node=node)
    interpreter.facts.grouped[entry.identifier] = tuple(members)
    return TensorValue(TensorSpec(Shape(())), (Origin(entry.identifier),))


def train_op(interpreter: Interpreter, loss: TensorValue, node: ast.AST) -> Value:
    """``optimizer.minimize(loss)`` in graph code."""
    entry = record(
        interpreter, "op", "tf.compat.v1.train.Optimizer.minimize", "minimize", [TensorSpec(Shape(()))],
        [("loss", loss)], node=node,
    )  # fmt: skip
    source = source_of(interpreter, node)
    if source is not None and loss.origins:
        interpreter.facts.train_steps.append(
            TrainStep(entry.identifier, loss.origins[0].node, source.span, tuple(interpreter.context.control))
        )
    ancestors = interpreter.program.recorder.ancestors([origin.node for origin in loss.origins])
    for _, state in interpreter.facts.variables:
        if state.node in ancestors:
            state.trained_by_hand = True
    return TensorValue(TensorSpec(Shape(())), (Origin(entry.identifier),))


def run_session(
    interpreter: Interpreter, fetches: Value, node: ast.AST, *, feeds: Value = None, session: Instance | None = None
) -> None:
    """``session.run(fetches, feeds)``."""
    source = source_of(interpreter, node)
    fetched = {origin.node for _, tensor in tensors_in(fetches) for origin in tensor.origins}
    if has_unknown(fetches) or isinstance(fetches, (str, DictValue, Instance)):
        fetched.add("unknown")
    fed: tuple[Value, ...] | None = () if feeds is None else None
    if isinstance(feeds, DictValue) and feeds.items is not None:
        fed = tuple(feeds.items)
    span, stack = (source.span, source.stack) if source is not None else (None, ())
    interpreter.facts.runs.append(GraphRun(frozenset(fetched), span, session, fed, stack))


def has_unknown(value: Value) -> bool:
    """Whether some part of a nest is unknown."""
    if is_too_large(value):
        return True
    match value:
        case UnknownValue():
            return True
        case tuple():
            return any(has_unknown(part) for part in value)
        case ListValue(items=items):
            return items is None or any(has_unknown(part) for part in items)
    return False


def finish_train_ops(interpreter: Interpreter) -> None:
    """Tell the rules of every train op, and whether its update ops are run with it."""
    recorder = interpreter.program.recorder
    for step in interpreter.facts.train_steps:
        ancestors = recorder.ancestors([step.loss])
        needed = {UPDATE + call.node for call in interpreter.facts.updating if call.node in ancestors}
        runs = [
            (run, closure)
            for run in interpreter.facts.runs
            if step.node in (closure := run_nodes(interpreter, run.fetched)) or "unknown" in closure
        ]
        certain = [(run, closure) for run, closure in runs if step.node in closure]
        updates_run: bool | None = False
        if any("unknown" in closure for _, closure in runs):
            updates_run = None
        elif certain and any(needed <= closure for _, closure in certain):
            updates_run = True
        elif _runs_apart(interpreter, needed):
            updates_run = None
        span: Span | None = certain[0][0].span if certain else None
        idle = idle_layers(interpreter, ancestors, [run for run, _ in runs]) if len(certain) == len(runs) else ()
        interpreter.program.train_ops.append(
            TrainOp(step.node, step.loss, step.span, bool(certain), updates_run, span, idle=idle)
        )


def _runs_apart(interpreter: Interpreter, needed: set[str]) -> bool:
    """Whether another run fetches the updates by themselves."""
    return any(needed & run_nodes(interpreter, run.fetched) for run in interpreter.facts.runs)


def run_nodes(interpreter: Interpreter, fetched: frozenset[str]) -> set[str]:
    """Everything that running ``fetched`` runs: operands, control dependencies and groups."""
    recorder = interpreter.program.recorder
    seen: set[str] = set()
    pending = list(fetched)
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        pending += interpreter.facts.grouped.get(current, ())
        entry = recorder.nodes.get(current)
        if entry is not None:
            pending += entry.control
            pending += [edge.source for edge in recorder.incoming.get(current, ())]
    return seen
