"""Data that a model takes in a narrower type than they have."""

from __future__ import annotations

import ast

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.extremes import extremes_of
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.sequential import known_layers
from kerascheck.interpreter.values import TensorValue
from kerascheck.program import Downcast


def note_downcasts(
    interpreter: Interpreter,
    state: LayerState,
    pairs: list[tuple[TensorValue, TensorValue]],
    node: ast.AST,
    written: tuple[Span, str] | None,
) -> None:
    """A model is given data, each for one of its Inputs."""
    source = source_of(interpreter, node)
    if source is None or EXPECTED_GUARD in interpreter.context.guards or not interpreter.module.is_user:
        return
    if state.inferred and any(layer.layer.config.get("dtype") is not None for layer in (known_layers(state) or [])[:1]):
        return
    for own, given in pairs:
        taken, found = own.spec.dtype, given.spec.dtype
        if not given.is_array or taken is None or found is None or taken == found:
            continue
        known = extremes_of(given)
        span, text = written if written is not None else (source.span, source.text)
        made = None if given.source is None else given.source.span
        largest = None if known is None else max(known.highest, -known.lowest)
        fact = Downcast(state.name, found, taken, largest, span, source.stack, text, made)
        if fact not in interpreter.program.downcasts:
            interpreter.program.downcasts.append(fact)
