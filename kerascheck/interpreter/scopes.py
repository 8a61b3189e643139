"""Names: reading, binding and deleting them, and unpacking into targets."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerascheck.interpreter.attributes import get_attribute, set_attribute
from kerascheck.interpreter.builtins import BUILTINS
from kerascheck.interpreter.containers import editing
from kerascheck.interpreter.core import Frame, Interpreter, UserRaise
from kerascheck.interpreter.deferred import MISSING, PendingImport, find_global, imported, of_star_imports
from kerascheck.interpreter.extremes import note_change
from kerascheck.interpreter.iteration import element_of, iterate
from kerascheck.interpreter.nests import is_key
from kerascheck.interpreter.numpy_functions import array_method
from kerascheck.interpreter.tensors import note_rank
from kerascheck.interpreter.unbuilt import note_empty
from kerascheck.interpreter.unknowns import UnknownShape
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    DictValue,
    Instance,
    ListValue,
    TensorValue,
    UnknownValue,
    Value,
    VariableState,
)


def lookup(interpreter: Interpreter, name: str, frame: Frame) -> Value:
    """The value of ``name``, as Python's scoping finds it."""
    scope = frame.scope
    if name in scope.global_names:
        scope = frame.module.scope
    while scope.parent is not None:
        if name in scope.variables:
            return scope.variables[name]
        scope = scope.parent
    if frame.module.deferred is not None:
        value = find_global(interpreter, frame.module, name)
        if value is not MISSING:
            return value
    elif name in scope.variables:
        value = scope.variables[name]
        return imported(interpreter, value) if isinstance(value, PendingImport) else value
    if name in BUILTINS:
        return BUILTINS[name]
    found = of_star_imports(interpreter, frame.module, name)
    return NOTHING_KNOWN if found is None else found


def assign_name(interpreter: Interpreter, name: str, value: Value, frame: Frame) -> None:
    """Bind ``name``, honouring ``global`` and ``nonlocal``."""
    scope = frame.scope
    if name in scope.global_names:
        scope = frame.module.scope
        # What the module itself binds came before.
        find_global(interpreter, frame.module, name)
    elif name in scope.nonlocal_names:
        outer = scope.parent
        while outer is not None and name not in outer.variables:
            outer = outer.parent
        scope = outer or scope
    interpreter.heap.touch(scope)
    scope.variables[name] = value


def assign_target(interpreter: Interpreter, target: ast.expr, value: Value, frame: Frame) -> None:
    """``target = value`` for any kind of target."""
    if isinstance(value, TensorValue):
        if value.variable is not None:
            name_variable(target, value.variable)
        if isinstance(target, ast.Name) and value.origins and not value.is_array:
            interpreter.facts.bound_names.setdefault(value.origins[0].node, set()).add(target.id)
    if isinstance(target, ast.Name):
        assign_name(interpreter, target.id, value, frame)
        return
    match target:
        case ast.Tuple() | ast.List():
            _unpack(interpreter, target.elts, value, frame, target)
        case ast.Starred():
            assign_target(interpreter, target.value, value, frame)
        case ast.Attribute():
            base = interpreter.evaluate(target.value, frame)
            if isinstance(base, TensorValue) and base.is_numpy and target.attr == "shape":
                shaped = array_method(interpreter, base, "reshape", Arguments((value,)), target)
                assign_target(interpreter, target.value, shaped, frame)
            else:
                set_attribute(interpreter, base, target.attr, value, target)
        case ast.Subscript():
            base = interpreter.evaluate(target.value, frame)
            set_item(interpreter, base, interpreter.evaluate(target.slice, frame), value, target)
            note_change(base)
            if isinstance(base, TensorValue) and (base.spec.content is not None or base.classes is not None):
                changed = replace(base, spec=replace(base.spec, content=None), classes=None)
                assign_target(interpreter, target.value, changed, frame)


def name_variable(target: ast.expr, variable: VariableState) -> None:
    """Keep the name that a variable is first bound to."""
    if variable.target is None:
        match target:
            case ast.Name(id=name):
                variable.target = name
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                variable.target = f"{owner}.{name}"


def _unpack(interpreter: Interpreter, targets: list[ast.expr], value: Value, frame: Frame, node: ast.expr) -> None:
    items = iterate(interpreter, value)
    if isinstance(value, UnknownShape) and not any(isinstance(target, ast.Starred) for target in targets):
        note_rank(interpreter, value.tensor, len(targets), certain=False)
    starred = next((index for index, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    if items is None:
        if starred is None:
            note_empty(interpreter, value, node)
        element = element_of(interpreter, value, node)
        for target in targets:
            filled = interpreter.heap.new(ListValue(None)) if isinstance(target, ast.Starred) else element
            assign_target(interpreter, target, filled, frame)
        return
    if starred is None:
        if len(items) != len(targets):
            raise UserRaise("ValueError")
        for target, item in zip(targets, items, strict=True):
            assign_target(interpreter, target, item, frame)
        return
    after = len(targets) - starred - 1
    if len(items) < len(targets) - 1:
        raise UserRaise("ValueError")
    middle = items[starred : len(items) - after]
    assign_target(interpreter, targets[starred], interpreter.heap.new(ListValue(middle)), frame)
    for target, item in zip(targets[:starred], items[:starred], strict=True):
        assign_target(interpreter, target, item, frame)
    for target, item in zip(targets[starred + 1 :], items[len(items) - after :], strict=True):
        assign_target(interpreter, target, item, frame)


def set_item(interpreter: Interpreter, base: Value, key: Value, value: Value, node: ast.AST) -> None:
    """``base[key] = value``."""
    match base:
        case DictValue():
            with editing(interpreter, base):
                if base.items is None or not is_key(key):
                    base.items = None
                else:
                    base.items[key] = value
        case ListValue():
            interpreter.heap.touch(base)
            if base.items is not None and isinstance(key, int) and -len(base.items) <= key < len(base.items):
                base.items[key] = value
            else:
                base.forget()
        case Instance():
            method = get_attribute(interpreter, base, "__setitem__", node)
            if not isinstance(method, UnknownValue):
                interpreter.call(method, Arguments((key, value)), node)


def delete_target(interpreter: Interpreter, target: ast.expr, frame: Frame) -> None:
    """``del target``."""
    match target:
        case ast.Name():
            interpreter.heap.touch(frame.scope)
            frame.scope.variables.pop(target.id, None)
        case ast.Tuple() | ast.List():
            for part in target.elts:
                delete_target(interpreter, part, frame)
        case ast.Subscript():
            base = interpreter.evaluate(target.value, frame)
            key = interpreter.evaluate(target.slice, frame)
            if isinstance(base, (ListValue, DictValue)):
                interpreter.heap.touch(base)
            match base:
                case DictValue(items=dict() as entries):
                    base.spelled = False
                    if is_key(key):
                        entries.pop(key, None)
                    else:
                        base.items = None
                case ListValue(items=list() as items):
                    try:
                        del items[key]
                    except (TypeError, IndexError):
                        base.forget()
                case ListValue():
                    base.forget()
        case ast.Attribute():
            base = interpreter.evaluate(target.value, frame)
            if isinstance(base, Instance):
                interpreter.heap.touch(base)
                base.attributes.pop(target.attr, None)
