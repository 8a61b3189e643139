"""The losses that layers add, and whether a hand-written training step takes them into its own."""

from __future__ import annotations

from collections.abc import Iterator

from kerascheck.diagnostic import Span
from kerascheck.interpreter.core import Interpreter, TapeState
from kerascheck.interpreter.freezing import trainable_flag
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.training import PendingCall, all_layers
from kerascheck.interpreter.values import Instance, Value
from kerascheck.program import DroppedLosses


def note_losses(interpreter: Interpreter, instance: Instance | None) -> None:
    """Note that the losses of a model, or of one that is not known, are read."""
    for tape in interpreter.context.tapes:
        tape.losses.append(instance)


def finish_losses(interpreter: Interpreter) -> None:
    """Tell the rules of every model trained by hand whose layers add losses that its training step leaves out.

    A call that takes them in on some path counts as one that does.
    """
    facts = interpreter.facts.training
    calls: list[PendingCall] = facts.calls
    by_place: dict[Span, list[PendingCall]] = {}
    for call in calls:
        if any(call.instance in tape.sources and tape in facts.applied for tape in call.tapes):
            by_place.setdefault(call.span, []).append(call)
    told: set[int] = set()
    for span, found in by_place.items():
        call = found[0]
        layers = tuple(dict.fromkeys(_adding(call.instance)))
        reads = any(_reads(each.instance, tape) for each in found for tape in each.tapes)
        if layers and not reads and id(call.instance) not in told:
            told.add(id(call.instance))
            state: LayerState = call.instance.layer
            interpreter.program.dropped_losses.append(
                DroppedLosses(state.name, state.generation, layers, span, call.stack)
            )


def _reads(model: Instance, tape: TapeState) -> bool:
    """Whether the losses of the model, of a part of it or of what holds it were read under the tape."""
    return any(
        read is None
        or read is model
        or any(each is read for each in all_layers(model))
        or any(each is model for each in all_layers(read))
        for read in tape.losses
    )


def _adding(model: Instance) -> Iterator[tuple[str, Span]]:
    """The layers within a model that certainly add a loss."""
    for layer in all_layers(model):
        state: LayerState = layer.layer
        if state.source is None or trainable_flag(layer) is not True or not (state.calls or state.in_model):
            continue
        if state.added_loss is not None:
            yield "add_loss", state.added_loss
        if state.kind == "builtin":
            for name, value in state.config.items():
                if name.endswith("_regularizer") and _regularizes(value):
                    yield name, state.source.span


def _regularizes(value: Value) -> bool:
    """Whether a regularizer certainly adds something: a factor of zero adds none."""
    if isinstance(value, str):
        return True
    if not isinstance(value, Instance) or not (value.native or "").startswith("keras.regularizers.") or value.open:
        return False
    return any(factor > 0 for factor in value.attributes.values() if isinstance(factor, (int, float)))
