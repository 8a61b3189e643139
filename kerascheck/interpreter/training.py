"""Hand-written training: model calls under a tape, and what is done with the gradients."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kerascheck.catalog.modes import OWN_RATES, has_own_dropout
from kerascheck.diagnostic import Span
from kerascheck.graph import Source
from kerascheck.interpreter.core import Interpreter, TapeState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Arguments, FunctionValue, Instance, TensorValue, Value
from kerascheck.program import FitMode, ModelCall
from kerascheck.records import immutable

if TYPE_CHECKING:
    from kerascheck.interpreter.objectives import PendingCompile, PendingLoss

TRAINING_LAYERS = frozenset(
    f"keras.layers.{name}"
    for name in (
        "BatchNormalization", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout",
        "GaussianNoise", "AlphaDropout",
    )
)  # fmt: skip
"""Layers that behave otherwise in training."""


@dataclass(slots=True)
class PendingCall:
    """A model call on data; what it amounts to is known at the program's end."""

    instance: Instance
    training: bool | str | None
    span: Span
    stack: tuple[Span, ...]
    tapes: tuple[TapeState, ...] = ()
    in_own_step: bool = False


@immutable()
class StepData:
    """A batch that a model's train step is given, and the layers the model then has as attributes."""

    batch: Value
    held: Mapping[str, Value]


def held_as_attributes(instance: Instance) -> dict[str, Value]:
    """The layers and models that are attributes of the object, by name."""
    attributes = instance.attributes.items()
    return {name: each for name, each in attributes if isinstance(each, Instance) and each.layer is not None}


@dataclass(slots=True)
class TrainingFacts:
    """The calls on data, the tapes whose gradients were taken, and where models are compiled and fitted.

    ``gradients`` holds the variables and the place of each gradient that was taken.
    By a model's identity, ``step_data`` holds a batch of what one with a train step of the user's is fitted on,
    ``methods`` the methods that gave it data, and ``weighted`` where it was given weights of samples or classes.
    ``ended`` is set once the script has run to its end.
    """

    calls: list[PendingCall] = field(default_factory=list)
    fits: list[tuple[Instance, Span]] = field(default_factory=list)
    applied: list[TapeState] = field(default_factory=list)
    gradients: list[tuple[tuple[TensorValue, ...], Source]] = field(default_factory=list)
    step_data: dict[int, StepData] = field(default_factory=dict)
    compiled: list[PendingCompile] = field(default_factory=list)
    pending_losses: list[PendingLoss] = field(default_factory=list)
    methods: dict[int, set[str]] = field(default_factory=dict)
    weighted: dict[int, list[Span]] = field(default_factory=dict)
    ended: bool = False


