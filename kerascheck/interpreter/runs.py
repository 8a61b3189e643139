"""What the code has its models do: ``fit`` and ``predict`` in order, what was frozen then, and states that are kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.fed_data import bind_method
from kerascheck.interpreter.freezing import trainable_flag
from kerascheck.interpreter.iteration import iterate
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.layers import call_arguments, class_function
from kerascheck.interpreter.models import history_calls
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.training import TRAINING_LAYERS, PendingCall, all_layers
from kerascheck.interpreter.values import Arguments, Instance, KerasCall, TensorValue, Value
from kerascheck.program import FlaggedCall, StatefulFit, ThawedFit
from kerascheck.semantics.masking import RECURRENT

FITTING = frozenset({"fit", "fit_generator", "train_on_batch"})
PREDICTING = frozenset({"predict", "predict_on_batch"})
OWN_CODE = ("fit", "predict", "train_step", "predict_step", "make_train_function", "make_predict_function", "__call__")
NORMALIZATION = "keras.layers.BatchNormalization"
LAST_RUN = "\0run"
"""Where an object's attributes hold what it was last trained or run on, so that branches keep it apart."""
FROZEN_FIT = "\0frozen"
"""Where a model's hold that a model around it was trained while it was frozen."""


@dataclass(slots=True)
class RunFacts:
    """How often states were reset so far, and the bases that were trained after having been frozen."""

    resets: int = 0
    thawed: list[tuple[Instance, ThawedFit]] = field(default_factory=list)


def note_run(interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST) -> None:
    """Note that a functional or Sequential model is trained or run on data."""
    state: LayerState = instance.layer
    source = source_of(interpreter, node)
    if state.kind not in ("functional", "sequential") or source is None or arguments.open:
        return
    if any(class_function(instance, method) is not None for method in ("call", *OWN_CODE)):
        return
    bound = bind_method(state, name, arguments)
    if name in ("fit", "fit_generator", "predict"):
        _note_stateful(interpreter, instance, name, bound, source)
    if name in FITTING:
        interpreter.program.flagged_calls += flagged_calls(instance, fitted=source.span)
    if name in PREDICTING:
        interpreter.program.flagged_calls += flagged_calls(instance, predicted=source.span)
    if name in ("fit", "fit_generator"):
        _note_thawed(interpreter, instance, source)


def flagged_calls(
    model: Instance, *, fitted: Span | None = None, predicted: Span | None = None
) -> Iterator[FlaggedCall]:
    """The calls with a literal ``training`` in a functional model that is trained, or run at inference."""
    for call, flag in _literal_flags(model):
        inner = all_layers(call.function)
        source = call.source
        if source is None or any(each.layer.kind == "user" for each in inner):
            continue
        normal = tuple(dict.fromkeys(_made(each) for each in inner if _normalizes(each)))
        updating = tuple(span for span in normal if span is not None)
        yield FlaggedCall(
            model=model.layer.name,
            generation=model.layer.generation,
            layer=call.function.layer.base,
            training=flag,
            span=source.span,
            text=source.text,
            stack=source.stack,
            updating=updating if fitted is not None else (),
            at_inference=updating if predicted is not None else (),
            drawing=any(_draws(each) for each in inner),
            fitted=fitted,
            predicted=predicted,
        )


def _literal_flags(model: Instance) -> Iterator[tuple[KerasCall, bool]]:
    for each in all_layers(model):
        if each.layer.kind != "functional" or class_function(each, "call") is not None:
            continue
        for call in history_calls(each.layer.inputs, each.layer.outputs):
            if isinstance(call.function, Instance):
                flag = call_arguments(call.function.layer, call.arguments).get("training")
                if isinstance(flag, bool):
                    yield call, flag


def _made(instance: Instance) -> Span | None:
    return instance.layer.source.span if instance.layer.source is not None else None


def _normalizes(instance: Instance) -> bool:
    return instance.layer.base == NORMALIZATION and trainable_flag(instance) is True


