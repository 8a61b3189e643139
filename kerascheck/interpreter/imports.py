"""``import`` statements."""

from __future__ import annotations

import ast

from kerascheck.interpreter.attributes import external_attribute
from kerascheck.interpreter.core import Frame, Interpreter
from kerascheck.interpreter.deferred import global_names, import_when_asked
from kerascheck.interpreter.loader import Module
from kerascheck.interpreter.scopes import assign_name
from kerascheck.interpreter.symbols import record_symbol
from kerascheck.interpreter.values import External, UnknownValue, Value


def import_names(interpreter: Interpreter, node: ast.Import, frame: Frame) -> None:
    """``import a.b, c as d``."""
    for alias in node.names:
        value = interpreter.loader.import_module(interpreter, alias.name, 0, frame.module)
        if isinstance(value, External):
            record_symbol(interpreter, alias, value, frame, called=False)
        if alias.asname is not None:
            assign_name(interpreter, alias.asname, value, frame)
            continue
        top = alias.name.split(".", maxsplit=1)[0]
        root = value if top == alias.name else interpreter.loader.import_module(interpreter, top, 0, frame.module)
        assign_name(interpreter, top, root, frame)


def import_from(interpreter: Interpreter, node: ast.ImportFrom, frame: Frame) -> None:
    """``from a import b as c, d`` and ``from a import *``."""
    if node.module == "__future__":
        return
    module = interpreter.loader.import_module(interpreter, node.module or "", node.level, frame.module)
    for alias in node.names:
        if alias.name == "*":
            _import_star(interpreter, module, frame)
            continue
        if isinstance(module, Module) and frame.scope is frame.module.scope:
            pending = import_when_asked(interpreter, module, alias.name)
            if pending is not None:
                assign_name(interpreter, alias.asname or alias.name, pending, frame)
                continue
        value = member(interpreter, module, alias.name)
        if isinstance(value, External):
            record_symbol(interpreter, alias, value, frame, called=False)
        assign_name(interpreter, alias.asname or alias.name, value, frame)


def member(interpreter: Interpreter, module: Value, name: str) -> Value:
    """``name`` of an imported module: one of its names, or a submodule."""
    match module:
        case External():
            return external_attribute(interpreter, module, name)
        case Module():
            inner = interpreter.loader.attribute(interpreter, module, name)
            return inner if inner is not None else UnknownValue(f"{name} of {module.name}")
    return UnknownValue(f"import of {name}")


def _import_star(interpreter: Interpreter, module: Value, frame: Frame) -> None:
    match module:
        case External():
            frame.module.star_imports.append(module)
        case Module():
            if frame.module.deferred is not None and frame.scope is frame.module.scope:
                frame.module.deferred.stars.append(module)
                return
            for name in global_names(interpreter, module):
                value = interpreter.loader.attribute(interpreter, module, name)
                if value is not None:
                    assign_name(interpreter, name, value, frame)
