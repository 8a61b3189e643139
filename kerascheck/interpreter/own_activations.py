"""Activations of the user's own, which a layer of Keras's runs each time it is called."""

from __future__ import annotations

import ast

from kerascheck.graph import Edge
from kerascheck.interpreter.conversion import map_tensors, origins_of
from kerascheck.interpreter.core import MAXIMUM_STEPS_ALONE, BudgetExceeded, Interpreter, Phase, UserRaise
from kerascheck.interpreter.creation import note_repeated
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.phases import phase
from kerascheck.interpreter.trials import unrecorded
from kerascheck.interpreter.values import Arguments, FunctionValue, Instance, TensorValue, Value


def run_activation(interpreter: Interpreter, instance: Instance, outputs: Value, node: ast.AST) -> None:
    """Run the activation that a layer was given, to see what it makes: what it gives is of the form it was given."""
    state: LayerState = instance.layer
    function = state.config.get("activation")
    if state.calls or not isinstance(function, FunctionValue) or not function.module.is_user:
        return

    def bare(tensor: TensorValue) -> TensorValue:
        return TensorValue(tensor.spec.marked(False), tensor.origins)

    given = Arguments((map_tensors(outputs, bare, interpreter.heap.new),))

    def run() -> Value:
        return interpreter.call(function, given, node)

    def first() -> tuple[Phase, list[str]]:
        with phase(interpreter, "function", None) as running:
            result = run()
        return running, _variables_behind(interpreter, result, running.counter)

    total = interpreter.limit
    interpreter.limit = min(total, interpreter.steps + MAXIMUM_STEPS_ALONE)
    try:
        with unrecorded(interpreter):
            (running, variables), _ = interpreter.heap.branch(first)
    except (UserRaise, RecursionError, BudgetExceeded):
        return
    finally:
        interpreter.limit = total
    for origin in origins_of(outputs)[:1]:
        for name in variables:
            interpreter.program.recorder.connect(Edge(name, origin.node, 0, "activation"))
    note_repeated(interpreter, running, run, f"the activation `{function.name}`")


def _variables_behind(interpreter: Interpreter, result: Value, before: int) -> list[str]:
    """The variables that were there before, and that what the activation gives depends on."""
    recorder = interpreter.program.recorder
    names = recorder.ancestors([origin.node for origin in origins_of(result)])
    return sorted(name for name in names if int(name[1:]) <= before and recorder.nodes[name].kind == "variable")
