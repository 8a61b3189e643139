"""Noting the calls that are certainly refused for an argument that is unexpected, missing or doubled."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from kerascheck.catalog import REQUIRED, ParameterKind, Parameters, Symbol, SymbolKind, find
from kerascheck.catalog.history import availability
from kerascheck.diagnostic import Span
from kerascheck.interpreter.classes import find_member, has_unknown_base, keras_base, resolution_order
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.names import describe, find_symbol
from kerascheck.interpreter.refusals import told_source
from kerascheck.interpreter.syntax import nodes_of, remembered
from kerascheck.interpreter.values import (
    Arguments,
    BoundMethod,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    NativeMethod,
    Value,
)
from kerascheck.program import ArgumentMistake, WrongArguments
from kerascheck.records import immutable

BY_POSITION = frozenset({ParameterKind.POSITIONAL_ONLY, ParameterKind.POSITIONAL})
MISSPELLED = 0.85
OPEN = frozenset({"tf.Variable"})
"""What a ``tf.distribute`` strategy may give more arguments than it lists."""
REGISTERING = "_register_call_context_args"
"""The method by which a layer of Keras 3.12 and newer lets all layers be called with one more argument."""
IMPLICIT = frozenset({"training"})
"""What every layer takes when it is called, whatever its ``call`` does."""
GIVEN = frozenset({"mask", "training"})
"""What Keras may give a layer's ``call`` by itself."""


@immutable(eq=False)
class Signature:
    """What a callable takes.

    Attributes:
        callee: what it is called; empty where the user wrote it.
        positional: its parameters by position; ``rest`` whether any number more may follow.
        required: those that must be given.
        named: all that may be given by name; None where any may, or it is not known which.
        former: those of them that only other versions have.
    """

    callee: str
    positional: tuple[str, ...]
    rest: bool
    required: frozenset[str]
    named: frozenset[str] | None
    by_position_only: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()


def check_arguments(interpreter: Interpreter, function: Value, arguments: Arguments, node: ast.Call) -> None:
    """Note what is certainly wrong with the arguments of a call of Keras's, TensorFlow's or of the user's own layer.

    What another version or generation of the package takes is not noted: it belongs to the rules about those. Only of
    arguments by position that Keras 2 took, and Keras 3 has no place for, is it noted here that there are too many.
    """
    find_signatures = _SIGNATURES.get(type(function))
    if find_signatures is None:
        # Most calls are of functions of the user's own, which are followed, or of what is not known.
        return
    signatures = find_signatures(interpreter, function, arguments)
    if not signatures or _is_taken(signatures[0], arguments):
        return
    written = [each.arg for each in node.keywords if each.arg is not None]
    starred = len(written) < len(node.keywords) or ast.Starred in map(type, node.args)
    given = replace(arguments, open=True) if starred else arguments
    written += [name for name in arguments.spelled if name not in written]
    first = list(_mistakes(signatures[0], given, written))
    if not first or any(use.member == REGISTERING for use in interpreter.facts.members.values()):
        return
    found = [first, *(list(_mistakes(each, given, written)) for each in signatures[1:])]
    source = told_source(interpreter, node)
    if source is None:
        return
    own = signatures[0]
    callee, defined = (own.callee, None) if own.callee else _definition(function)
    others = list(zip(signatures[1:], found[1:], strict=True))
    for mistake, name in found[0]:
        former = not all(_is_refused((mistake, name), own, other, by) for other, by in others)
        if former and not (mistake is ArgumentMistake.TOO_MANY and _is_of_keras_3(interpreter, function)):
            continue
        keyword = next((interpreter.span(each) for each in node.keywords if each.arg == name), None)
        interpreter.program.wrong_arguments.append(
            WrongArguments(
                callee, mistake, name, source.span, keyword, tuple(sorted(own.named or ())), len(own.positional),
                len(arguments.positional), tuple(arguments.keywords), defined, source.stack, former,
            )
        )  # fmt: skip


def _is_of_keras_3(interpreter: Interpreter, function: Value) -> bool:
    """Whether what is called is Keras 3's, by whose signature the arguments were judged first."""
    match function:
        case External(name=name):
            described = describe(name, interpreter.program.generation)
            return described is not None and described.generation == 3 and described.name.startswith("keras.")
        case Instance(layer=LayerState() as state) | NativeMethod(receiver=Instance(layer=LayerState() as state)):
            return state.generation == 3
    return False


def _is_refused(
    mistake: tuple[ArgumentMistake, str], own: Signature, other: Signature, found: list[tuple[ArgumentMistake, str]]
) -> bool:
    """Whether what one signature refuses is refused by another, or misspelled where that may take any name."""
    kind, name = mistake
    match kind:
        case ArgumentMistake.TOO_MANY:
            return any(each is kind for each, _ in found)
        case ArgumentMistake.UNEXPECTED if other.named is None and name not in other.positional:
            return bool(get_close_matches(name, own.named or (), n=1, cutoff=MISSPELLED))
    return mistake in found


