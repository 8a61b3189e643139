"""Decorators that do nothing besides what they give back: an import need not run them before their name is asked for.

``@keras.saving.register_keras_serializable()`` or a marker of the project's own is such; one that puts what it
decorates into a table of its module is not. Whoever is not certainly quiet runs, as it would in Python.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING

from kerascheck.interpreter.classes import external_bases, find_member
from kerascheck.interpreter.deferred import MISSING, find_global
from kerascheck.interpreter.effects import Place, calls_what_it_is_given, functions_in, marking_functions
from kerascheck.interpreter.loader import Module
from kerascheck.interpreter.syntax import remembered, walk, walk_scope
from kerascheck.interpreter.values import (
    Builtin,
    ClassValue,
    Constant,
    External,
    FunctionValue,
    Instance,
    UnknownValue,
    Value,
)

if TYPE_CHECKING:
    from kerascheck.interpreter.core import Interpreter


TELLING_BUILTINS = frozenset(
    {"all", "any", "bool", "callable", "getattr", "hasattr", "isinstance", "issubclass", "len", "str", "tuple", "type"}
)
"""Functions of Python's that change nothing."""
_MAKING = (
    ast.Assign, ast.AnnAssign, ast.Return, ast.If, ast.Expr, ast.Pass, ast.FunctionDef, ast.Name, ast.Constant,
    ast.Attribute, ast.Subscript, ast.Call, ast.keyword, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.IfExp, ast.Tuple,
    ast.List, ast.Dict, ast.Set, ast.GeneratorExp, ast.ListComp, ast.comprehension, ast.JoinedStr, ast.FormattedValue,
)  # fmt: skip


def only_decorates(interpreter: Interpreter, module: Module, statement: ast.stmt) -> bool:
    """Whether ``statement`` defines something with decorators of which none changes anything else."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return all(_is_quiet(interpreter, module, each) for each in statement.decorator_list)
    return False


def _is_quiet(interpreter: Interpreter, module: Module, decorator: ast.expr) -> bool:
    if isinstance(decorator, ast.Call):
        given = [*decorator.args, *(keyword.value for keyword in decorator.keywords)]
        if not all(_gives_nothing_away(interpreter, module, each) for each in given):
            return False
        decorator = decorator.func
    value = named(interpreter, module, decorator)
    if isinstance(value, (External, Builtin, UnknownValue)):
        # What other packages do with it changes nothing here, nor does what is not known.
        return True
    return _keeps_to_itself(interpreter, value, marking=True)


def gives_back(interpreter: Interpreter, decorator: Value) -> bool:
    """Whether a decorator certainly gives what it is given, and does nothing besides: nobody need run it."""
    match decorator:
        case FunctionValue(node=ast.FunctionDef() as node, decorators=()):
            returned = remembered(node, _returned)
            return returned == {_Result.GIVEN} and _keeps_to_itself(interpreter, decorator, marking=False)
        case Instance(cls=ClassValue() as cls):
            return objects_give_back(interpreter, cls)
    return False


def objects_give_back(interpreter: Interpreter, cls: ClassValue) -> bool:
    """Whether any object of a class is a decorator that certainly gives what it is given, and does nothing besides."""
    found = find_member(cls, "__call__")
    if found is None or not isinstance(found[1], FunctionValue) or found[1].decorators:
        return False
    returned = remembered(found[1].node, _returned)
    # What a library's class gives is taken for what it was given, as of any decorator of a library's.
    above = external_bases(cls) and find_member(cls, "__call__", after=found[0]) is None
    known = {_Result.GIVEN, _Result.FROM_ABOVE} if above else {_Result.GIVEN}
    return bool(returned) and known.issuperset(returned) and _keeps_to_itself(interpreter, cls, marking=False)


def only_makes(interpreter: Interpreter, function: FunctionValue) -> bool:
    """Whether a function does nothing, when it is called, but make functions and ask library functions."""
    if function.decorators or function.scope is not function.module.scope:
        return False
    called = remembered(function.node, _called_in)
    return called is not None and all(_tells_only(interpreter, function.module, each) for each in called)


def _tells_only(interpreter: Interpreter, module: Module, called: ast.expr) -> bool:
    value = named(interpreter, module, called)
    if value is MISSING:
        return isinstance(called, ast.Name) and called.id in TELLING_BUILTINS
    return isinstance(value, (External, Builtin))


def _called_in(function: ast.AST) -> tuple[ast.expr, ...] | None:
    """What a function's own code calls, each by a name of its module's; None where it may change something."""
    if not isinstance(function, ast.FunctionDef):
        return None
    nodes = list(walk_scope(*function.body))
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            nodes += walk_scope(*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults))
    if not all(isinstance(node, _MAKING) and _is_read(node) for node in nodes):
        return None
    given = function.args
    own = {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg) if each}
    own.update(each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
    own.update(each.name for each in nodes if isinstance(each, ast.FunctionDef))
    called = tuple(each.func for each in nodes if isinstance(each, ast.Call))
    return called if all(_first_name(each) not in own | {None} for each in called) else None


def _is_read(node: ast.AST) -> bool:
    return not isinstance(node, (ast.Attribute, ast.Subscript)) or isinstance(node.ctx, ast.Load)


def _first_name(expression: ast.expr) -> str | None:
    while isinstance(expression, ast.Attribute):
        expression = expression.value
    return expression.id if isinstance(expression, ast.Name) else None


class _Result(Enum):
    """What a function returns: what it decorates, what the base's method of its name makes of that, or else."""

    GIVEN = auto()
    FROM_ABOVE = auto()
    OTHER = auto()


