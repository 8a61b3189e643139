"""Layers that are called and that nobody holds: their weights are in no model's list."""

from __future__ import annotations

from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.freezing import trainable_flag
from kerascheck.interpreter.training import all_layers
from kerascheck.interpreter.values import Instance
from kerascheck.interpreter.variables import class_contents, held_layers
from kerascheck.program import UnheldLayer


def find_unheld(interpreter: Interpreter) -> None:
    """Tell the rules of the layers that a Lambda calls, or that are attributes of a class, and that no layer holds."""
    instances: list[Instance] = interpreter.facts.layers
    in_lambda = {node.layer for node in interpreter.program.recorder.nodes.values() if node.in_lambda and node.layer}
    of_class: dict[int, str] = {}
    for place, value in class_contents(instances):
        if isinstance(value, Instance) and value.layer is not None:
            of_class.setdefault(id(value), place)
    if not in_lambda and not of_class:
        return
    held = _held(instances)
    for instance in instances:
        how = "class" if id(instance) in of_class else "lambda" if instance.layer.identity in in_lambda else None
        state = instance.layer
        if how is None or id(instance) in held or state.source is None or not _trains(instance):
            continue
        source, target = state.source, of_class.get(id(instance), "")
        interpreter.program.unheld_layers.append(
            UnheldLayer(how, state.identity, state.name, state.generation, source.span, source.stack, target)
        )


def _held(instances: list[Instance]) -> set[int]:
    """The layers that some layer or model has in an attribute, in its graph, or otherwise holds or trains."""
    held: set[int] = set()
    for instance in instances:
        state = instance.layer
        if state.in_model or state.fitted or state.weight_reads > 0:
            held.add(id(instance))
        held |= {id(each) for each in held_layers(instance)}
        if state.layers is not None:
            held |= {id(each) for each in state.layers.items or ()}
    return held


def _trains(instance: Instance) -> bool:
    """Whether it certainly has weights that could be trained."""
    if trainable_flag(instance) is not True or not instance.layer.calls:
        return False
    layers = all_layers(instance)
    if any(trainable_flag(each) is not True for each in layers):
        return False
    return any(weight.trainable for each in layers for weight in each.layer.weights)
