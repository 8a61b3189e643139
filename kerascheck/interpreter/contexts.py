"""``with`` statements: the context managers whose effect matters."""

from __future__ import annotations

import ast
from collections.abc import Callable

from kerascheck.diagnostic import Span
from kerascheck.interpreter import graph_mode, strategies, tapes, variable_scopes
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    Instance,
    UnknownValue,
    Value,
)


def enter_context(interpreter: Interpreter, manager: Value, node: ast.AST) -> tuple[Value, Callable[[], None]]:
    """What ``as`` binds, and what to call when the block is left."""
    context = interpreter.context
    match manager:
        case Instance(native=tapes.TAPE):
            tape = tapes.enter_tape(interpreter, manager)
            return manager, lambda: context.tapes.remove(tape)
        case Instance(native=strategies.STRATEGY_SCOPE):
            context.strategies.append(manager.span)
            return manager, lambda: _close(context.strategies)
        case Instance(native=graph_mode.CONTROL):
            before = list(context.control)
            context.control.extend(manager.attributes.get("__nodes__", ()))

            def leave() -> None:
                context.control[:] = before

            return manager, leave
        case Instance(native=variable_scopes.VARIABLE_SCOPE):
            scope = variable_scopes.opened(interpreter, manager)
            if scope is None:
                return manager, _nothing
            context.variable_scopes.append(scope)
            return manager, lambda: context.variable_scopes.remove(scope)
        case Instance(native=str()):
            return manager, _nothing
        case Instance():
            from kerascheck.interpreter.attributes import get_attribute

            entered = get_attribute(interpreter, manager, "__enter__", node)
            value = NOTHING_KNOWN
            if not isinstance(entered, UnknownValue):
                value = interpreter.call(entered, Arguments(), node)
            exit_method = get_attribute(interpreter, manager, "__exit__", node)
            if isinstance(exit_method, UnknownValue):
                return value, _nothing
            return value, lambda: _leave(interpreter, exit_method, node)
    return NOTHING_KNOWN, _nothing


def _leave(interpreter: Interpreter, method: Value, node: ast.AST) -> None:
    interpreter.call(method, Arguments((None, None, None)), node)


def _close(scopes: list[Span | None]) -> None:
    scopes.pop()


def _nothing() -> None:
    return None
