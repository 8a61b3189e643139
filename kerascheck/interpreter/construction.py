"""Constructors of layers that do not call the one they extend."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kerascheck.graph import EXPECTED_GUARD
from kerascheck.interpreter.classes import MODEL, find_member, has_unknown_base, own_member, resolution_order
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.syntax import nodes_of, remembered
from kerascheck.interpreter.training import first_line
from kerascheck.interpreter.values import ClassValue, FunctionValue, Instance, Value
from kerascheck.program import MissingInit

TRACKING_SWITCH = "_self_setattr_tracking"


def note_missing_init(interpreter: Interpreter, instance: Instance) -> None:
    """Tell the rules of a layer whose constructor ran, and certainly did not run that of Keras."""
    if not isinstance(instance.cls, ClassValue) or instance.open or interpreter.facts.rehearsing:
        return
    if find_member(instance.cls, "__new__") is not None or EXPECTED_GUARD in interpreter.context.guards:
        return
    order = resolution_order(instance.cls)
    if has_unknown_base(instance.cls) or any(isinstance(each, ClassValue) and each.keywords for each in order):
        return
    found = _last_constructor(order)
    if found is not None:
        owner, init = found
        interpreter.program.missing_inits.append(
            MissingInit(owner.name, instance.layer.is_model, instance.layer.generation, first_line(init))
        )


def _last_constructor(order: Sequence[Value]) -> tuple[ClassValue, FunctionValue] | None:
    """The constructor that certainly hands on to none, of those that run one after the other; None where Keras's may.

    That of a mixin ends the row, where the class of Keras's comes behind it.
    """
    for cls in order:
        if not isinstance(cls, ClassValue):
            return None
        init = own_member(cls, "__init__")
        if init is None:
            continue
        if not isinstance(init, FunctionValue) or not isinstance(init.node, ast.FunctionDef):
            return None
        if not init.module.is_user or init.decorators:
            return None
        if not remembered(init.node, may_initialise):
            return cls, init
        if not _hands_on_alone(init.node, cls.name):
            return None
    return None


def may_initialise(node: ast.AST) -> bool:
    """Whether a constructor calls any ``__init__``, or gives the new object to something that may."""
    return bool(_initialising(node))


def _initialising(node: ast.AST) -> list[ast.Call]:
    parameters = node.args.args if isinstance(node, ast.FunctionDef) else []
    receiver = parameters[0].arg if parameters else "self"
    return [each for each in nodes_of(node, ast.Call) if _may_initialise(each, receiver)]


def _may_initialise(call: ast.Call, receiver: str) -> bool:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "__init__":
        return True
    if isinstance(call.func, ast.Attribute) and _is_name(call.func.value, receiver):
        # A method of its own may do it.
        return True
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(_is_name(argument, receiver) for argument in given)


def _hands_on_alone(node: ast.FunctionDef, cls: str) -> bool:
    """Whether all that a constructor does of the kind is one ``super().__init__(...)``, on every path."""
    calls = [each for each in _initialising(node) if not _is_name(each.func, "super")]
    match calls:
        case [ast.Call(func=ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super"), args=given)))]:
            following = not given or _is_name(given[0], cls)
            return following and any(isinstance(each, ast.Expr) and each.value is calls[0] for each in node.body)
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
