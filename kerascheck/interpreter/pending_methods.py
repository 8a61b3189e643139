"""The methods of imported classes: a definition is made a function when somebody asks for it.

A class is imported for a few of its methods, and most of a class's body only defines more of them.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from kerascheck.interpreter.syntax import walk
from kerascheck.interpreter.values import ClassValue, FunctionValue, PendingMethod, PropertyValue, StaticValue, Value

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LOOKING_AT_NAMES = frozenset({"locals", "vars", "dir", "globals", "exec", "eval"})
_DECORATORS = frozenset({"property", "staticmethod", "classmethod"})


@dataclass(frozen=True)
class ClassBody:
    """A class's body: the methods that may wait until somebody asks, by name, and the statements that run."""

    pending: dict[str, PendingMethod]
    statements: list[ast.stmt]


def class_body(node: ast.AST) -> ClassBody:
    """What of a class's body has to run: all but the methods that nothing else in the body reads or binds."""
    assert isinstance(node, ast.ClassDef)
    found = {each: method for each in node.body if (method := _pending(each)) is not None}
    others = [each for each in node.body if each not in found]
    named = {each.id for each in walk(*others) if isinstance(each, ast.Name)}
    named.update(each.name for each in others if isinstance(each, _DEFINITIONS))
    if named & _LOOKING_AT_NAMES:
        return ClassBody({}, node.body)
    times = Counter(method.node.name for method in found.values())
    pending = {
        statement: method
        for statement, method in found.items()
        if method.node.name not in named and times[method.node.name] == 1
    }
    return ClassBody(
        {method.node.name: method for method in pending.values()}, [each for each in node.body if each not in pending]
    )


def _pending(statement: ast.stmt) -> PendingMethod | None:
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    given = (*statement.args.defaults, *statement.args.kw_defaults)
    if not all(default is None or isinstance(default, ast.Constant) for default in given):
        return None
    match statement.decorator_list:
        case []:
            return PendingMethod(statement, None)
        case [ast.Name(id=name)] if name in _DECORATORS:
            return PendingMethod(statement, name)
    return None


def method_of(cls: ClassValue, pending: PendingMethod) -> Value:
    """The method that a pending one of a class is, made when it is first asked for."""
    if pending not in cls.methods:
        cls.methods[pending] = _made(cls, pending)
    return cls.methods[pending]


def _made(cls: ClassValue, pending: PendingMethod) -> Value:
    node, enclosing = pending.node, cls.namespace.parent
    assert cls.module is not None and enclosing is not None, "a class that is imported stands in a module"
    function = FunctionValue(
        node.name,
        node,
        enclosing,
        cls.module,
        tuple(default.value for default in node.args.defaults if isinstance(default, ast.Constant)),
        {
            argument.arg: default.value
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if isinstance(default, ast.Constant)
        },
        owner=cls,
    )
    cls.module.functions.append(function)
    match pending.decorator:
        case "property":
            return PropertyValue(function)
        case "staticmethod" | "classmethod" as decorator:
            return StaticValue(function, is_class=decorator == "classmethod")
    return function


def unasked_methods(cls: ClassValue) -> Iterator[PendingMethod]:
    """The methods of an imported class that nobody has asked for."""
    for value in cls.namespace.variables.values():
        if isinstance(value, PendingMethod) and value not in cls.methods:
            yield value
