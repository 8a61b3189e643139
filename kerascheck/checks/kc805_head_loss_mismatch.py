"""The activation or the number of units of a head does not suit its loss."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding, expression
from kerascheck.checks.batch import once
from kerascheck.checks.heads import Prediction, cross_entropies, head_step
from kerascheck.program import Program
from kerascheck.semantics.losses import CATEGORICAL

NO_PROBABILITIES = {
    "relu": "gives 0 for every negative sum, where the loss has no gradient, and numbers above 1",
    "tanh": "gives numbers from -1 to 1",
    "softplus": "gives numbers above 1",
    "elu": "gives negative numbers and numbers above 1",
    "selu": "gives negative numbers and numbers above 1",
    "gelu": "gives negative numbers and numbers above 1",
    "leaky_relu": "gives negative numbers and numbers above 1",
}
"""The activations that give no probabilities, and what they give."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every head that the loss cannot train to what it measures."""
    return once(found for each in cross_entropies(program) if (found := _finding(each)) is not None)


def _finding(found: Prediction) -> Finding | None:
    head, loss = found.head, found.loss
    said = _mistake(found)
    if said is None:
        return None
    why, help = said
    return Finding(
        loss.span,
        f"`{loss.shown}` does not suit `{expression(head.node)}`: {why}",
        f"on a `{head.activation}` head",
        (*head_step(head, f"the head of {found.where}"), *found.trail),
        help,
    )


def _mistake(found: Prediction) -> tuple[str, str] | None:
    """What is wrong with the head, and what to write instead; None for one that suits, or another rule's mistake."""
    activation, loss, units = found.head.activation, found.loss, found.head.units
    categorical = loss.name in CATEGORICAL
    if categorical and units == 1 and activation not in ("softmax",):
        return (
            "with one unit there is one class, and nothing to learn",
            "use a binary cross-entropy, or a unit for each class",
        )
    if loss.from_logits is not False:
        if activation == "relu" and not categorical and loss.from_logits:
            return "a logit that is never negative is a probability of at least 0.5", "take the activation away"
        return None
    if activation in NO_PROBABILITIES:
        right = "softmax" if categorical else "sigmoid"
        return f"`{activation}` {NO_PROBABILITIES[activation]}", f'use `activation="{right}"` in the last layer'
    if activation == "sigmoid" and categorical and units is not None and units > 1:
        return (
            "the loss has the classes exclude one another, and the predictions of a sigmoid do not",
            '`activation="softmax"` for one class of several, `loss="binary_crossentropy"` for any number of labels',
        )
    if activation == "softmax" and loss.name == "binary_crossentropy" and units is not None and units > 1:
        return (
            "the loss judges each class by itself, and a softmax makes one choice of them all",
            '`loss="categorical_crossentropy"` for one class of several, `activation="sigmoid"` for any number',
        )
    return None
