"""Objects of the user's classes that extend ``dict``: configurations whose entries are read as attributes."""

from __future__ import annotations

import ast

from kerascheck.interpreter.classes import find_member, has_unknown_base, resolution_order
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.unknowns import MissingAttribute
from kerascheck.interpreter.values import (
    Arguments,
    BoundMethod,
    Builtin,
    ClassValue,
    DictValue,
    FunctionValue,
    NativeMethod,
    PropertyValue,
    UnknownValue,
    Value,
)

DICT_METHODS = frozenset(dir(dict))

CHANGED = (
    "__contains__", "__delitem__", "__getattribute__", "__getitem__", "__iter__", "__len__", "__missing__", "__new__",
    "__setitem__",
)  # fmt: skip
"""What a class must not define to have the entries of a dict as any other."""


class OwnDictValue(DictValue):
    """A dict of a class of the user's; ``own`` are its attributes, ``shared`` says that those are its entries."""

    __slots__ = ("cls", "own", "shared")

    def __init__(self, cls: ClassValue, own: DictValue) -> None:
        super().__init__({})
        self.cls = cls
        self.own = own
        self.shared = False


def extends_dict(cls: ClassValue) -> bool:
    """Whether a class is a dict that keeps its entries as Python's own does."""
    if not any(isinstance(each, Builtin) and each.name == "dict" for each in resolution_order(cls)):
        return False
    return not has_unknown_base(cls) and all(find_member(cls, name) is None for name in CHANGED)


def make_own_dict(interpreter: Interpreter, cls: ClassValue, arguments: Arguments, node: ast.AST) -> Value:
    """Call a class that extends ``dict``."""
    made = interpreter.heap.new(OwnDictValue(cls, interpreter.heap.new(DictValue({}))))
    found = find_member(cls, "__init__")
    if found is None:
        interpreter.call(NativeMethod(made, "__init__"), arguments, node)
    else:
        interpreter.call(BoundMethod(made, found[1]), arguments, node)
    return made


def own_dict_attribute(interpreter: Interpreter, value: OwnDictValue, name: str, node: ast.AST) -> Value:
    """``config.name``: an attribute, a member of its class, a method of a dict, or what its ``__getattr__`` gives."""
    from kerascheck.interpreter.attributes import bind

    entries = value.items if value.shared else value.own.items
    if entries is None:
        return UnknownValue(f"attribute {name}")
    if name in entries:
        return entries[name]
    found = find_member(value.cls, name)
    if found is not None:
        return bind(interpreter, found[1], value, value.cls, node)
    if name in DICT_METHODS:
        return NativeMethod(value, name)
    fallback = find_member(value.cls, "__getattr__")
    if fallback is not None and not name.startswith("__"):
        return interpreter.call(fallback[1], Arguments((value, name)), node)
    return MissingAttribute(f"no attribute {name}")


def set_own_dict_attribute(
    interpreter: Interpreter, target: OwnDictValue, name: str, value: Value, node: ast.AST
) -> None:
    """``config.name = value``."""
    setter = find_member(target.cls, "__setattr__")
    member = find_member(target.cls, name)
    if name == "__dict__":
        target.shared = value is target
    elif member is not None and isinstance(member[1], PropertyValue) and member[1].setter is not None:
        interpreter.call(member[1].setter, Arguments((target, value)), node)
    elif setter is not None and isinstance(setter[1], FunctionValue | Builtin):
        interpreter.call(setter[1], Arguments((target, name, value)), node)
    else:
        written = target if target.shared else target.own
        interpreter.heap.touch(written)
        if written.items is not None:
            written.items[name] = value
