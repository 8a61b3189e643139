"""``layer.trainable = False``: which layers it reaches, and what then trains at the program's end."""

from __future__ import annotations

from dataclasses import replace

from kerascheck.graph import Weight
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.training import all_layers
from kerascheck.interpreter.values import Instance, Value


def trainable_flag(instance: Instance) -> bool | None:
    """Whether ``layer.trainable`` is on; None where it was set to what is not known."""
    value = instance.attributes.get("trainable", instance.layer.trainable)
    return bool(value) if isinstance(value, int) else None


def set_trainable(interpreter: Interpreter, instance: Instance, value: Value, before: bool | None) -> None:
    """``layer.trainable = value``: Keras hands it on to every layer that the layer holds by then.

    Keras 3 does not where the layer's own flag was that ``before``: a trainable model does not thaw a frozen layer.
    """
    if instance.layer.generation == 3 and before is not None and before == value:
        return
    for layer in all_layers(instance):
        interpreter.heap.touch(layer)
        layer.attributes["trainable"] = value


def _within_frozen(interpreter: Interpreter) -> set[int]:
    """The layers of tf_keras that a frozen layer holds: seen through it they do not train, seen directly they may."""
    frozen = [each for each in interpreter.facts.layers if each.layer.generation == 2 and trainable_flag(each) is False]
    return {id(held) for owner in frozen for held in all_layers(owner) if held is not owner}


def _with_trainable(weight: Weight, trainable: bool) -> Weight:
    return replace(weight, trainable=trainable)


def settle_trainable(interpreter: Interpreter) -> None:
    """Count in every node of a layer what of it trains once the program has run.

    A layer may be frozen, or thawed, long after the call that its node stands for.
    """
    nodes: dict[str, list[str]] = {}
    for identifier, entry in interpreter.program.recorder.nodes.items():
        if entry.layer is not None and entry.weights:
            nodes.setdefault(entry.layer, []).append(identifier)
    within = _within_frozen(interpreter)
    for instance in interpreter.facts.layers:
        state: LayerState = instance.layer
        calls = nodes.get(state.identity)
        if calls is None:
            continue
        flag = trainable_flag(instance)
        if flag and id(instance) in within:
            flag = None
        for identifier in calls:
            entry = interpreter.program.recorder.nodes[identifier]
            if len(entry.weights) != len(state.weights):
                continue
            trained = [own.trainable and flag is not False for own in state.weights]
            if [weight.trainable for weight in entry.weights] != trained:
                entry.weights = tuple(map(_with_trainable, entry.weights, trained))
            made_frozen = state.config.get("trainable") is False
            if flag is None or (flag and made_frozen and instance.attributes.get("trainable") is not None):
                # Of a layer made frozen and thawed later, which weights train is not told by its constructor.
                entry.trainable = None
            elif entry.params:
                sizes = [weight.shape.size for weight in entry.weights if weight.trainable]
                known = [size for size in sizes if isinstance(size, int)]
                entry.trainable = sum(known) if len(known) == len(sizes) else None
