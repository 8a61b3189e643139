"""A literal ``training`` in a functional model: Keras 3 replaces it by the model's own, Keras 2 keeps it for ever."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.checks.api import Finding
from kerascheck.checks.batch import once
from kerascheck.diagnostic import Span, TrailStep
from kerascheck.program import FlaggedCall, Program


def check(program: Program) -> Iterator[Finding]:
    """A finding for every flag that the model's training or inference was seen to go against."""
    return once(_findings(program))


def _findings(program: Program) -> Iterator[Finding]:
    for call in program.flagged_calls:
        if call.generation == 3 and not call.training and call.updating and call.fitted is not None:
            yield _unfrozen(call, call.fitted)
        if call.generation == 3 and call.training and call.drawing and call.predicted is not None:
            yield _silent(call, call.predicted)
        if call.generation == 2 and call.training and call.at_inference and call.predicted is not None:
            yield _stuck(call, call.predicted)


def _unfrozen(call: FlaggedCall, trained: Span) -> Finding:
    trail = [TrailStep(span, "its moving averages are updated") for span in call.updating[:2] if span != call.span]
    return Finding(
        call.span,
        f"`training=False` is overridden when the model is trained: BatchNormalization in `{_what(call)}` updates its "
        "moving averages",
        "gets the flag that the model is called with",
        (*trail, TrailStep(trained, "trained here"), *_calls(call)),
        "freeze the BatchNormalization layers instead: `layer.trainable = False`",
    )


def _silent(call: FlaggedCall, predicted: Span) -> Finding:
    return Finding(
        call.span,
        f"`training=True` is overridden in `predict`: {call.layer.rpartition('.')[2]} does nothing there",
        "gets the flag that the model is called with",
        (TrailStep(predicted, "run at inference here"), *_calls(call)),
        "call the model itself, `model(x)`, or use a layer of your own whose `call` takes no `training`",
    )


def _stuck(call: FlaggedCall, predicted: Span) -> Finding:
    trail = [TrailStep(span, "its moving averages change") for span in call.at_inference[:2] if span != call.span]
    return Finding(
        call.span,
        "`training=True` stays on at inference: every batch that is predicted changes the moving averages of "
        "BatchNormalization",
        "runs in training mode always",
        (*trail, TrailStep(predicted, "run at inference here"), *_calls(call)),
        "leave the argument out: `fit` and `predict` set it",
    )


def _what(call: FlaggedCall) -> str:
    written = " ".join(call.text.split())
    return written if written and len(written) <= 60 else call.layer.rpartition(".")[2]


def _calls(call: FlaggedCall) -> tuple[TrailStep, ...]:
    return tuple(TrailStep(span, "called from here") for span in reversed(call.stack))
