"""What a function may change besides what it gives back, by its own text.

Strict: what is not certainly made by the function, or certainly given to it, is somebody else's.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from kerascheck.interpreter.deferred import CHANGING_METHODS
from kerascheck.interpreter.syntax import parts, walk, walk_scope

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Place: TypeAlias = tuple[int, int]
"""Where a function stands in its file: a tree that kept its own nodes would wait for the garbage collector."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_OF_CLASS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
"""Methods whose first parameter is the class without their saying so."""
_CHANGING = CHANGING_METHODS | {
    "sort", "reverse", "appendleft", "extendleft", "popleft", "move_to_end", "subtract", "intersection_update",
    "difference_update", "symmetric_difference_update", "__setitem__", "__delitem__", "__setattr__", "__delattr__",
}  # fmt: skip
_READING = frozenset({*dir(str), *dir(dict)}) - _CHANGING
"""Methods of texts and mappings, which tell something and change nothing."""


def functions_in(definition: ast.AST) -> frozenset[Place]:
    """Where a function or class and the functions in it stand."""
    return frozenset(_place(node) for node in walk(definition) if isinstance(node, _FUNCTIONS))


def _place(function: Function) -> Place:
    return function.lineno, function.col_offset


def calls_what_it_is_given(decorator: ast.AST) -> bool:
    """Whether a function of a decorator calls what it is given, or its methods: those may do what they like."""
    nodes = list(walk(decorator))
    methods = {id(each) for node in nodes if isinstance(node, ast.ClassDef) for each in node.body}
    return any(_calls_given(_Body(node), id(node) in methods) for node in nodes if isinstance(node, _FUNCTIONS))


def _calls_given(body: _Body, is_method: bool) -> bool:
    given = body.parameters - ({body.receiver} if is_method else set())
    for node in body.nodes:
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in given:
                return True
            case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method not in _READING:
                while isinstance(owner, ast.Attribute):
                    owner = owner.value
                if isinstance(owner, ast.Name) and owner.id in given:
                    return True
    return False


def marking_functions(statement: ast.AST) -> frozenset[Place] | None:
    """The functions that write to attributes of what they are given; None where one writes to what is not its own."""
    called = {id(node.func) for node in walk(statement) if isinstance(node, ast.Call)}
    found: set[Place] = set()
    for node in walk(statement):
        if isinstance(node, ast.Attribute) and node.attr in _CHANGING and id(node) not in called:
            # A method that is kept may be called by any name.
            return None
        if isinstance(node, _FUNCTIONS):
            body = _Body(node)
            if body.writes_elsewhere:
                return None
            if body.marks:
                found.add(_place(node))
    return frozenset(found)