def _returned(node: ast.AST) -> frozenset[_Result]:
    """The kinds of what a function returns, if it certainly returns at its end; nothing of any other function."""
    if not isinstance(node, ast.FunctionDef) or not isinstance(node.body[-1], ast.Return):
        return frozenset()
    arguments, nodes = node.args, list(walk_scope(*node.body))
    # A method has its receiver before what it is given.
    place = 1 if node.name == "__call__" else 0
    if arguments.posonlyargs or len(arguments.args) <= place:
        return frozenset()
    given = arguments.args[place].arg
    bound = any(isinstance(each, ast.Name) and each.id == given and isinstance(each.ctx, ast.Store) for each in nodes)
    if bound or any(isinstance(each, (ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal)) for each in nodes):
        return frozenset()
    returns = (each.value for each in nodes if isinstance(each, ast.Return))
    return frozenset(_result(each, given, node.name) for each in returns)


def _result(value: ast.expr | None, given: str, method: str) -> _Result:
    match value:
        case ast.Name(id=name) if name == given:
            return _Result.GIVEN
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[]), attr=attribute),
            args=[ast.Name(id=name)],
            keywords=[],
        ) if name == given and attribute == method:
            return _Result.FROM_ABOVE
    return _Result.OTHER


def _keeps_to_itself(interpreter: Interpreter, decorator: Value, *, marking: bool) -> bool:
    """Whether a function or class of the project's keeps nothing of what it decorates, nor calls it.

    With ``marking`` it may write to attributes of that.
    """
    match decorator:
        case FunctionValue(module=Module() as defining, node=node):
            # A function that another one made may have kept what that one was given.
            alone = decorator.scope is defining.scope
        case ClassValue(module=Module() as defining, node=ast.ClassDef() as node):
            alone = True
        case _:
            return False
    if not alone or remembered(node, calls_what_it_is_given):
        return False
    inner = remembered(node, functions_in) if marking else frozenset()
    judged = interpreter.loader.quiet
    key = (defining.source.path, inner)
    if key not in judged:
        judged[key] = _keeps_nothing(interpreter, defining, inner, set())
    return judged[key]


def named(interpreter: Interpreter, module: Module, expression: ast.expr) -> Value:
    """What a name, or a name in a module, stands for; None for any other expression."""
    match expression:
        case ast.Name(id=name):
            return find_global(interpreter, module, name)
        case ast.Attribute(value=inner, attr=name):
            base = named(interpreter, module, inner)
            if isinstance(base, Module):
                return interpreter.loader.attribute(interpreter, base, name)
            return base if isinstance(base, (External, UnknownValue)) else None
    return None


def _gives_nothing_away(interpreter: Interpreter, module: Module, argument: ast.expr) -> bool:
    """Whether an argument of a decorator is a constant: through anything else it may reach what others see."""
    match argument:
        case ast.Constant():
            return True
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return all(_gives_nothing_away(interpreter, module, each) for each in items)
        case ast.Dict(keys=keys, values=values):
            return all(each and _gives_nothing_away(interpreter, module, each) for each in (*keys, *values))
        case ast.UnaryOp(operand=operand):
            return _gives_nothing_away(interpreter, module, operand)
        case ast.Name() | ast.Attribute():
            return isinstance(named(interpreter, module, argument), (*Constant, External, Builtin))
    return False


def _keeps_nothing(interpreter: Interpreter, module: Module, decorating: frozenset[Place], seen: set[str]) -> bool:
    """Whether no function of a module, or of those of the project that it imports, writes to what is not its own.

    Those of the decorator itself, at ``decorating``, may write to the attributes of what they are given.
    """
    if module.deferred is None:
        return False
    if module.source.path in seen:
        return True
    seen.add(module.source.path)
    for statement in module.deferred.index.body:
        marking = remembered(statement, marking_functions)
        if marking is None or not marking <= decorating:
            return False
        for imported in _imported(interpreter, module, statement):
            if not _keeps_nothing(interpreter, imported, frozenset(), seen):
                return False
    return True


def _imported(interpreter: Interpreter, module: Module, statement: ast.stmt) -> Iterator[Module]:
    """The modules whose names a statement imports, with those that it imports from a package."""
    loader = interpreter.loader
    for name, level, members in remembered(statement, _imports):
        found = loader.import_module(interpreter, name, level, module)
        if isinstance(found, type(module)):
            yield found
            inner = (loader.submodule(interpreter, found, member) for member in members)
            yield from (each for each in inner if isinstance(each, type(module)))


def _imports(statement: ast.AST) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    found: list[tuple[str, int, tuple[str, ...]]] = []
    for node in walk(statement):
        match node:
            case ast.Import(names=names):
                found += ((alias.name, 0, ()) for alias in names)
            case ast.ImportFrom(module=name, level=level, names=names):
                found.append((name or "", level, tuple(alias.name for alias in names)))
    return tuple(found)
