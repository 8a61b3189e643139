"""Binding arguments to the parameters of Keras's and TensorFlow's own callables, by the catalogue."""

from __future__ import annotations

import ast

from kerascheck.catalog import (
    OPAQUE,
    REQUIRED,
    Effect,
    Parameter,
    ParameterKind,
    SymbolKind,
    removed_in_keras_3,
)
from kerascheck.graph import UNTOLD_GUARDS
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.names import Described, describe, find_symbol
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.unknowns import MissingArgument
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    DictValue,
    UnknownValue,
    Value,
)
from kerascheck.program import ArgumentUse

BY_POSITION = frozenset({ParameterKind.POSITIONAL_ONLY, ParameterKind.POSITIONAL})
GATHERING = frozenset({ParameterKind.VARIADIC, ParameterKind.KEYWORDS})
"""The kinds of parameter that take the next positional argument, and those that take what is left over."""


def bind_arguments(interpreter: Interpreter, name: str, arguments: Arguments, node: ast.AST) -> dict[str, Value]:
    """The arguments of a call of the library callable ``name`` by parameter name, its defaults applied.

    A keyword that the signature does not have is noted and kept; without a signature, positions are the names.
    """
    described = describe(name, interpreter.program.generation)
    symbol = None if described is None else find_symbol(described)
    if symbol is None or symbol.parameters is None or described is None:
        return {**{str(i): value for i, value in enumerate(arguments.positional)}, **arguments.keywords}
    for keyword in arguments.keywords:
        if symbol.accepts(keyword) is not True:
            note_argument(interpreter, described, keyword, node)
        elif not any(each.name == keyword for each in symbol.parameters):
            _note_if_ignored(interpreter, described, keyword, arguments.keywords[keyword], node)
    bound = bind_to(symbol.parameters, arguments)
    last = symbol.parameters[-1] if symbol.parameters else None
    if last is not None and last.kind is ParameterKind.KEYWORDS and symbol.kind is SymbolKind.FUNCTION:
        named = {parameter.name for parameter in symbol.parameters}
        rest = {name: value for name, value in bound.items() if name not in named}
        bound[last.name] = interpreter.heap.new(DictValue(dict(rest)))
    return bound


def left_out(interpreter: Interpreter, name: str, arguments: Arguments) -> tuple[str, ...]:
    """The parameters that a call of the library callable ``name`` certainly leaves to their defaults."""
    described = describe(name, interpreter.program.generation)
    symbol = None if described is None else find_symbol(described)
    if symbol is None or symbol.parameters is None or arguments.open:
        return ()
    by_position = [each for each in symbol.parameters if each.kind in BY_POSITION][: len(arguments.positional)]
    given = {each.name for each in by_position} | arguments.keywords.keys()
    return tuple(each.name for each in symbol.parameters if each.kind not in GATHERING and each.name not in given)


def bind_to(parameters: tuple[Parameter, ...], arguments: Arguments) -> dict[str, Value]:
    """The arguments by parameter name, defaults applied; keywords nobody takes are kept."""
    bound: dict[str, Value] = {}
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    for parameter in parameters:
        match parameter.kind:
            case ParameterKind.VARIADIC:
                bound[parameter.name] = tuple(positional)
                positional = []
            case ParameterKind.KEYWORDS:
                pass
            case ParameterKind.POSITIONAL_ONLY | ParameterKind.POSITIONAL if positional:
                bound[parameter.name] = positional.pop(0)
            case _:
                bound[parameter.name] = keywords.pop(parameter.name, _default(parameter, arguments))
    bound.update(keywords)
    return bound


def _default(parameter: Parameter, arguments: Arguments) -> Value:
    if arguments.open:
        return NOTHING_KNOWN
    if parameter.default is REQUIRED:
        return MissingArgument(f"argument {parameter.name}")
    return UnknownValue(f"default of {parameter.name}") if parameter.default is OPAQUE else parameter.default


def note_argument(
    interpreter: Interpreter, described: Described, keyword: str, node: ast.AST, *, old_form: bool = False
) -> None:
    """Note a keyword argument that the callable's signature does not name, or not for such a value (``old_form``)."""
    source = source_of(interpreter, node)
    if source is None or described.internal or not interpreter.module.is_user:
        return
    if not UNTOLD_GUARDS.isdisjoint(interpreter.context.guards):
        return
    span = None
    if isinstance(node, ast.Call):
        span = next((interpreter.span(each) for each in node.keywords if each.arg == keyword), None)
    interpreter.program.arguments.append(
        ArgumentUse(described.name, keyword, described.generation, source.span, span, source.stack, old_form)
    )


def _note_if_ignored(interpreter: Interpreter, described: Described, keyword: str, value: Value, node: ast.AST) -> None:
    """Note a keyword that ``**kwargs`` takes and nothing reads: ``Adam(decay=0.1)``. Zero would change nothing."""
    if value in (None, 0) or isinstance(value, UnknownValue):
        return
    removal = removed_in_keras_3(described.name, keyword) if described.generation == 3 else None
    source = source_of(interpreter, node)
    if removal is None or removal.effect is not Effect.IGNORED or source is None or not interpreter.module.is_user:
        return
    span = None
    if isinstance(node, ast.Call):
        span = next((interpreter.span(each) for each in node.keywords if each.arg == keyword), None)
    interpreter.program.ignored_arguments.append(
        ArgumentUse(described.name, keyword, described.generation, source.span, span, source.stack)
    )
