"""Weights that a layer makes in its constructor or its ``build``, and does not keep."""

from __future__ import annotations

import ast

from kerascheck.diagnostic import Span
from kerascheck.interpreter.classes import has_unknown_base, resolution_order
from kerascheck.interpreter.core import Frame, Interpreter, Phase
from kerascheck.interpreter.layer_attributes import WEIGHT_LISTS
from kerascheck.interpreter.phases import is_certain
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.syntax import names_read, remembered, walk
from kerascheck.interpreter.values import ClassValue, Instance, TensorValue, Value, VariableState
from kerascheck.program import DroppedWeight

LISTING = WEIGHT_LISTS | {"get_weights", "set_weights", "_trainable_weights", "_trainable_variables"}
"""Members by which a layer may get at a weight that it does not keep itself."""


def note_dropped(interpreter: Interpreter, node: ast.Expr, value: Value) -> None:
    """Note ``self.add_weight(...)`` as a statement of its own."""
    running, variable = interpreter.context.phase, _new_weight(interpreter, value)
    if running is not None and variable is not None:
        _note(interpreter, running, variable, "dropped", "", node.value)


def note_unread_name(interpreter: Interpreter, node: ast.Assign, value: Value, frame: Frame) -> None:
    """Note ``kernel = self.add_weight(...)`` in a method that does not read ``kernel``."""
    running, variable = interpreter.context.phase, _new_weight(interpreter, value)
    if running is None or variable is None or len(node.targets) != 1 or frame.function is None:
        return
    target, scope = node.targets[0], frame.scope
    if not isinstance(target, ast.Name) or target.id in scope.global_names | scope.nonlocal_names:
        return
    if target.id not in remembered(frame.function.node, names_read):
        _note(interpreter, running, variable, "name", target.id, node.value)


def note_overwritten(interpreter: Interpreter, base: Instance, name: str, value: Value, node: ast.AST) -> None:
    """Note ``self.kernel = self.add_weight(...)`` where the same method did the same before."""
    running = interpreter.context.phase
    first, second = _new_weight(interpreter, base.attributes.get(name)), _new_weight(interpreter, value)
    if running is None or first is None or second is None or first is second or not isinstance(base.cls, ClassValue):
        return
    if any(name in remembered(each, _attributes_read) for each in _setting_up(base)):
        return
    _note(interpreter, running, first, "overwritten", f"self.{name}", node)


def _new_weight(interpreter: Interpreter, value: Value) -> VariableState | None:
    """The trainable weight that a value is, if a constructor or ``build`` that runs has made it."""
    running = interpreter.context.phase
    variable = value.variable if isinstance(value, TensorValue) else None
    if running is None or running.kind not in ("init", "build") or variable is None or variable.trainable is not True:
        return None
    if int(variable.node[1:]) <= running.counter or not (variable.owned or variable.kind == "keras.Variable"):
        return None
    return variable if is_certain(interpreter, running) else None


def _setting_up(base: Instance) -> list[ast.AST]:
    return [
        method
        for cls in resolution_order(base.cls)
        if isinstance(cls, ClassValue) and cls.node is not None
        for method in cls.node.body
        if isinstance(method, ast.FunctionDef) and method.name in ("__init__", "build")
    ]


def _note(
    interpreter: Interpreter, running: Phase, variable: VariableState, how: str, target: str, node: ast.AST
) -> None:
    instance, source = running.instance, source_of(interpreter, node)
    if source is None or interpreter.facts.rehearsing or not interpreter.module.is_user or interpreter.context.replay:
        return
    cls = instance.cls
    if not isinstance(cls, ClassValue) or has_unknown_base(cls):
        return
    nodes = [each.node for each in resolution_order(cls) if isinstance(each, ClassValue) and each.node is not None]
    if any(LISTING & remembered(each, _attributes_read) for each in nodes):
        return
    made: Span = variable.span or source.span
    by = source.span if how == "overwritten" else None
    interpreter.program.dropped_weights.append(
        DroppedWeight(
            cls.name, how, target, instance.layer.generation, variable.node, made, source.text, by, source.stack
        )
    )


def _attributes_read(node: ast.AST) -> frozenset[str]:
    return frozenset(
        each.attr for each in walk(node) if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load)
    )
