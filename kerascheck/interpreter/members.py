"""Members that the code uses of an object of Keras's own: what the rules about removed names are told."""

from __future__ import annotations

import ast

from kerascheck.catalog import exists, removed_in_keras_3
from kerascheck.graph import EXPECTED_GUARD, VERSION_GUARD
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.optimizers import OPTIMIZER, has_generation_3
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.unknowns import UnknownObject
from kerascheck.interpreter.values import Instance, KerasShape, TensorValue, Value, VariableState
from kerascheck.program import MemberUse
from kerascheck.records import immutable

KERAS_TENSOR = "keras.KerasTensor"
KERAS_VARIABLE = "keras.Variable"
OWNERS = ("keras.losses.", "keras.metrics.", "keras.mixed_precision.", "keras.optimizers.")
"""Modules whose objects have the members of their class and no others."""
_UNTOLD = frozenset({VERSION_GUARD, EXPECTED_GUARD})


@immutable()
class Owner:
    """The class that a member is read from: its canonical name, its Keras, and whether it is the user's own.

    ``package`` is the one that the user's code names it by.
    """

    name: str
    generation: int
    own: bool = False
    package: str | None = None


def note_member(interpreter: Interpreter, owner: Owner, name: str, node: ast.AST, called: bool) -> None:
    """Note the use of a member that the user's code did not define."""
    context = interpreter.context
    if name.startswith("__") or not _UNTOLD.isdisjoint(context.guards) or not context.modules:
        return
    source = source_of(interpreter, node)
    if source is None or not interpreter.module.is_user or context.replay:
        return
    span = source.span
    key = (span.file, span.line, span.column, name)
    interpreter.facts.members[key] = MemberUse(
        owner.name, name, owner.generation, span, called, source.stack, own=owner.own, package=owner.package
    )


def note_lost_member(interpreter: Interpreter, value: Value, name: str, node: ast.AST, called: bool) -> None:
    """Note a member that an object of Keras 3 has not and one of Keras 2 had."""
    owner = _owner(interpreter, value)
    if owner is not None and _lacks(value, owner, name):
        note_member(interpreter, Owner(owner, 3), name, node, called)


def is_lost(interpreter: Interpreter, value: Value, name: str) -> bool:
    """Whether an object of Keras 3 certainly lacks a member that one of Keras 2 had."""
    owner = _owner(interpreter, value)
    return owner is not None and _lacks(value, owner, name)


def _lacks(value: Value, owner: str, name: str) -> bool:
    if isinstance(value, Instance) and name in value.attributes:
        return False
    return exists(f"{owner}.{name}") is not True and removed_in_keras_3(f"{owner}.{name}") is not None


def _owner(interpreter: Interpreter, value: Value) -> str | None:
    match value:
        case KerasShape():
            return f"{KERAS_TENSOR}.shape"
        case TensorValue(variable=VariableState(kind="keras.Variable")) if _is_of_keras_3(interpreter, value):
            return KERAS_VARIABLE
        case TensorValue() if is_keras_3_tensor(interpreter, value):
            return KERAS_TENSOR
        case UnknownObject(kind=kind, generation=3) if kind == OPTIMIZER:
            return kind
        case Instance(native=str() as native) if native.startswith(OWNERS) and has_generation_3(interpreter, value):
            # A class that is gone is told where it is called.
            return native if removed_in_keras_3(native) is None else None
    return None


def is_keras_3_tensor(interpreter: Interpreter, value: TensorValue) -> bool:
    """Whether it is a KerasTensor, and every layer and function that made it is of Keras 3."""
    if not value.spec.keras_tensor or value.variable is not None or not value.origins:
        return False
    return _is_of_keras_3(interpreter, value)


def _is_of_keras_3(interpreter: Interpreter, value: TensorValue) -> bool:
    nodes = interpreter.program.recorder.nodes
    return all(nodes[origin.node].generation == 3 for origin in value.origins)


def without_set(interpreter: Interpreter) -> list[MemberUse]:
    """The members used, less those of optimizers that the code sets somewhere."""
    written = {write.attribute for write in interpreter.program.optimizer_writes}
    return [
        use
        for use in interpreter.facts.members.values()
        if not (use.owner.startswith("keras.optimizers.") and use.member in written)
    ]
