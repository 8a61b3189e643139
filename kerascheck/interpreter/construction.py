"""Constructors of layers that do not call the one they extend."""

from __future__ import annotations

import ast

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.classes import MODEL, find_member, has_unknown_base, resolution_order
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.syntax import remembered, walk
from kerascheck.interpreter.training import first_line
from kerascheck.interpreter.values import ClassValue, FunctionValue, Instance
from kerascheck.program import MissingInit

TRACKING_SWITCH = "_self_setattr_tracking"


def note_missing_init(interpreter: Interpreter, instance: Instance) -> None:
    """Tell the rules of a layer whose constructor ran, and certainly did not run that of Keras."""
    found = find_member(instance.cls, "__init__")
    init = found[1] if found is not None else None
    if not isinstance(init, FunctionValue) or not isinstance(init.node, ast.FunctionDef) or not init.module.is_user:
        return
    if instance.open or has_unknown_base(instance.cls) or init.decorators or interpreter.facts.rehearsing:
        return
    if find_member(instance.cls, "__new__") is not None or EXPECTED_GUARD in interpreter.context.guards:
        return
    owner = found[0].name if found is not None and isinstance(found[0], ClassValue) else ""
    if remembered(init.node, may_initialise) or not isinstance(instance.cls, ClassValue):
        return
    if any(isinstance(each, ClassValue) and each.keywords for each in resolution_order(instance.cls)):
        return
    interpreter.program.missing_inits.append(
        MissingInit(owner, instance.layer.is_model, instance.layer.generation, first_line(init))
    )


def may_initialise(node: ast.AST) -> bool:
    """Whether a constructor calls any ``__init__``, or gives the new object to something that may."""
    parameters = node.args.args if isinstance(node, ast.FunctionDef) else []
    receiver = parameters[0].arg if parameters else "self"
    for each in walk(node):
        if not isinstance(each, ast.Call):
            continue
        if isinstance(each.func, ast.Attribute) and each.func.attr == "__init__":
            return True
        if isinstance(each.func, ast.Attribute) and _is_name(each.func.value, receiver):
            # A method of its own may do it.
            return True
        given = [*each.args, *(keyword.value for keyword in each.keywords)]
        if any(_is_name(argument, receiver) for argument in given):
            return True
    return False


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def is_refused_early(instance: Instance) -> bool:
    """Whether Keras 2 refuses a layer or variable as an attribute now: of a model that is not initialised.

    It looks at no attribute while the model's own switch is off.
    """
    if instance.attributes.get(TRACKING_SWITCH, True) is not True:
        return False
    return instance.layer.generation == 2 and instance.layer.base == MODEL and not instance.layer.name
