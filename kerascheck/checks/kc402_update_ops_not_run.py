"""Graph code runs the train op and not the update ops of its layers: moving averages keep their initial values."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Node
from kerascheck.program import Program, TrainOp


def check(program: Program) -> Iterator[Finding]:
    """A finding for every train op that a session runs while the updates its loss depends on are never run."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for train in program.train_ops:
        if train.run and train.updates_run is False:
            reached = program.recorder.ancestors([train.loss])
            updating = [node for node in program.recorder.nodes.values() if node.identifier in reached and node.updates]
            updating += [program.recorder.nodes[name] for name in train.collected if name not in reached]
            if updating:
                yield _finding(train, updating)


def _finding(train: TrainOp, updating: list[Node]) -> Finding:
    count = sum(max(node.updates, 1) for node in updating)
    ops = "op" if count == 1 else "ops"
    whose = "of the layers its loss depends on" if any(node.updates for node in updating) else "of the collection"
    made = dict.fromkeys(node.source.span for node in updating if node.source is not None)
    trail = [TrailStep(span, "its updates are never run") for span in list(made)[:3]]
    if train.run_span is not None:
        trail.append(TrailStep(train.run_span, "only the train op is run here"))
    return Finding(
        train.span,
        f"the train op is run without the {count} update {ops} {whose}",
        "moving averages and other state keep their initial values",
        tuple(trail),
        _help(updating),
    )


def _help(updating: list[Node]) -> str:
    """What to run: Keras layers keep their updates to themselves, only ``tf.layers`` fills the collection."""
    if all(not node.updates or (".layers." in node.op and node.op.startswith("tf.")) for node in updating):
        return (
            "run the update ops with the train op: "
            "`tf.control_dependencies(tf.compat.v1.get_collection(tf.compat.v1.GraphKeys.UPDATE_OPS))`"
        )
    return (
        "run the layers' updates beside it: `session.run([train_op, layer.updates])` "
        "(Keras layers put nothing into the UPDATE_OPS collection)"
    )
