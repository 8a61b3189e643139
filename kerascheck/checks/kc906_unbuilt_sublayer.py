"""A model's own build leaves its layers to call, and loading the model restores nothing of them."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, UnbuiltSublayers

MOST = 3
"""How many layers are shown."""


def check(program: Program) -> Iterator[Finding]:
    """Every saved or registered model with a ``build`` that does not build all its layers."""
    for found in program.unbuilt_sublayers:
        spans = dict.fromkeys(span for _, span in found.layers)
        names = sorted({op.rpartition(".")[2] for op, _ in found.layers})
        layers = f"the {names[0]} layer" if len(found.layers) == 1 else f"{len(found.layers)} layers"
        yield Finding(
            found.build,
            f"`build` of `{found.model}` does not build {layers} that `call` uses: {_consequence(found)}",
            "these layers have no weights after it",
            tuple(TrailStep(span, "a layer that it leaves unbuilt") for span in list(spans)[:MOST]) + _saved(found),
            "call `build` of each of them there, or leave `build` out: Keras then builds them by running `call`",
        )


def _consequence(found: UnbuiltSublayers) -> str:
    if found.generation == 2:
        return "a saved model cannot be loaded"
    return "a loaded model has new random weights there"


def _saved(found: UnbuiltSublayers) -> tuple[TrailStep, ...]:
    return () if found.saved is None else (TrailStep(found.saved, "the model is saved"),)
