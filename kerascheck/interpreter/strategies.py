"""Distribution strategies: which models are compiled in the scope of one, and where their weights were made."""

from __future__ import annotations

import ast

from kerascheck.graph import EXPECTED_GUARD, Source
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_ownership import layers_within
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Instance
from kerascheck.program import OutsideStrategy

STRATEGY_SCOPE = "strategy scope"
"""What ``strategy.scope()`` gives."""

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