def _is_taken(signature: Signature, arguments: Arguments) -> bool:
    """Whether nothing can be wrong with the arguments.

    A quick test that spares nearly all calls the search for what is.
    """
    return not arguments.spelled and _takes(signature, len(arguments.positional), arguments.keywords)


def _takes(signature: Signature, count: int, names: Collection[str]) -> bool:
    """Whether nothing can be wrong with so many arguments by position and these by name."""
    if count > len(signature.positional) and not signature.rest:
        return False
    given = signature.positional[:count]
    if names:
        known = signature.named is None or signature.named.issuperset(names)
        if not known or not set(given).isdisjoint(names):
            return False
    return not signature.required.difference(given, names)


@lru_cache(maxsize=8192)
def _library_takes(name: str, generation: int, tensorflow: int, count: int, names: tuple[str, ...]) -> bool:
    """Whether a library's name certainly takes such arguments, or it is not known what it takes."""
    _, callee, spellings = _library(name, generation, tensorflow)
    own = _of_names(callee, spellings[:1])
    if own and _takes(own[0], count, names):
        # As nearly always, and then nobody asks for what it takes in other versions.
        return True
    signatures = _of_names(callee, spellings)
    return not signatures or _takes(signatures[0], count, names)


def _mistakes(signature: Signature, arguments: Arguments, written: list[str]) -> Iterator[tuple[ArgumentMistake, str]]:
    given = signature.positional[: len(arguments.positional)]
    if len(arguments.positional) > len(signature.positional) and not signature.rest:
        yield ArgumentMistake.TOO_MANY, ""
    # What stands for another argument in another version may be what is missing here.
    unexpected = not signature.former.isdisjoint(written)
    for name in written:
        if name.startswith("_") or name == "mesh" or name.endswith("_layout"):
            # Private, or what tf_keras takes for DTensor besides what its layers list.
            continue
        if name in given and name not in signature.by_position_only:
            yield ArgumentMistake.DOUBLED, name
        elif signature.named is not None and name not in signature.named:
            unexpected = True
            yield ArgumentMistake.UNEXPECTED, name
    if signature.required and not arguments.open and not unexpected:
        for name in signature.required.difference(given, arguments.keywords):
            yield ArgumentMistake.MISSING, name


def _of_library(interpreter: Interpreter, function: External, arguments: Arguments) -> tuple[Signature, ...]:
    """What a library's name takes, then what it takes in other versions and generations of its package."""
    program, count = interpreter.program, len(arguments.positional)
    generation, tensorflow = program.generation, program.tensorflow
    if not arguments.spelled and _library_takes(
        function.name, generation, tensorflow, count, tuple(arguments.keywords)
    ):
        return ()
    kind, callee, spellings = _library(function.name, generation, tensorflow)
    if kind is SymbolKind.METHOD and isinstance(arguments.get(0, "self"), Instance):
        # `Layer.build(self, shape)`: the signature leaves out the receiver.
        return ()
    return _of_names(callee, spellings)


@lru_cache(maxsize=4096)
def _library(name: str, generation: int, tensorflow: int) -> tuple[SymbolKind | None, str, tuple[str, ...]]:
    """What a library's name is in a file written for these generations, what it is called, and all its spellings.

    The first is that of the file's own generation; none where nothing can be said of what it takes.
    """
    described = describe(name, generation)
    own = None if described is None else find_symbol(described)
    if described is None or own is None or own.kind is SymbolKind.MODULE:
        return None, "", ()
    if described.internal or (described.package == "tf" and tensorflow == 1):
        return None, "", ()
    if own.canonical.startswith("tf.compat.v1.") and not described.compat:
        # TensorFlow 2 has not got it at all.
        return None, "", ()
    others: tuple[str, ...]
    if own.canonical.startswith("keras."):
        others = _spellings(own.canonical)
    elif described.package == "tf":
        others = (described.name, f"tf.compat.v1{described.name.removeprefix('tf')}")
    else:
        others = _spellings(described.name)
    return own.kind, described.name, (own.canonical, *others)


def _spellings(name: str) -> tuple[str, ...]:
    """A name of Keras in each generation, Keras 3 first."""
    return (name, f"tf.{name}", f"tf_{name}")


