"""Distribution strategies: which models are compiled in the scope of one, and where their weights were made."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD, JIT_GUARD
from kerascheck.interpreter.conversion import map_tensors
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_ownership import layers_within
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.objectives import MADE_WITH
from kerascheck.interpreter.packages import OPTIMIZERS
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.strategy_kinds import TPU_STRATEGY
from kerascheck.interpreter.values import Arguments, DictValue, Instance, Value
from kerascheck.program import OutsideStrategy

STRATEGY_SCOPE = "strategy scope"
"""What ``strategy.scope()`` gives."""
_IN_SCOPE = "\0scope"
"""What an optimizer holds that was made in the scope of a strategy."""


def note_scope(interpreter: Interpreter, optimizer: Instance) -> None:
    """Remember of an optimizer that it is made in a strategy's scope."""
    if interpreter.context.strategies:
        optimizer.attributes[_IN_SCOPE] = True


def note_strategy(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """Note a model that a strategy distributes, some layer of which was built before, or its optimizer made outside."""
    scopes, state = interpreter.context.strategies, instance.layer
    source = source_of(interpreter, node)
    if source is None or EXPECTED_GUARD in interpreter.context.guards:
        return
    built = _built_outside(interpreter, instance) if scopes else None
    optimizer = _optimizer_outside(interpreter, arguments.get(0, "optimizer", "rmsprop"), source.span)
    if built is not None:
        found = OutsideStrategy(
            state.name, state.generation, "weights", source.span, source.text, built, scopes[-1], source.stack
        )
        if found not in interpreter.program.outside_strategies:
            interpreter.program.outside_strategies.append(found)
    elif state.scope is not None and state.generation == 3 and optimizer is not None:
        found = OutsideStrategy(
            state.name, state.generation, "optimizer", source.span, source.text, optimizer, state.scope, source.stack
        )
        interpreter.facts.outside_optimizers.append((instance, found))


def finish_strategies(interpreter: Interpreter) -> None:
    """Tell the rules of the optimizers outside of a scope whose model is trained or evaluated, which builds them."""
    told = interpreter.program.outside_strategies
    for model, found in interpreter.facts.outside_optimizers:
        if model.layer.measured and found not in told:
            told.append(found)


def _built_outside(interpreter: Interpreter, model: Instance) -> Span | None:
    """Where the first layer of a model was made whose weights are of no strategy."""
    within = layers_within(model)
    for layer in interpreter.facts.layers:
        state: LayerState = layer.layer
        if id(layer) in within and state.built and state.weights and state.built_outside is not None:
            return state.built_outside.span
    return None


def _optimizer_outside(interpreter: Interpreter, optimizer: Value, compiled: Span) -> Span | None:
    """Where an optimizer was made outside of all scopes that keeps variables beside the model's.

    Keras 3 makes those for the model's strategy, and its step counter for none: it refuses to mix them. SGD without
    momentum keeps none (seen by running each).
    """
    match optimizer:
        case str():
            keeps = optimizer.lower() != "sgd"
            return compiled if keeps and not interpreter.context.strategies else None
        case Instance(native=str(name)) if name.startswith(OPTIMIZERS) and _IN_SCOPE not in optimizer.attributes:
            given = optimizer.attributes.get(MADE_WITH)
            momentum = given.items.get("momentum", 0.0) if isinstance(given, DictValue) and given.items else 0.0
            plain = name == f"{OPTIMIZERS}SGD" and (not isinstance(momentum, int | float) or momentum == 0)
            return None if plain else optimizer.span
    return None


def run_in_replicas(interpreter: Interpreter, native: str, arguments: Arguments, node: ast.AST) -> Value:
    """``strategy.run(step, args=(...))``: on TPUs what runs is compiled, decorated or not."""
    given = arguments.get(1, "args", ())
    open_call = Arguments(given if isinstance(given, tuple) else (), open=True)
    with interpreter.guarded(JIT_GUARD if native == TPU_STRATEGY else None):
        outputs = interpreter.call(arguments.get(0, "fn"), open_call, node)
    # Outside, what a compiled step gives is data.
    return map_tensors(outputs, lambda tensor: replace(tensor, is_array=True), interpreter.heap.new)
