"""The methods of imported classes: a definition is made a function when somebody asks for it.

A class is imported for a few of its methods, and most of a class's body only defines more of them.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from kerascheck.interpreter.syntax import walk
from kerascheck.interpreter.values import ClassValue, FunctionValue, PropertyValue, StaticValue, Value
from kerascheck.records import immutable

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOKING_AT_NAMES = frozenset({"locals", "vars", "dir", "globals", "exec", "eval"})
_DECORATORS = frozenset({"property", "staticmethod", "classmethod"})


@immutable(eq=False)
class PendingMethod:
    """A method of an imported class that nobody has asked for yet.

    ``decorator`` is Python's own, if it has one; ``setter`` is what sets a property.
    """

    node: Definition
    decorator: str | None
    setter: Definition | None = None


@immutable(eq=False)
class DecoratedLater:
    """Such a method with other decorators, and what decorates it when somebody asks."""

    node: Definition
    decorate: Callable[[], Value]


@immutable(eq=False)
class ReadLater:
    """A class's name for a class that its module imports, and what reads that when somebody asks."""

    read: Callable[[], Value]


@dataclass(frozen=True)
class ClassBody:
    """A class's body, as an import of it runs.

    Attributes:
        plain: by name, the methods that may wait until somebody asks.
        decorated: those that may if nothing else sees what their decorators do.
        statements: what runs in any case.
    """

    plain: dict[str, PendingMethod]
    decorated: tuple[Definition, ...]
    statements: list[ast.stmt]

    def running(self, body: list[ast.stmt], decorated: list[Definition]) -> list[ast.stmt]:
        """What runs of the whole ``body`` where these of the decorated methods do not wait."""
        if not decorated:
            return self.statements
        running = {*self.statements, *decorated}
        return [each for each in body if each in running]


def class_body(node: ast.AST) -> ClassBody:
    """What of a class's body has to run: all but the methods that nothing else in the body reads or binds."""
    assert isinstance(node, ast.ClassDef)
    found = [each for each in node.body if isinstance(each, _FUNCTIONS) and _has_constant_defaults(each)]
    others = _without(node.body, found)
    named = _names_in(others)
    if named & LOOKING_AT_NAMES:
        return ClassBody({}, (), node.body)
    setters = _setters(found)
    paired = set(setters.values())
    for each in found:
        if each not in paired:
            named.update(name.id for name in walk(*each.decorator_list) if isinstance(name, ast.Name))
    times = Counter(each.name for each in found)
    waiting = [each for each in found if each.name not in named and times[each.name] == 1 + (each.name in setters)]
    plain = {each.name: method for each in waiting if (method := _plain(each, setters.get(each.name))) is not None}
    return ClassBody(
        plain,
        tuple(each for each in waiting if each.name not in plain),
        _without(node.body, waiting),
    )


def _names_in(statements: list[ast.stmt]) -> set[str]:
    """The names that statements read or bind anywhere."""
    found: set[str] = set()
    for node in walk(*statements):
        # Most nodes are names or nothing of the kind: no `match` tells that as quickly.
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
    return found


def _without(body: list[ast.stmt], others: Iterable[ast.stmt]) -> list[ast.stmt]:
    left_out = set(others)
    return [each for each in body if each not in left_out]


def _has_constant_defaults(function: Definition) -> bool:
    given = (*function.args.defaults, *function.args.kw_defaults)
    return all(default is None or isinstance(default, ast.Constant) for default in given)


def _setters(functions: list[Definition]) -> dict[str, Definition]:
    """By name, the definitions that say how a property is set which the definition before them is."""
    found: dict[str, Definition] = {}
    for getter, setter in pairwise(functions):
        match getter.decorator_list, setter.decorator_list:
            case [ast.Name(id="property")], [ast.Attribute(value=ast.Name(id=name), attr="setter")] if (
                getter.name == setter.name == name
            ):
                found[name] = setter
    return found


def _plain(function: Definition, setter: Definition | None) -> PendingMethod | None:
    match function.decorator_list:
        case []:
            return PendingMethod(function, None)
        case [ast.Name(id=name)] if name in _DECORATORS:
            return PendingMethod(function, name, setter)
    return None


def method_of(cls: ClassValue, pending: PendingMethod | DecoratedLater) -> Value:
    """The method that a pending one of a class is, made when it is first asked for."""
    if pending.node not in cls.methods:
        cls.methods[pending.node] = _made(cls, pending)
    return cls.methods[pending.node]


def _made(cls: ClassValue, pending: PendingMethod | DecoratedLater) -> Value:
    if isinstance(pending, DecoratedLater):
        return pending.decorate()
    function = defined_function(cls, pending.node)
    match pending.decorator:
        case "property":
            return PropertyValue(function, None if pending.setter is None else defined_function(cls, pending.setter))
        case "staticmethod" | "classmethod" as decorator:
            return StaticValue(function, is_class=decorator == "classmethod")
    return function


def defined_function(cls: ClassValue, node: Definition) -> FunctionValue:
    """The function that a method with constants for its defaults is, before it is decorated."""
    enclosing = cls.namespace.parent
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
    return function


def unasked_methods(cls: ClassValue) -> Iterator[Definition]:
    """The methods of an imported class that nobody has asked for."""
    for value in cls.namespace.variables.values():
        if isinstance(value, (PendingMethod, DecoratedLater)) and value.node not in cls.methods:
            yield value.node
            if isinstance(value, PendingMethod) and value.setter is not None:
                yield value.setter
