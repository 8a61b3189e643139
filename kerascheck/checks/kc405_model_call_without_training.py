"""A subclassed model's ``call`` takes no ``training``, so Keras 3's ``fit`` runs it as at inference."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.catalog.modes import mode_name
from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import FitMode, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such model that has layers to which it matters.

    Keras 2 passes the flag on whatever the signature says; a train step of the user's own passes what it does.
    """
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for mode in program.fit_modes:
        if mode.generation == 3 and not mode.takes_training and not mode.own_step and mode.idle:
            yield from _finding(mode)


def _finding(mode: FitMode) -> Iterator[Finding]:
    if mode.call is None:
        return
    names = list(dict.fromkeys(mode_name(name) for name, _ in mode.idle))
    trail = [TrailStep(span, "runs as at inference") for _, span in mode.idle[:3]]
    if mode.step is not None:
        trail.append(TrailStep(mode.step, "trained from here"))
    many = "run" if len(names) > 1 else "runs"
    yield Finding(
        mode.call,
        f"`call` takes no `training`, so `fit` does not pass it: {', '.join(names[:3])} {many} as at inference",
        "has no `training` argument",
        tuple(trail),
        "add the argument: `def call(self, inputs, training=None)`; the layers inside then get it by themselves",
    )