@dataclass
class _Body:
    """What runs when a function is called, apart from the functions in it."""

    function: Function

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Its nodes, with those of the classes in it and of what stands in the heads of its definitions."""
        body = self.function.body
        found = list(walk_scope(*(body if isinstance(body, list) else [body])))
        for node in found:
            if isinstance(node, ast.ClassDef):
                found += walk_scope(*parts(node))
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found += walk_scope(*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults))
        return found

    @cached_property
    def parameters(self) -> set[str]:
        """The names of what it is given; a default that is no constant is what all calls share."""
        given = self.function.args
        shared = {
            each.arg
            for each, default in (
                *zip(reversed([*given.posonlyargs, *given.args]), reversed(given.defaults), strict=False),
                *zip(given.kwonlyargs, given.kw_defaults, strict=True),
            )
            if default is not None and not isinstance(default, ast.Constant)
        }
        return {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)} - shared

    @cached_property
    def bindings(self) -> dict[str, list[ast.AST | None]]:
        """What each local name is bound to; None for what is not known."""
        found: dict[str, list[ast.AST | None]] = {}
        simple: set[int] = set()
        for node in self.nodes:
            match node:
                case ast.Assign(targets=targets, value=value):
                    names = [target for target in targets if isinstance(target, ast.Name)]
                case ast.AnnAssign(target=ast.Name() as name, value=ast.expr() as value):
                    names = [name]
                case ast.AugAssign(target=ast.Name() as name):
                    # A list that grows this way stays the list it was.
                    simple.add(id(name))
                    continue
                case ast.FunctionDef(name=defined) | ast.AsyncFunctionDef(name=defined) | ast.ClassDef(name=defined):
                    found.setdefault(defined, []).append(node)
                    continue
                case _:
                    continue
            for name in names:
                found.setdefault(name.id, []).append(value)
                simple.add(id(name))
        for node in self.nodes:
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and id(node) not in simple:
                found.setdefault(node.id, []).append(None)
        return found

    def is_fresh(self, target: ast.AST) -> bool:
        """Whether it is a local name for a list, dict or set that the function itself has just made."""
        if not isinstance(target, ast.Name):
            return False
        collected = self.function.args.kwarg
        bound = self.bindings.get(target.id, [])
        if collected is not None and collected.arg == target.id and not bound:
            return True
        return target.id not in self.parameters and bool(bound) and all(_is_fresh(each) for each in bound)

    @property
    def receiver(self) -> str | None:
        """The name of its first parameter."""
        positional = [*self.function.args.posonlyargs, *self.function.args.args]
        return positional[0].arg if positional else None

    def is_given(self, target: ast.AST) -> bool:
        """Whether it is a name for what the function is given, and no class that others see as well."""
        if not isinstance(target, ast.Name):
            return False
        bound = self.bindings.get(target.id, [])
        if not bound:
            return target.id in self.parameters and not (target.id == self.receiver and _is_of_class(self.function))
        return target.id not in self.parameters and all(
            isinstance(each, ast.Name) and each.id in self.parameters and self.is_given(each) for each in bound
        )

    def is_defined(self, target: ast.AST) -> bool:
        """Whether it is a local name for a function or class that is defined here."""
        bound = self.bindings.get(target.id, []) if isinstance(target, ast.Name) else []
        return bool(bound) and all(isinstance(each, (*_FUNCTIONS, ast.ClassDef)) for each in bound)

    @cached_property
    def attribute_targets(self) -> list[ast.AST]:
        """The expressions whose attributes it writes or deletes."""
        found: list[ast.AST] = []
        for node in self.nodes:
            match node:
                case ast.Attribute(value=target, ctx=ast.Store() | ast.Del()):
                    found.append(target)
                case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[target, *_]):
                    found.append(target)
        return found

    @property
    def marks(self) -> bool:
        """Whether it writes to attributes of what it is given; an object that is being made is nobody else's yet."""
        own = self.receiver if getattr(self.function, "name", "") == "__init__" else None
        return any(
            self.is_given(target) and not (isinstance(target, ast.Name) and target.id == own)
            for target in self.attribute_targets
        )

    @property
    def writes_elsewhere(self) -> bool:
        """Whether it may change what is neither made by it nor given to it."""
        if not all(self.is_given(target) or self.is_defined(target) for target in self.attribute_targets):
            return True
        return any(self._changes(node) for node in self.nodes)

    def _changes(self, node: ast.AST) -> bool:
        match node:
            case ast.Global() | ast.Nonlocal():
                return True
            case ast.Subscript(value=target, ctx=ast.Store() | ast.Del()):
                return not self.is_fresh(target)
            case ast.AugAssign(target=target, value=value) if not isinstance(value, ast.Constant):
                # Of a list, `+=` changes the list itself.
                return not self.is_fresh(target) and not self._is_constant(target)
            case ast.Call(func=ast.Attribute(value=target, attr=method)) if method in _CHANGING:
                return not self.is_fresh(target)
            case ast.Call(func=ast.Name(id="exec" | "eval")):
                return True
        return False

    def _is_constant(self, target: ast.AST) -> bool:
        bound = self.bindings.get(target.id, []) if isinstance(target, ast.Name) else []
        return bool(bound) and all(isinstance(each, (ast.Constant, ast.JoinedStr)) for each in bound)


def _is_of_class(function: Function) -> bool:
    """Whether a method's first parameter is its class."""
    if isinstance(function, ast.Lambda):
        return False
    decorators = [each.id for each in function.decorator_list if isinstance(each, ast.Name)]
    return "classmethod" in decorators or function.name in _OF_CLASS


def _is_fresh(bound: ast.AST | None) -> bool:
    match bound:
        case ast.Call(func=ast.Name(id="list" | "dict" | "set")):
            return True
    return isinstance(bound, _DISPLAYS)
