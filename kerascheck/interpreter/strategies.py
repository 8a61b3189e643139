"""Distribution strategies: which models are compiled in the scope of one, and where their weights were made."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.graph import EXPECTED_GUARD, JIT_GUARD, Source
from kerascheck.interpreter.conversion import map_tensors
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_ownership import layers_within
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Arguments, Instance, Value
from kerascheck.program import OutsideStrategy

STRATEGY_SCOPE = "strategy scope"
"""What ``strategy.scope()`` gives."""

TPU_STRATEGY = "tf.distribute.TPUStrategy"

STRATEGIES = frozenset(
    f"tf.distribute.{name}" for name in ("MirroredStrategy", "MultiWorkerMirroredStrategy", "TPUStrategy")
)
"""The strategies whose scope has to be open when variables are made."""


def note_strategy(interpreter: Interpreter, instance: Instance, node: ast.AST) -> None:
    """Note a model that is compiled in a strategy's scope, some layer of which was built before."""
    scopes = interpreter.context.strategies
    source = source_of(interpreter, node)
    if not scopes or source is None or EXPECTED_GUARD in interpreter.context.guards:
        return
    within = layers_within(instance)
    outside: list[Source] = [
        layer.layer.built_outside
        for layer in interpreter.facts.layers
        if id(layer) in within and layer.layer.built and layer.layer.weights and layer.layer.built_outside is not None
    ]
    if outside:
        state = instance.layer
        found = OutsideStrategy(
            state.name, state.generation, source.span, source.text, outside[0].span, scopes[-1], source.stack
        )
        if found not in interpreter.program.outside_strategies:
            interpreter.program.outside_strategies.append(found)


def run_in_replicas(interpreter: Interpreter, native: str, arguments: Arguments, node: ast.AST) -> Value:
    """``strategy.run(step, args=(...))``: on TPUs what runs is compiled, decorated or not."""
    given = arguments.get(1, "args", ())
    open_call = Arguments(given if isinstance(given, tuple) else (), open=True)
    with interpreter.guarded(JIT_GUARD if native == TPU_STRATEGY else None):
        outputs = interpreter.call(arguments.get(0, "fn"), open_call, node)
    # Outside, what a compiled step gives is data.
    return map_tensors(outputs, lambda tensor: replace(tensor, is_array=True), interpreter.heap.new)
