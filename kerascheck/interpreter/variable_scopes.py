"""``tf.variable_scope``: what it asks for, and the Keras layers that do not listen."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD, UNDECIDED_GUARD
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import External, FunctionValue, Instance, PartialValue
from kerascheck.program import ScopeIgnored

VARIABLE_SCOPE = "variable scope"
"""The native kind of what ``tf.variable_scope(...)`` gives."""


@dataclass(slots=True)
class OpenScope:
    """A scope that is open: what it asks of variables, where, and when it was opened.

    ``made`` holds the layers made in it, by the place that made them, for a scope that shares what is there already.
    """

    asks: str
    certain: bool
    span: Span
    clock: int
    made: dict[Span, str] = field(default_factory=dict)


def opened(interpreter: Interpreter, manager: Instance) -> OpenScope | None:
    """The scope that a ``with`` opens, if it asks something of the variables made in it."""
    if manager.span is None or not {EXPECTED_GUARD, UNDECIDED_GUARD}.isdisjoint(interpreter.context.guards):
        return None
    clock = interpreter.heap.clock
    getter, reuse = manager.attributes.get("custom_getter"), manager.attributes.get("reuse")
    if isinstance(getter, (FunctionValue, PartialValue)):
        return OpenScope("custom_getter", True, manager.span, clock)
    if reuse is True:
        return OpenScope("reuse", True, manager.span, clock)
    if isinstance(reuse, External) and reuse.name.endswith("AUTO_REUSE"):
        known: dict[Span, dict[Span, str]] = interpreter.facts.shared_scopes
        return OpenScope("reuse", False, manager.span, clock, known.setdefault(manager.span, {}))
    return None


def note_ignored(interpreter: Interpreter, layer: Instance, node: ast.AST, *, made: bool) -> None:
    """Tell the rules of a Keras layer that has ``made`` its weights in such a scope, and was made in it.

    With ``AUTO_REUSE`` it is a mistake when the same code makes a second layer.
    """
    scopes, state = interpreter.context.variable_scopes, layer.layer
    name = layer.class_name
    if not scopes or not made or not state.weights or "compat.v1.layers" in name or state.op.startswith("tf."):
        return
    scope, source = scopes[-1], source_of(interpreter, node)
    if layer.born <= scope.clock or source is None or interpreter.facts.rehearsing or not interpreter.module.is_user:
        return
    place = state.source.span if state.source is not None else source.span
    if not scope.certain and scope.made.setdefault(place, state.identity) == state.identity:
        return
    interpreter.program.ignored_scopes.append(
        ScopeIgnored(state.op, state.name, scope.asks, place, scope.span, source.stack)
    )
