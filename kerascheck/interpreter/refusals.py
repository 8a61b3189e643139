"""Noting what Keras refuses of a call besides its shapes: names, weights named by position, added losses."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kerascheck.catalog.identifiers import is_taken, kind_of
from kerascheck.diagnostic import Span
from kerascheck.graph import UNTOLD_GUARDS, Source
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.members import Owner, note_member
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Arguments, Instance, ListValue, TensorValue, UnknownValue, Value
from kerascheck.program import AddedLoss, RefusedName, RefusedValue


def told_source(interpreter: Interpreter, node: ast.AST) -> Source | None:
    """Where the user wrote ``node``; None where nothing may be told of it."""
    context = interpreter.context
    if not context.modules or not interpreter.module.is_user or context.replay:
        return None
    return source_of(interpreter, node) if UNTOLD_GUARDS.isdisjoint(context.guards) else None


def note_name(interpreter: Interpreter, name: Value, op: str, generation: int, node: ast.AST) -> None:
    """Note a name with a slash, which Keras 3 takes for a path."""
    if generation != 3 or not isinstance(name, str) or "/" not in name:
        return
    source = told_source(interpreter, node)
    if source is not None:
        interpreter.program.refused_names.append(RefusedName(name, op, 3, source.span, stack=source.stack))


def note_equal_names(
    interpreter: Interpreter, model: LayerState, inputs: Value, layers: Iterable[Instance], node: ast.AST
) -> None:
    """Note two of a functional model's own layers and inputs that the code gives one name."""
    if told_source(interpreter, node) is None:
        return
    found: dict[str, tuple[str, Source | None]] = {}
    for name, identity, op, source in (*_named_inputs(interpreter, inputs), *_named_layers(layers)):
        first, at = found.setdefault(name, (identity, source))
        if first != identity:
            _note_clash(interpreter, name, op, model, source, at)


def note_same_name(
    interpreter: Interpreter, model: LayerState, before: Iterable[Value], layer: Instance, node: ast.AST
) -> None:
    """Note a layer put into a Sequential that has another of the name it was given."""
    named = [*_named_layers([layer])]
    if not named or told_source(interpreter, node) is None:
        return
    name, identity, op, source = named[0]
    for each, other, _, at in _named_layers(each for each in before if isinstance(each, Instance)):
        if each == name and other != identity:
            _note_clash(interpreter, name, op, model, source, at)
            return


def _note_clash(
    interpreter: Interpreter, name: str, op: str, model: LayerState, source: Source | None, other: Source | None
) -> None:
    if source is not None and other is not None:
        interpreter.program.refused_names.append(
            RefusedName(name, op, model.generation, source.span, model.name, other.span, source.stack)
        )


def _named_layers(layers: Iterable[Instance]) -> Iterable[tuple[str, str, str, Source | None]]:
    for layer in layers:
        state = layer.layer
        if isinstance(state, LayerState) and isinstance(state.config.get("name"), str):
            yield state.name, state.identity, state.op, state.source


def _named_inputs(interpreter: Interpreter, inputs: Value) -> Iterable[tuple[str, str, str, Source | None]]:
    for _, tensor in tensors_in(inputs):
        if len(tensor.origins) == 1:
            entry = interpreter.program.recorder.nodes[tensor.origins[0].node]
            if entry.identifier in interpreter.facts.named_inputs:
                yield entry.name, entry.identifier, entry.op, entry.source


def note_loss(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> None:
    """Note ``model.add_loss(...)`` outside of any layer's ``call``."""
    source = told_source(interpreter, node)
    if source is None or interpreter.context.layer_calls:
        return
    state: LayerState = instance.layer
    loss = arguments.get(0, "losses" if state.generation == 2 else "loss")
    symbolic = isinstance(loss, TensorValue) and loss.spec.keras_tensor
    interpreter.program.added_losses.append(
        AddedLoss(state.name, state.kind == "functional", symbolic, state.generation, source.span, source.text,
                  source.stack)
    )  # fmt: skip


def note_strings(interpreter: Interpreter, given: Mapping[str, Value], generation: int, node: ast.AST) -> None:
    """Note the strings for activations, initializers and the like that Keras does not know."""
    for name, value in given.items():
        kind = kind_of(name) if isinstance(value, str) else None
        if kind is not None:
            _note_string(interpreter, kind, name, value, generation, node)


def note_compile_strings(interpreter: Interpreter, arguments: Arguments, generation: int, node: ast.AST) -> None:
    """Note the strings for an optimizer, losses and metrics that Keras does not know."""
    given = [
        ("optimizer", "optimizer", arguments.get(0, "optimizer")),
        ("loss", "loss", arguments.get(1, "loss")),
        ("metric", "metrics", arguments.keywords.get("metrics")),
    ]
    for kind, name, value in given:
        nested = value.items if isinstance(value, ListValue) and isinstance(value.items, list) else [value]
        for each in nested:
            if isinstance(each, str):
                _note_string(interpreter, kind, name, each, generation, node)


def _note_string(
    interpreter: Interpreter, kind: str, argument: str, value: str, generation: int, node: ast.AST
) -> None:
    if is_taken(kind, value, generation):
        return
    source = told_source(interpreter, node)
    if source is not None:
        keywords = node.keywords if isinstance(node, ast.Call) else []
        at = next((interpreter.span(each) for each in keywords if each.arg == argument), None)
        interpreter.program.refused_values.append(
            RefusedValue(kind, argument, value, generation, at or source.span, source.stack)
        )


def note_weight_by_position(
    interpreter: Interpreter, state: LayerState, name: str, arguments: Arguments, node: ast.AST
) -> None:
    """Note that ``add_weight`` is called in the way only Keras 2 takes: the name of the weight first."""
    if not arguments.positional:
        return
    first = arguments.positional[0]
    shape_twice = isinstance(first, UnknownValue) and arguments.keywords.get("shape") is not None
    if not isinstance(first, str) and not shape_twice:
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        # The method was read elsewhere, and is called by a name of the user's.
        note_member(interpreter, Owner(state.base, state.generation, own=state.kind == "user"), name, node, called=True)
    note_written_arguments(interpreter, name, node, old_form=True)


def note_written_arguments(interpreter: Interpreter, name: str, node: ast.AST, *, old_form: bool = False) -> None:
    """Note how the call of a member is written that is read there, for who mends it."""
    source = source_of(interpreter, node)
    if source is None or not isinstance(node, ast.Call):
        return
    given: list[ast.expr] = [] if any(isinstance(each, ast.Starred) for each in node.args) else node.args
    spans = [span for each in given if (span := interpreter.span(each)) is not None]
    keywords = tuple((each.arg or "**", span) for each in node.keywords if (span := interpreter.span(each)) is not None)
    members, start = interpreter.facts.members, (source.span.file, source.span.line, source.span.column)
    for key, use in list(members.items()):
        if use.member == name and (use.span.file, use.span.line, use.span.column) == start:
            attribute = attribute_span(interpreter, node.func)
            members[key] = replace(
                use, old_form=old_form, positional=tuple(spans), keywords=keywords, attribute=attribute
            )


def attribute_span(interpreter: Interpreter, node: ast.expr) -> Span | None:
    """The last name alone of an attribute: ``placeholder`` in ``tf.placeholder``."""
    span = interpreter.span(node) if isinstance(node, ast.Attribute) else None
    if span is None or not isinstance(node, ast.Attribute):
        return None
    return replace(span, line=span.end_line, column=span.end_column - len(node.attr))
