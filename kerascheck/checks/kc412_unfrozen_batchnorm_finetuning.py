"""A pretrained base is thawed for fine-tuning, and its BatchNormalization layers lose the averages they learned."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import TrailStep
from kerascheck.program import Program, ThawedFit


def check(program: Program) -> Iterator[Finding]:
    """A finding for every training of a base that was frozen in the training before."""
    return once(_finding(fit) for fit in program.thawed_fits)


def _finding(fit: ThawedFit) -> Finding:
    trail = [TrailStep(fit.made, "the base, frozen until here")]
    trail += [TrailStep(span, "its moving averages are updated") for span in fit.layers[:2] if span != fit.made]
    help = "keep the BatchNormalization layers of the base frozen: `layer.trainable = False` for each of them"
    if fit.generation == 2:
        help = "call the base with `training=False` when the model is built"
    return Finding(
        fit.span,
        f"fine-tuning updates the moving averages of BatchNormalization in `{fit.base}`, which was frozen before",
        "trains the base in training mode",
        (*trail, *(TrailStep(span, "called from here") for span in reversed(fit.stack))),
        help,
    )
