"""Graph code runs its train op without feeding the learning phase: dropout does nothing."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, TrainOp


def check(program: Program) -> Iterator[Finding]:
    """A finding for every train op whose runs all leave the learning phase as at inference."""
    if not program.train_ops or any(use.name.endswith(".set_learning_phase") for use in program.symbols):
        return iter(())
    return once(_finding(train) for train in program.train_ops if train.run and train.idle)


def _finding(train: TrainOp) -> Finding:
    names = list(dict.fromkeys(name.rpartition(".")[2] for name, _ in train.idle))
    does = "do" if len(names) > 1 else "does"
    trail = [TrailStep(span, "waits for the learning phase") for _, span in train.idle[:3]]
    if train.run_span is not None:
        trail.append(TrailStep(train.run_span, "run without it"))
    return Finding(
        train.span,
        f"the train op is run without the learning phase: {' and '.join(names[:3])} {does} nothing",
        "trains as at inference",
        tuple(trail),
        "feed it, `feed_dict={..., keras.backend.learning_phase(): True}`, or call the layer with `training=True`",
    )
