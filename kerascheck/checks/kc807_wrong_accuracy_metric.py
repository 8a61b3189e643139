"""An accuracy that does not count what the model predicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kerascheck.checks.api import Finding, expression, on_one_line
from kerascheck.checks.batch import once
from kerascheck.checks.heads import Head, head_of, head_step
from kerascheck.diagnostic import TrailStep
from kerascheck.graph import Endpoint
from kerascheck.program import LossFact, Objective, ObjectiveForm, Program
from kerascheck.semantics.losses import CATEGORICAL, CROSS_ENTROPIES

BINARY = frozenset({"BinaryAccuracy", "binary_accuracy"})
ONE_HOT = frozenset({"CategoricalAccuracy", "categorical_accuracy"})
SPARSE = frozenset({"SparseCategoricalAccuracy", "sparse_categorical_accuracy"})
CHOSEN = frozenset({"accuracy", "acc"})
"""The texts for which Keras chooses one of the above, by the shapes."""


def check(program: Program) -> Iterator[Finding]:
    """A finding for every metric that certainly measures something else."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    losses = _losses_of_calls(program)
    for each in program.losses:
        fact = replace(each, loss=losses.get(each.outputs)) if each.loss is None else each
        head = head_of(program, fact.outputs) if fact.metrics else None
        for metric in fact.metrics if head is not None else ():
            said = _mistake(fact, metric, head) if head is not None else None
            if said is not None and head is not None:
                yield _finding(fact, metric, head, *said)


def _losses_of_calls(program: Program) -> dict[tuple[Endpoint, ...], Objective]:
    """The losses that the code calls itself, by the prediction, where all that are given one prediction are alike."""
    found: dict[tuple[Endpoint, ...], set[tuple[str, bool | None]]] = {}
    losses: dict[tuple[Endpoint, ...], Objective] = {}
    for fact in program.losses:
        if fact.loss is not None and fact.model is None and not fact.passed:
            found.setdefault(fact.outputs, set()).add((fact.loss.name, fact.loss.from_logits))
            losses[fact.outputs] = fact.loss
    return {outputs: loss for outputs, loss in losses.items() if len(found[outputs]) == 1}


def _mistake(fact: LossFact, metric: Objective, head: Head) -> tuple[str, str] | None:
    """What the metric does instead, and what to write for it."""
    loss = fact.loss.name if fact.loss is not None and fact.loss.form is not ObjectiveForm.OWN else None
    name, units = metric.name, head.units
    categorical = head.activation == "softmax" or (head.activation == "linear" and loss in CATEGORICAL)
    logits = head.activation == "linear" and loss in CROSS_ENTROPIES
    probabilities = head.activation in ("softmax", "sigmoid") or logits
    if name == "Accuracy" and metric.form is ObjectiveForm.OBJECT and probabilities:
        return (
            "counts the predictions that equal their label, which a probability hardly ever does",
            '`metrics=["accuracy"]`, or `keras.metrics.' + _right(head, loss) + "()`",
        )
    if name in BINARY and categorical and loss != "binary_crossentropy" and units is not None and units > 2:
        return (
            f"judges each of the {units} classes by itself: a model that is always wrong has {1 - 2 / units:.0%}",
            "`keras.metrics." + _right(head, loss) + "()`",
        )
    if name in ONE_HOT | SPARSE and units == 1:
        return "takes the largest of several outputs, and there is one", "`keras.metrics.BinaryAccuracy()`"
    if name in ONE_HOT and loss == "sparse_categorical_crossentropy":
        return "takes one-hot labels, and the loss numbers of classes", "`keras.metrics.SparseCategoricalAccuracy()`"
    if name in SPARSE and loss == "categorical_crossentropy":
        return "takes numbers of classes, and the loss one-hot labels", "`keras.metrics.CategoricalAccuracy()`"
    if (
        logits
        and loss == "binary_crossentropy"
        and fact.loss is not None
        and fact.loss.from_logits is True
        and _splits_at_half(metric, units)
    ):
        return (
            "takes what is above 0.5 for a yes, and a logit means yes above 0",
            "`keras.metrics.BinaryAccuracy(threshold=0.0)`",
        )
    return None


def _splits_at_half(metric: Objective, units: int | None) -> bool:
    if metric.name in CHOSEN and metric.form is ObjectiveForm.TEXT:
        return units == 1
    return metric.name in BINARY and metric.arguments.get("threshold", 0.5) == 0.5


def _right(head: Head, loss: str | None) -> str:
    if head.activation == "sigmoid" or loss == "binary_crossentropy":
        return "BinaryAccuracy"
    return "CategoricalAccuracy" if loss == "categorical_crossentropy" else "SparseCategoricalAccuracy"


def _finding(fact: LossFact, metric: Objective, head: Head, what: str, help: str) -> Finding:
    written = on_one_line(metric.text) if metric.text else metric.name
    made = () if metric.made is None else (TrailStep(metric.made, "the metric"),)
    calls = tuple(TrailStep(span, "called from here") for span in reversed(fact.stack))
    where = f"model `{fact.model}`" if fact.model is not None else "the prediction"
    return Finding(
        metric.span,
        f"`{written}` {what}",
        f"on `{expression(head.node)}`",
        (*head_step(head, f"the head of {where}"), *made, *calls),
        help,
    )
