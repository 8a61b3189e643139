"""A head without an activation meets a cross-entropy that takes probabilities."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.heads import Prediction, cross_entropies, head_step
from kerascheck.program import ObjectiveForm, Program

LAST = {"binary_crossentropy": "sigmoid", "binary_focal_crossentropy": "sigmoid"}
"""The activation that makes probabilities for a loss; for the others it is softmax."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every such loss."""
    return once(
        _finding(found)
        for found in cross_entropies(program)
        if found.head.activation == "linear" and found.loss.from_logits is False and not _has_no_choice(found)
    )


def _has_no_choice(found: Prediction) -> bool:
    """Whether one unit is to choose between classes: that is the mistake."""
    return found.loss.name not in LAST and found.head.units == 1


def _finding(found: Prediction) -> Finding:
    loss, node = found.loss, found.head.node
    activation = LAST.get(loss.name, "softmax")
    what = f"model `{found.fact.model}` ends in" if found.fact.model is not None else "it is given"
    if loss.form is ObjectiveForm.FUNCTION and found.fact.model is None:
        logits = "pass `from_logits=True` to it"
    else:
        name = "".join(part.capitalize() for part in loss.name.split("_"))
        logits = f"`keras.losses.{name}(from_logits=True)`"
    return Finding(
        loss.span,
        f"`{loss.name}` takes probabilities, and {what} logits: `{expression(node)}` has no activation",
        "`from_logits` is False",
        (*head_step(found.head, "no activation: gives logits"), *found.trail),
        f'{logits}, or `activation="{activation}"` in the last layer',
    )
