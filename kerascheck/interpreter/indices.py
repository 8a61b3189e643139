"""Integers that an Embedding is given for rows of its table."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.extremes import extremes_of
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.sequential import known_layers
from kerascheck.interpreter.values import Instance, TensorValue, Value
from kerascheck.program import IndicesGiven

EMBEDDING = "keras.layers.Embedding"


def note_indices(
    interpreter: Interpreter, state: LayerState, given: Value, node: ast.AST, written: tuple[Span, str] | None = None
) -> None:
    """An Embedding is called on data; ``written`` is where and how the user wrote them, if not in the call."""
    if state.base != EMBEDDING or not isinstance(given, TensorValue) or not given.is_array:
        return
    known, rows, source = extremes_of(given), state.config.get("input_dim"), source_of(interpreter, node)
    if known is None or source is None or not isinstance(rows, int) or state.source is None:
        return
    if EXPECTED_GUARD in interpreter.context.guards or not interpreter.module.is_user:
        return
    span, text = written if written is not None else (source.span, source.text)
    made = None if given.source is None else given.source.span
    found = IndicesGiven(
        layer=state.name,
        generation=state.generation,
        rows=rows,
        lowest=known.lowest,
        highest=known.highest,
        exact=known.exact,
        span=span,
        stack=source.stack,
        text=text,
        layer_span=state.source.span,
        made=made,
    )
    if found not in interpreter.program.indices_given:
        interpreter.program.indices_given.append(found)


def note_model_indices(
    interpreter: Interpreter,
    state: LayerState,
    pairs: list[tuple[TensorValue, TensorValue]],
    node: ast.AST,
    written: tuple[Span, str] | None,
) -> None:
    """A model is given data, each for one of its Inputs: those that go into an Embedding as they are."""
    for own, given in pairs:
        if extremes_of(given) is not None:
            for layer in _embeddings(state, own):
                note_indices(interpreter, layer.layer, given, node, written)


def _embeddings(state: LayerState, own: TensorValue) -> Iterator[Instance]:
    """The layers that an Input goes into."""
    if state.kind == "sequential":
        yield from (known_layers(state) or [])[:1]
        return
    from kerascheck.interpreter.models import history_calls

    for call in history_calls(state.inputs, state.outputs):
        first = call.arguments.positional[0] if call.arguments.positional else None
        if isinstance(call.function, Instance) and isinstance(first, TensorValue) and first.origins == own.origins:
            yield call.function