def record_model_call(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """Note a model called on data."""
    source = source_of(interpreter, node)
    if source is None:
        return
    training = _training_of(instance, arguments)
    calls: list[PendingCall] = interpreter.facts.training.calls
    own = interpreter.context.train_step_of is instance
    calls.append(PendingCall(instance, training, source.span, source.stack, tuple(interpreter.context.tapes), own))


def _training_of(instance: Instance, arguments: Arguments) -> bool | str | None:
    """Whether a model is called in training mode: None where the call leaves it to Keras."""
    from kerascheck.interpreter.layers import class_function

    position = 1
    default: Value = None
    call = class_function(instance, "call")
    if call is not None:
        parameters = call.node.args
        positional = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
        names = [*positional, *(each.arg for each in parameters.kwonlyargs)]
        if "training" not in names and any("train" in name for name in names):
            # What a user's own flag, such as `is_training`, does is for the user's code to say.
            return "unknown"
        if "training" in positional:
            position = positional.index("training") - 1
            defaults = dict(zip(reversed(positional), reversed(call.defaults), strict=False))
            default = defaults.get("training")
        else:
            position = len(arguments.positional)
            default = call.keyword_defaults.get("training")
        default = None if default is False else default
    given = arguments.get(position, "training", default)
    if given in (0, 1):
        return bool(given)
    return None if given is None else "unknown"


def all_layers(instance: Instance) -> list[Instance]:
    """A model's layers, the layers within its layers included, each once."""
    from kerascheck.interpreter.variables import held_layers

    seen: dict[int, Instance] = {}
    pending = [instance]
    while pending:
        current = pending.pop()
        if id(current) in seen:
            continue
        seen[id(current)] = current
        pending += current.layer.sublayers
        pending += held_layers(current)
        layers = current.layer.layers
        if layers is not None and layers.items is not None:
            pending += [each for each in layers.items if isinstance(each, Instance) and each.layer is not None]
    return list(seen.values())


def has_mode(instance: Instance) -> bool:
    """Whether the layer behaves otherwise in training; one that drops nothing does not."""
    state = instance.layer
    if has_own_dropout(state.base):
        return any(_drops(state.config.get(name)) for name in OWN_RATES)
    return state.base in TRAINING_LAYERS and _drops(state.config.get("rate", state.config.get("stddev", 1)))


def _drops(rate: Value) -> bool:
    return isinstance(rate, (int, float)) and rate > 0


def record_fit(interpreter: Interpreter, instance: Instance, node: ast.AST) -> None:
    """Note a model that is compiled or fitted; the first fit stands for those before."""
    source = source_of(interpreter, node)
    if source is not None:
        interpreter.facts.training.fits.append((instance, source.span))


def finish_fit_modes(interpreter: Interpreter) -> None:
    """Tell the rules of every model with a ``call`` of the user's that ``fit`` trains, and what it leaves idle."""
    from kerascheck.interpreter.layers import class_function

    facts: TrainingFacts = interpreter.facts.training
    told: set[int] = set()
    for instance, step in facts.fits:
        state, call = instance.layer, class_function(instance, "call")
        if id(instance) in told or call is None or isinstance(call.node, ast.Lambda) or not call.module.is_user:
            continue
        told.add(id(instance))
        own = [
            name for name in ("train_step", "make_train_function", "__call__", "fit") if class_function(instance, name)
        ]
        parameters = call.node.args
        every = (*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs)
        names = [each.arg for each in every]
        idle = {(each.layer.base, each.layer.source.span) for each in _idle_layers(instance)}
        interpreter.program.fit_modes.append(
            FitMode(
                model=state.name,
                generation=state.generation,
                takes_training=any("train" in name for name in names) or bool(call.decorators),
                own_step=bool(own),
                idle=tuple(sorted(idle, key=lambda found: found[1])),
                call=first_line(call),
                step=step,
            )
        )


def _idle_layers(instance: Instance) -> Iterator[Instance]:
    """The layers within a model that only ``training`` makes active, and that no call tells what it is."""
    from kerascheck.interpreter.freezing import trainable_flag

    for each in all_layers(instance):
        state = each.layer
        used = state.calls > 0 and state.source is not None
        if used and has_mode(each) and not state.told_training and trainable_flag(each) is True:
            yield each


def first_line(function: FunctionValue) -> Span:
    """The line that begins a function."""
    node, source = function.node, function.module.source
    text = source.lines[node.lineno - 1]
    return source.place(node.lineno, node.col_offset + 1, node.lineno, len(text.rstrip()) + 1)


def finish_model_calls(interpreter: Interpreter) -> None:
    """Tell the rules of every model call on data, once a place."""
    from kerascheck.interpreter.freezing import trainable_flag

    facts: TrainingFacts = interpreter.facts.training
    told: set[tuple[Span, int, str]] = set()
    for call in facts.calls:
        key = (call.span, id(call.instance), str(call.training))
        if key in told:
            continue
        told.add(key)
        state = call.instance.layer
        layers = [each for each in all_layers(call.instance) if has_mode(each)]
        found = tuple(
            (each.layer.base, each.layer.source.span)
            for each in layers
            if each.layer.source is not None and not each.layer.always_training and trainable_flag(each) is True
        )
        trained = any(tape in facts.applied for tape in call.tapes)
        interpreter.program.model_calls.append(
            ModelCall(
                state.name,
                found,
                call.training,
                bool(call.tapes),
                trained,
                call.span,
                state.generation,
                call.stack,
                state.fitted and not call.in_own_step,
                not trained and facts.ended and any(tape.plain for tape in call.tapes),
            )
        )
