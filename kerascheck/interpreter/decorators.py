"""What decorators make of functions and classes."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from kerascheck.interpreter.classes import external_bases, find_member, has_unknown_base, resolution_order
from kerascheck.interpreter.core import Frame, Interpreter, UserRaise
from kerascheck.interpreter.deferred import run_apart
from kerascheck.interpreter.pending_methods import Definition, defined_function
from kerascheck.interpreter.quiet import gives_back, named, objects_give_back, only_makes
from kerascheck.interpreter.syntax import remembered, walk
from kerascheck.interpreter.values import (
    Arguments,
    BoundMethod,
    Builtin,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    PropertyValue,
    StaticValue,
    UnknownValue,
    Value,
)

if TYPE_CHECKING:
    from kerascheck.interpreter.loader import Module

KEEPING = sys.stdlib_module_names | {"keras", "six", "tensorflow", "tf_keras", "typing_extensions"}
"""Packages whose decorators give what they decorate no arguments."""


def decorate(interpreter: Interpreter, value: Value, decorators: list[ast.expr], frame: Frame) -> Value:
    """``value`` after its decorators.

    A decorator of the user's is called. One of a library's is taken to keep what the function does, as those of
    keras, tensorflow, functools and typing do; what it is stays on the function for who needs it.
    """
    for node in reversed(decorators):
        match node:
            case ast.Name(id="property") | ast.Attribute(attr="cached_property") | ast.Name(id="cached_property"):
                value = PropertyValue(value)
            case ast.Attribute(attr="setter", value=ast.Name(id=name)):
                current = frame.scope.variables.get(name)
                getter = current.getter if isinstance(current, PropertyValue) else None
                value = PropertyValue(getter, value)
            case ast.Name(id="staticmethod"):
                value = StaticValue(value, is_class=False)
            case ast.Name(id="classmethod"):
                value = StaticValue(value, is_class=True)
            case ast.Name(id="contextmanager") | ast.Attribute(attr="contextmanager"):
                value = UnknownValue("context manager")
            case _:
                value = _called(interpreter, value, node, frame)
    return value


def may_wait(interpreter: Interpreter, module: Module, decorator: ast.expr) -> bool:
    """Whether a decorator of a method does nothing that others could see: it may be called when the method is."""
    given_constants = isinstance(decorator, ast.Call) and remembered(decorator, _is_given_constants)
    match named(interpreter, module, decorator.func if given_constants else decorator):  # type: ignore[attr-defined]
        case External() | Builtin():
            return True
        case ClassValue() as cls:
            # Only an object of a plain class is made, and called.
            return not given_constants and not _is_plain(cls)
        case FunctionValue() as function:
            return not given_constants and only_makes(interpreter, function)
    return False


def decorated_method(interpreter: Interpreter, node: Definition, frame: Frame) -> Value:
    """A method of an imported class, decorated now that somebody asks for it; ``frame`` is its class's."""
    assert frame.owner is not None
    function = defined_function(frame.owner, node)

    def run() -> Value:
        with interpreter.heap.apart():
            return decorate(interpreter, function, node.decorator_list, frame)

    try:
        return run_apart(interpreter, frame.module, run)
    except UserRaise:
        return UnknownValue("raises when it is decorated")


def _called(interpreter: Interpreter, value: Value, node: ast.expr, frame: Frame) -> Value:
    name = node.func if isinstance(node, ast.Call) else node
    if isinstance(value, ClassValue) and _last(name) == "dataclass":
        inherited = [
            name
            for base in reversed(resolution_order(value))
            if isinstance(base, ClassValue)
            for name in base.dataclass_fields or ()
        ]
        fields = [each.target.id for each in value.node.body if _is_field(each)] if value.node is not None else []  # type: ignore[attr-defined]
        value.dataclass_fields = tuple(dict.fromkeys([*inherited, *fields]))
        return value
    made = _made_for_nothing(interpreter, node, frame)
    decorator = interpreter.evaluate(node, frame) if made is None else made
    if isinstance(value, FunctionValue):
        value.decorators += (decorator,)
        if isinstance(node, ast.Call) and _last(name) == "lru_cache":
            # Called with its size, it gives the decorator; it is known by its own name.
            value.decorators += (interpreter.evaluate(name, frame),)
        keywords = node.keywords if isinstance(node, ast.Call) else []
        if any(keyword.arg == "jit_compile" and _is_true(keyword.value) for keyword in keywords):
            value.compiled = True
    if isinstance(value, ClassValue):
        _note_registered(interpreter, value, decorator)
    if isinstance(value, ClassValue | FunctionValue) and _may_configure(interpreter.evaluate(name, frame)):
        value.configured = True
    if made is not None or (frame.module.deferred is not None and gives_back(interpreter, decorator)):
        # What it may tell Keras of a class matters where that class is checked, in its own file.
        return value
    match decorator:
        case FunctionValue() | BoundMethod() | Instance(cls=ClassValue(), layer=None):
            result = interpreter.call(decorator, Arguments((value,)), node)
            if not isinstance(result, UnknownValue):
                return result
            if isinstance(value, ClassValue | FunctionValue):
                value.configured = True
            return value
        case ClassValue() if isinstance(value, FunctionValue) and _is_plain(decorator):
            return interpreter.call(decorator, Arguments((value,)), node)
    return value


def _made_for_nothing(interpreter: Interpreter, node: ast.expr, frame: Frame) -> ClassValue | None:
    """The class of a decorator that is made here, of constants, where its objects do nothing: none need be made."""
    if frame.module.deferred is None or not isinstance(node, ast.Call) or not remembered(node, _is_given_constants):
        return None
    cls = interpreter.evaluate(node.func, frame)
    return cls if isinstance(cls, ClassValue) and objects_give_back(interpreter, cls) else None


def _is_given_constants(call: ast.AST) -> bool:
    assert isinstance(call, ast.Call)
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    return all(isinstance(each, (ast.Constant, ast.List, ast.Tuple, ast.expr_context)) for each in walk(*given))


def _is_plain(cls: ClassValue) -> bool:
    """Whether an object of a class stands for the function that it is made of, as Python's own rules say."""
    if has_unknown_base(cls) or external_bases(cls) or cls.keywords:
        return False
    found = find_member(cls, "__call__") is not None and find_member(cls, "__init__") is not None
    return found and all(find_member(cls, name) is None for name in ("__get__", "__new__", "__getattr__"))


def _note_registered(interpreter: Interpreter, cls: ClassValue, decorator: Value) -> None:
    """Note a class that Keras is told of; any other decorator than Keras's own may do so."""
    saving = interpreter.facts.saving
    if isinstance(decorator, External) and decorator.name.endswith(".register_keras_serializable"):
        saving.registered.add(id(cls))
    saving.known.add(id(cls))


def _may_configure(decorator: Value) -> bool:
    """Whether a decorator may be one that gives arguments: ``gin.configurable`` reads them from a file."""
    match decorator:
        case External(name=name):
            return name.partition(".")[0] not in KEEPING
    return isinstance(decorator, UnknownValue)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_field(node: ast.stmt) -> bool:
    if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
        return False
    return not ast.unparse(node.annotation).startswith(("ClassVar", "typing.ClassVar"))
