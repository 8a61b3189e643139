"""What the methods of a layer make while Keras runs them, and what they make anew each time."""

from __future__ import annotations

from collections.abc import Callable

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.core import BudgetExceeded, Interpreter, Made, Phase, UserRaise
from kerascheck.interpreter.phases import phase
from kerascheck.interpreter.training import all_layers, has_mode
from kerascheck.interpreter.trials import unrecorded
from kerascheck.interpreter.values import ClassValue, Instance, TensorValue, Value
from kerascheck.program import CreatedInCall


def note_repeated(interpreter: Interpreter, running: Phase, again: Callable[[], Value], function: str = "") -> None:
    """Tell the rules what a layer's method makes anew each time it runs: it is run once more to see.

    ``function`` is what runs, as a message calls it, if it is no layer's.

    What it made and kept, and finds there the second time, is not made again.
    """
    facts = interpreter.facts
    made = [each for each in running.made if each.certain and each.source.span not in facts.repeated]
    # What another holds that is made there is told with it.
    layers = [each.value for each in running.made if isinstance(each.value, Instance)]
    within = {id(part) for layer in layers for part in all_layers(layer)[1:]}
    made = [each for each in made if id(each.value) not in within]
    made = [each for each in made if isinstance(each.value, TensorValue) or has_state(each.value)]
    if not made or facts.rehearsing or interpreter.program.tensorflow == 1:
        return
    if EXPECTED_GUARD in interpreter.context.guards:
        return
    second = _rehearse(interpreter, running, again)
    for each in made:
        if each.source.span in second:
            facts.repeated.add(each.source.span)
            interpreter.program.created_in_call.append(_fact(interpreter, running, each, function))
            if isinstance(each.value, TensorValue) and each.value.variable is not None:
                each.value.variable.made_in_call = True


def _rehearse(interpreter: Interpreter, running: Phase, again: Callable[[], Value]) -> set[object]:
    """The places at which the method makes something when it runs for the second time."""
    facts = interpreter.facts

    def run() -> list[Made]:
        with phase(interpreter, running.kind, running.instance) as second:
            again()
        return second.made

    facts.rehearsing = True
    try:
        with unrecorded(interpreter):
            made, _ = interpreter.heap.branch(run)
    except (UserRaise, RecursionError, BudgetExceeded):
        return set()
    finally:
        facts.rehearsing = False
    return {each.source.span for each in made if each.certain}


def has_state(layer: Instance) -> bool:
    """Whether a layer that was called has weights, or in Keras 3 the state of its random numbers."""
    for each in all_layers(layer):
        if each.layer.weights or each.layer.own:
            return True
        if each.layer.generation == 3 and has_mode(each):
            return True
    return False


def _fact(interpreter: Interpreter, running: Phase, made: Made, function: str) -> CreatedInCall:
    instance, value = running.instance, made.value
    known = isinstance(instance, Instance)
    owner = instance.cls.name if known and isinstance(instance.cls, ClassValue) else "Lambda"
    is_layer = isinstance(value, Instance)
    return CreatedInCall(
        "layer" if is_layer else "variable",
        owner,
        instance.layer.generation if known else interpreter.program.generation,
        made.source.span,
        made.source.text,
        made.source.stack,
        running.kind == "lambda",
        function,
    )
