"""Binding arguments to the parameters of Keras's and TensorFlow's own callables, by the catalogue."""

from __future__ import annotations

import ast
from functools import lru_cache

from kerascheck.catalog import (
    OPAQUE,
    REQUIRED,
    Default,
    Effect,
    Parameter,
    ParameterKind,
    Parameters,
    SymbolKind,
    removed_in_keras_3,
)
from kerascheck.graph import EXPECTED_GUARD, UNTOLD_GUARDS
from kerascheck.interpreter.core import Interpreter, UserRaise
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
from kerascheck.records import immutable

BY_POSITION = frozenset({ParameterKind.POSITIONAL_ONLY, ParameterKind.POSITIONAL})
GATHERING = frozenset({ParameterKind.VARIADIC, ParameterKind.KEYWORDS})
"""The kinds of parameter that take the next positional argument, and those that take what is left over."""


def bind_arguments(interpreter: Interpreter, name: str, arguments: Arguments, node: ast.AST) -> dict[str, Value]:
    """The arguments of a call of the library callable ``name`` by parameter name, its defaults applied.

    A keyword that the signature does not have is noted and kept; without a signature, positions are the names.

    Raises:
        UserRaise: code that expects an error gives a function a keyword that it certainly does not take.
    """
    known = _callable(name, interpreter.program.generation)
    if known is None:
        return {**{str(i): value for i, value in enumerate(arguments.positional)}, **arguments.keywords}
    for keyword in arguments.keywords:
        if keyword not in known.accepted:
            if known.is_function and EXPECTED_GUARD in interpreter.context.guards:
                raise UserRaise("TypeError")
            note_argument(interpreter, known.described, keyword, node)
        elif keyword not in known.named:
            _note_if_ignored(interpreter, known.described, keyword, arguments.keywords[keyword], node)
    bound = known.signature.bind(arguments)
    if known.gathers is not None:
        rest = {name: value for name, value in bound.items() if name not in known.named}
        bound[known.gathers] = interpreter.heap.new(DictValue(dict(rest)))
    return bound


@immutable()
class _Callable:
    """What a library's callable takes.

    Attributes:
        described: which it is.
        signature: its parameters, ``named`` their names.
        accepted: the keywords that it certainly takes.
        positional: the parameters that may be given by position, in order.
        single: those that take one argument.
        gathers: the parameter by which a function gathers further keywords.
        is_function: whether it is no class, which may refuse an argument by another error.
    """

    described: Described
    signature: Signature
    named: frozenset[str]
    accepted: frozenset[str]
    positional: tuple[str, ...]
    single: tuple[str, ...]
    gathers: str | None
    is_function: bool


@lru_cache(maxsize=4096)
def _callable(name: str, generation: int) -> _Callable | None:
    described = describe(name, generation)
    symbol = None if described is None else find_symbol(described)
    if described is None or symbol is None or symbol.parameters is None:
        return None
    named = frozenset(each.name for each in symbol.parameters)
    last = symbol.parameters[-1] if symbol.parameters else None
    gathers = last is not None and last.kind is ParameterKind.KEYWORDS and symbol.kind is SymbolKind.FUNCTION
    return _Callable(
        described,
        Signature.of(symbol.parameters),
        named,
        symbol.keyword_names,
        tuple(each.name for each in symbol.parameters if each.kind in BY_POSITION),
        tuple(each.name for each in symbol.parameters if each.kind not in GATHERING),
        last.name if gathers and last is not None else None,
        symbol.kind is SymbolKind.FUNCTION,
    )


def left_out(interpreter: Interpreter, name: str, arguments: Arguments) -> tuple[str, ...]:
    """The parameters that a call of the library callable ``name`` certainly leaves to their defaults."""
    if arguments.open:
        return ()
    return _left_out(name, interpreter.program.generation, len(arguments.positional), tuple(arguments.keywords))


@lru_cache(maxsize=8192)
def _left_out(name: str, generation: int, positional: int, keywords: tuple[str, ...]) -> tuple[str, ...]:
    known = _callable(name, generation)
    if known is None:
        return ()
    given = {*known.positional[:positional], *keywords}
    return tuple(each for each in known.single if each not in given)


@immutable()
class Signature:
    """What a library's callable takes, laid out for binding many calls of it.

    Attributes:
        parameters: its parameters.
        defaults: what each is where it is not given, in order; what has no literal default stands for itself.
        positional: those that take one positional argument, in order.
        gathers: whether another takes all positional arguments that are left.
        open: those without a literal default.
    """

    parameters: Parameters
    defaults: dict[str, Value]
    positional: tuple[str, ...]
    gathers: bool
    open: tuple[Parameter, ...]

    @classmethod
    def of(cls, parameters: Parameters) -> Signature:
        """The layout of ``parameters``."""
        return cls(
            parameters,
            {each.name: each.default for each in parameters if each.kind not in GATHERING},
            tuple(each.name for each in parameters if each.kind in BY_POSITION),
            any(each.kind is ParameterKind.VARIADIC for each in parameters),
            tuple(each for each in parameters if isinstance(each.default, Default) and each.kind not in GATHERING),
        )

    def bind(self, arguments: Arguments) -> dict[str, Value]:
        """What :func:`bind_to` gives."""
        if self.gathers or arguments.open:
            return bind_to(self.parameters, arguments)
        bound = self.defaults.copy()
        if arguments.positional:
            bound.update(zip(self.positional, arguments.positional, strict=False))
        if arguments.keywords:
            bound.update(arguments.keywords)
        for parameter in self.open:
            if bound[parameter.name] is parameter.default:
                bound[parameter.name] = _default(parameter, arguments)
        return bound


def bind_to(parameters: Parameters, arguments: Arguments) -> dict[str, Value]:
    """The arguments by parameter name, defaults applied; keywords nobody takes are kept."""
    bound: dict[str, Value] = {}
    positional, keywords = arguments.positional, arguments.keywords
    place = 0
    for parameter in parameters:
        kind, name = parameter.kind, parameter.name
        if kind is ParameterKind.KEYWORDS:
            continue
        if kind is ParameterKind.VARIADIC:
            bound[name] = positional[place:]
            place = len(positional)
        elif place < len(positional) and kind is not ParameterKind.KEYWORD_ONLY:
            bound[name] = positional[place]
            place += 1
        else:
            bound[name] = keywords[name] if name in keywords else _default(parameter, arguments)
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