def _draws(instance: Instance) -> bool:
    state: LayerState = instance.layer
    amount = state.config.get("rate", state.config.get("stddev"))
    return state.base in TRAINING_LAYERS and isinstance(amount, (int, float)) and amount > 0


def finish_flagged_calls(interpreter: Interpreter) -> None:
    """Tell of the flags in models that a hand-written loop trains."""
    facts = interpreter.facts.training
    done: set[int] = set()
    calls: list[PendingCall] = facts.calls
    for call in calls:
        trains = call.training is True and any(tape in facts.applied for tape in call.tapes)
        if trains and id(call.instance) not in done:
            done.add(id(call.instance))
            interpreter.program.flagged_calls += flagged_calls(call.instance, fitted=call.span)


def _note_stateful(
    interpreter: Interpreter, model: Instance, name: str, bound: dict[str, Value], source: Source
) -> None:
    layers = tuple(
        (each.layer.base, each.layer.source.span)
        for each in all_layers(model)
        if each.layer.base in RECURRENT and each.layer.config.get("stateful") is True and each.layer.source is not None
    )
    if not layers:
        return
    trains = name != "predict"
    data = bound.get("x", bound.get("generator"))
    resets = interpreter.facts.run_facts.resets
    key = f"{LAST_RUN}{trains}"
    last = model.attributes.get(key)
    again = (
        isinstance(data, TensorValue)
        and isinstance(last, tuple)
        and last[0] is data
        and last[1] == resets
        and (trains or last[2] != _place(source))
    )
    interpreter.heap.touch(model)
    model.attributes[key] = (data, resets, _place(source))
    epochs, started = bound.get("epochs", 1), bound.get("initial_epoch", 0)
    counted = isinstance(epochs, int) and isinstance(started, int)
    interpreter.program.stateful_fits.append(
        StatefulFit(
            model=model.layer.name,
            generation=model.layer.generation,
            span=source.span,
            layers=layers,
            epochs=epochs - started if counted else None,
            again=again,
            open=not _plain_callbacks(interpreter, bound.get("callbacks")),
            method=name,
            stack=source.stack,
        )
    )


def _place(source: Source) -> tuple[str, int, int]:
    return source.span.file, source.span.line, source.span.column


def _plain_callbacks(interpreter: Interpreter, callbacks: Value) -> bool:
    """Whether no code of the user's runs meanwhile."""
    if callbacks is None:
        return True
    each = [callbacks] if isinstance(callbacks, Instance) else iterate(interpreter, callbacks)
    return each is not None and all(
        isinstance(callback, Instance)
        and (callback.native or "").startswith("keras.callbacks.")
        and callback.native != "keras.callbacks.LambdaCallback"
        for callback in each
    )


def _note_thawed(interpreter: Interpreter, model: Instance, source: Source) -> None:
    """Note each model within the model: that it is frozen now, or that it no longer is."""
    told = {id(call.function) for call, _ in _literal_flags(model)}
    for base in all_layers(model):
        if base is model or not base.layer.is_model or id(base) in told:
            continue
        frozen = trainable_flag(base)
        before = base.attributes.get(FROZEN_FIT)
        if frozen is False:
            interpreter.heap.touch(base)
            base.attributes[FROZEN_FIT] = model.layer.identity
        elif frozen is True and before == model.layer.identity:
            inner = all_layers(base)
            normal = tuple(dict.fromkeys(span for each in inner if _normalizes(each) and (span := _made(each))))
            made = _made(base)
            if normal and made is not None and not any(each.layer.kind == "user" for each in inner):
                fit = ThawedFit(
                    model.layer.name, base.layer.name, model.layer.generation, source.span, made, normal, source.stack
                )
                interpreter.facts.run_facts.thawed.append((base, fit))


def finish_thawed(interpreter: Interpreter) -> None:
    """Tell of the bases that were thawed, but those that are trained by themselves as well, as in a GAN."""
    for base, fit in interpreter.facts.run_facts.thawed:
        if not base.layer.fitted:
            interpreter.program.thawed_fits.append(fit)
