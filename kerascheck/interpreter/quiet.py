"""Decorators that do nothing besides what they give back: an import need not run them before their name is asked for.

``@keras.saving.register_keras_serializable()`` or a marker of the project's own is such; one that puts what it
decorates into a table of its module is not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kerascheck.interpreter.deferred import CHANGING_METHODS, find_global
from kerascheck.interpreter.syntax import remembered, walk, walk_scope
from kerascheck.interpreter.values import Builtin, ClassValue, External, FunctionValue, UnknownValue, Value

if TYPE_CHECKING:
    from kerascheck.interpreter.core import Interpreter
    from kerascheck.interpreter.loader import Module

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def only_decorates(interpreter: Interpreter, module: Module, statement: ast.stmt) -> bool:
    """Whether ``statement`` defines something with decorators of which none changes anything else."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return all(_is_quiet(interpreter, module, each) for each in statement.decorator_list)
    return False


def _is_quiet(interpreter: Interpreter, module: Module, decorator: ast.expr) -> bool:
    root = decorator
    while isinstance(root, (ast.Attribute, ast.Call)):
        root = root.func if isinstance(root, ast.Call) else root.value
    if not isinstance(root, ast.Name):
        return False
    value: Value = find_global(interpreter, module, root.id)
    while isinstance(decorator, ast.Call):
        decorator = decorator.func
    from kerascheck.interpreter.loader import Module as SourceModule

    if isinstance(value, SourceModule) and isinstance(decorator, ast.Attribute) and decorator.value is root:
        value = interpreter.loader.attribute(interpreter, value, decorator.attr)
    match value:
        case FunctionValue(module=defining) | ClassValue(module=SourceModule() as defining):
            return _keeps_nothing(interpreter, defining, set())
    # What other packages do with it changes nothing here, nor does what is not known.
    return isinstance(value, (External, Builtin, UnknownValue))


def _keeps_nothing(interpreter: Interpreter, module: Module, seen: set[str]) -> bool:
    """Whether no function of a module, or of those of the project that it imports, writes to what is not its own."""
    if module.deferred is None:
        return False
    if module.source.path in seen:
        return True
    seen.add(module.source.path)
    for statement in module.deferred.index.body:
        if not remembered(statement, _writes_only_its_own):
            return False
        for name, level in _imported(statement):
            imported = interpreter.loader.import_module(interpreter, name, level, module)
            if isinstance(imported, type(module)) and not _keeps_nothing(interpreter, imported, seen):
                return False
    return True


def _imported(statement: ast.stmt) -> Iterator[tuple[str, int]]:
    for node in walk(statement):
        match node:
            case ast.Import(names=names):
                yield from ((alias.name, 0) for alias in names)
            case ast.ImportFrom(module=name, level=level):
                yield name or "", level


def _writes_only_its_own(statement: ast.AST) -> bool:
    return not any(_writes_elsewhere(node) for node in walk(statement) if isinstance(node, _FUNCTIONS))


def _writes_elsewhere(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    arguments = function.args
    own = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    body: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else list(function.body)
    nodes = list(walk_scope(*body))
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in nodes:
        match node:
            case ast.Global() | ast.Nonlocal():
                return True
            case ast.Attribute(value=target, ctx=ast.Store() | ast.Del()):
                pass
            case ast.Subscript(value=target, ctx=ast.Store() | ast.Del()):
                pass
            case ast.Call(func=ast.Attribute(value=target, attr=method)) if method in CHANGING_METHODS:
                pass
            case _:
                continue
        if not isinstance(target, ast.Name) or target.id not in own:
            return True
    return False
