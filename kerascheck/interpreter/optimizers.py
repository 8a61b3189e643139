"""Optimizers: whose they are, and the attributes that the code sets on them."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerascheck.catalog import exists
from kerascheck.graph import UNTOLD_GUARDS, Source
from kerascheck.interpreter.classes import MODEL, SEQUENTIAL, external_bases, find_member, keras_base
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.names import canonical, describe
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.unknowns import UnknownObject
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    ClassValue,
    Instance,
    UnknownValue,
    Value,
)
from kerascheck.program import OptimizerWrite

OPTIMIZER = "keras.optimizers.Optimizer"
CALLBACK = "keras.callbacks.Callback"
CALLBACKS = ("keras.callbacks.", "keras.src.callbacks.")


@dataclass(slots=True)
class PendingWrite:
    """An attribute set on an optimizer; ``owner`` is the object, or what it was reached through."""

    owner: object
    attribute: str
    generation: int
    source: Source


def model_optimizer(state: LayerState) -> Value:
    """``model.optimizer``: an object of the user's as it is; of another only that Keras made it."""
    given = state.optimizer
    if isinstance(given, Instance) and given.native is None:
        return given
    if isinstance(given, UnknownValue) and state.compiled:
        return given
    return UnknownObject("optimizer", kind=OPTIMIZER, generation=state.generation)


def is_callback(cls: Value) -> bool:
    """Whether a class of the user's is a callback: its ``model`` is set by Keras."""
    return any((canonical(base.name, 3) or "").startswith(CALLBACKS) for base in external_bases(cls))


def unknown_receiver(interpreter: Interpreter, cls: ClassValue) -> Value:
    """What stands for ``self`` in the methods of a class that nobody makes an object of."""
    base = keras_base(cls, interpreter.program.generation)
    if base is not None and base[0] in (MODEL, SEQUENTIAL) and find_member(cls, "optimizer") is None:
        return UnknownObject(cls.name, kind=MODEL, generation=base[1])
    if is_callback(cls) and find_member(cls, "model") is None:
        return UnknownObject(cls.name, kind=CALLBACK, generation=interpreter.program.generation)
    return NOTHING_KNOWN


def object_attribute(base: UnknownObject, name: str) -> Value:
    """``object.name`` where only the object's class is known."""
    match base.kind, name:
        case "keras.Model", "optimizer":
            return UnknownObject("optimizer", kind=OPTIMIZER, generation=base.generation)
        case "keras.callbacks.Callback", "model":
            return UnknownObject("model", kind=MODEL, generation=base.generation)
    return UnknownValue(f"attribute {name}")


def lacks(interpreter: Interpreter, value: Value, name: str) -> bool:
    """Whether an optimizer of Keras 3's own certainly has no attribute of that name."""
    match value:
        case UnknownObject(kind=kind, generation=3) if kind == OPTIMIZER:
            return exists(f"{OPTIMIZER}.{name}") is False
        case Instance(native=str() as native) if native.startswith("keras.optimizers.") and has_generation_3(
            interpreter, value
        ):
            return name not in value.attributes and exists(f"{native}.{name}") is False
    return False


def has_generation_3(interpreter: Interpreter, instance: Instance) -> bool:
    """Whether the object is of a class of Keras 3."""
    described = describe(instance.class_name, interpreter.program.generation)
    return described is not None and described.generation == 3


def note_optimizer_write(interpreter: Interpreter, base: Instance | UnknownObject, name: str, node: ast.AST) -> None:
    """Note ``optimizer.name = value`` of an optimizer of Keras's own."""
    generation = interpreter.program.generation
    if isinstance(base, UnknownObject):
        generation = base.generation
        if base.kind != OPTIMIZER:
            return
    elif not (base.native or "").startswith("keras.optimizers."):
        return
    source = source_of(interpreter, node)
    if source is None or not interpreter.module.is_user:
        return
    if not UNTOLD_GUARDS.isdisjoint(interpreter.context.guards):
        return
    interpreter.facts.optimizer_writes.append(PendingWrite(base, name, generation, source))


def finish_optimizer_writes(interpreter: Interpreter) -> None:
    """Tell the rules of every attribute set on an optimizer, once a place."""
    writes: list[PendingWrite] = interpreter.facts.optimizer_writes
    told: dict[object, OptimizerWrite] = {}
    for write in writes:
        own = isinstance(write.owner, Instance)
        also = tuple(
            dict.fromkeys(
                each.attribute
                for each in writes
                if each.attribute != write.attribute
                and (each.owner is write.owner if own else each.source.span.file == write.source.span.file)
            )
        )
        source = write.source
        told.setdefault(
            source.span,
            OptimizerWrite(write.attribute, write.generation, source.span, source.text, source.stack, also),
        )
    interpreter.program.optimizer_writes = list(told.values())