@lru_cache(maxsize=4096)
def _of_names(callee: str, names: tuple[str, ...], *, called: bool = False) -> tuple[Signature, ...]:
    """What those of the names take that there are; nothing where one of them is not known.

    ``called`` for what the layers of these classes take when they are called.
    """
    symbols = {each.canonical: each for name in names if (each := find(name)) is not None}
    found: list[Signature] = []
    for symbol in symbols.values():
        parameters = symbol.call_parameters if called else symbol.parameters
        if parameters is None:
            return ()
        found.append(_of_parameters(callee, parameters, symbol))
    if called:
        found = [replace(each, named=None if each.named is None else each.named | IMPLICIT) for each in found]
    return tuple(found)


def _of_parameters(callee: str, parameters: Parameters, symbol: Symbol) -> Signature:
    positional = tuple(each.name for each in parameters if each.kind in BY_POSITION)
    rest = any(each.kind is ParameterKind.VARIADIC for each in parameters)
    gathers = any(each.kind is ParameterKind.KEYWORDS for each in parameters)
    named: frozenset[str] | None = frozenset(
        each.name for each in parameters if each.kind in (ParameterKind.POSITIONAL, ParameterKind.KEYWORD_ONLY)
    )
    if gathers:
        # What takes `*args` and `**kwargs` alone hands them to something else.
        named = None if symbol.keywords is None or not named else named | symbol.keywords
    lifetime = availability(symbol.canonical)
    former = frozenset() if lifetime is None else frozenset(lifetime.removed)
    if named is not None:
        named |= former
    if callee in OPEN:
        named = None
    single = BY_POSITION | {ParameterKind.KEYWORD_ONLY}
    required = frozenset(each.name for each in parameters if each.kind in single and each.default is REQUIRED)
    alone = frozenset(each.name for each in parameters if each.kind is ParameterKind.POSITIONAL_ONLY)
    return Signature(callee, positional, rest, required, named, alone, former)


def _constructor(interpreter: Interpreter, cls: ClassValue, arguments: Arguments) -> tuple[Signature, ...]:
    """What a class of the user's takes that extends one of Keras's; nothing where it certainly takes the arguments."""
    base = keras_base(cls, interpreter.program.generation)
    if base is None or has_unknown_base(cls) or cls.keywords or cls.dataclass_fields is not None:
        return ()
    if find_member(cls, "__new__") is not None or _is_configured(cls):
        return ()
    found = find_member(cls, "__init__")
    if found is None:
        return _of_names(cls.name, _spellings(base[0]))
    if not isinstance(found[1], FunctionValue):
        return ()
    own = _own(found[1], _taken)
    further = _handed_on(interpreter, cls, found[0], found[1], certainly=False)
    if not own or further is None:
        return own
    named = remembered(found[1].node, _named)
    if _is_taken(own[0], arguments) and further.issuperset(arguments.keywords.keys() - named):
        # As nearly always, and then its code need not be looked at.
        return ()
    if _handed_on(interpreter, cls, found[0], found[1], certainly=True) is None:
        return own
    return (replace(own[0], named=named | further),)


def _is_configured(cls: ClassValue) -> bool:
    """Whether a decorator of the class, or of one that it extends, may give its constructor more arguments."""
    return any(isinstance(each, ClassValue) and each.configured for each in resolution_order(cls))


def _handed_on(
    interpreter: Interpreter, cls: ClassValue, owner: Value, function: FunctionValue, *, certainly: bool
) -> frozenset[str] | None:
    """What may be given by name besides a constructor's parameters, where it only hands that on to ``super()``.

    That of any version and generation, since the rules about those tell the rest; None where any name may be given.
    Unless ``certainly``, nobody looks whether the constructors do anything else with it.
    """
    if function.node.args.kwarg is None or function.decorators:
        return None
    if certainly and not remembered(function.node, _only_hands_on):
        return None
    following = find_member(cls, "__init__", after=owner)
    if following is None:
        base = keras_base(cls, interpreter.program.generation)
        return None if base is None else _names_taken(base[0])
    if not isinstance(following[1], FunctionValue) or following[1].decorators:
        return None
    own = remembered(following[1].node, _named)
    if following[1].node.args.kwarg is None:
        return own
    further = _handed_on(interpreter, cls, following[0], following[1], certainly=certainly)
    return None if further is None else own | further


@lru_cache(maxsize=1024)
def _names_taken(base: str) -> frozenset[str] | None:
    """What a class of Keras's takes by name in any version and generation; None where that may be any."""
    found = _of_names(base, _spellings(base))
    names = [each.named for each in found if each.named is not None]
    return frozenset().union(*names) if names and len(names) == len(found) else None


def _named(node: ast.AST) -> frozenset[str]:
    """A method's parameters that may be given by name."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    parameters = node.args
    return frozenset(each.arg for each in (*parameters.args[1:], *parameters.kwonlyargs))


def _only_hands_on(node: ast.AST) -> bool:
    """Whether all that a constructor does with its ``**kwargs`` is ``super().__init__(**kwargs)``."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    gathered = node.args.kwarg.arg if node.args.kwarg is not None else None
    uses = [part for part in nodes_of(node, ast.Name) if part.id == gathered]
    calls = [part for part in nodes_of(node, ast.Call) if _calls_super_init(part)]
    handed = [
        keyword.value for call in calls for keyword in call.keywords if keyword.arg is None and keyword.value in uses
    ]
    return len(uses) == len(handed) == len(calls) == 1


def _calls_super_init(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super"))):
            return True
    return False


def _of_method(interpreter: Interpreter, method: NativeMethod, arguments: Arguments) -> tuple[Signature, ...]:
    """What a method of a layer's takes that Keras defines."""
    receiver = method.receiver
    if not isinstance(receiver, Instance) or receiver.layer is None:
        return ()
    return _method(receiver.layer.base, receiver.layer.generation, method.name)


@lru_cache(maxsize=4096)
def _method(base: str, generation: int, name: str) -> tuple[Signature, ...]:
    if name == "__init__":
        return _of_names(f"{base}.__init__", _spellings(base))
    if find(f"tf_{base}.{name}" if generation == 2 else f"{base}.{name}") is None:
        return ()
    return _of_names(f"{base}.{name}", _spellings(f"{base}.{name}"))


def _own_call(interpreter: Interpreter, method: BoundMethod, arguments: Arguments) -> tuple[Signature, ...]:
    """What ``call`` of a layer of the user's takes where it is called by name."""
    receiver, function = method.receiver, method.function
    if not isinstance(function, FunctionValue) or function.name != "call":
        return ()
    return _own(function, _taken) if isinstance(receiver, Instance) and receiver.layer is not None else ()


def _layer_call(interpreter: Interpreter, layer: Instance, arguments: Arguments) -> tuple[Signature, ...]:
    """What ``layer(...)`` takes."""
    state: LayerState | None = layer.layer
    if state is None or "call" in layer.attributes or find_member(layer.cls, "__call__") is not None:
        return ()
    found = find_member(layer.cls, "call")
    if found is not None:
        return _own(found[1], _called) if isinstance(found[1], FunctionValue) else ()
    if isinstance(layer.cls, ClassValue) and has_unknown_base(layer.cls):
        return ()
    return _of_names(state.op, (state.base, f"tf_{state.base}"), called=True)


def _own(function: FunctionValue, taken: Callable[[ast.AST], Signature | None]) -> tuple[Signature, ...]:
    """What a method of the user's takes besides its receiver; nothing where a decorator may change that."""
    own = None if function.decorators else remembered(function.node, taken)
    return () if own is None else (own,)


def _definition(called: Value) -> tuple[str, Span | None]:
    """What something of the user's is called that is called with wrong arguments, and where it is defined."""
    match called:
        case ClassValue():
            callee, found = called.name, find_member(called, "__init__")
        case Instance():
            callee, found = f"{called.layer.op}.call", find_member(called.cls, "call")
        case _:
            callee, found = f"{called.receiver.layer.op}.{called.function.name}", (called, called.function)
    function = None if found is None else found[1]
    if not isinstance(function, FunctionValue) or not isinstance(function.node, ast.FunctionDef):
        return callee, None
    return callee, function.module.source.span(function.node)


def _taken(node: ast.AST) -> Signature | None:
    """What a method's parameters take besides its receiver, not yet with a name; None where it has no receiver."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    parameters = node.args
    by_position = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
    if not by_position:
        return None
    defaulted = by_position[len(by_position) - len(parameters.defaults) :] if parameters.defaults else ()
    only = [each.arg for each in parameters.kwonlyargs]
    keyword_defaults = zip(only, parameters.kw_defaults, strict=True)
    needed = [name for name, default in keyword_defaults if default is None]
    names = by_position[1:]
    return Signature(
        "",
        tuple(names),
        parameters.vararg is not None,
        frozenset({*names, *needed}.difference(defaulted)),
        None if parameters.kwarg is not None else frozenset({*names, *only}),
        frozenset(each.arg for each in parameters.posonlyargs),
    )


def _called(node: ast.AST) -> Signature | None:
    """What a layer of the user's takes when it is called, by what its ``call`` does."""
    call = _taken(node)
    if call is None:
        return None
    return replace(call, named=None if call.named is None else call.named | IMPLICIT, required=call.required - GIVEN)


_SIGNATURES: dict[type, Callable[[Interpreter, Any, Arguments], tuple[Signature, ...]]] = {
    External: _of_library,
    ClassValue: _constructor,
    Instance: _layer_call,
    NativeMethod: _of_method,
    BoundMethod: _own_call,
}
"""Who knows what is taken by what is called, by its type."""
