"""Parts of one of the packages keras and tf_keras that a model of the other is given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerascheck.graph import UNTOLD_GUARDS
from kerascheck.interpreter.classes import external_bases
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.fed_data import bind_method
from kerascheck.interpreter.layer_state import LayerState
from kerascheck.interpreter.names import describe
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.values import Arguments, ClassValue, DictValue, External, Instance, ListValue, Value
from kerascheck.program import ForeignPart

OPTIMIZERS, METRICS, CALLBACKS = "keras.optimizers.", "keras.metrics.", "keras.callbacks."


def note_foreign_compiled(interpreter: Interpreter, model: Instance, arguments: Arguments, node: ast.AST) -> None:
    """``model.compile(...)``: an optimizer of the other package, and metrics of Keras 3 for a model of tf_keras."""
    state: LayerState = model.layer
    bound = bind_method(state, "compile", arguments)
    _note(interpreter, model, bound.get("optimizer"), OPTIMIZERS, node)
    if state.generation == 2:
        for name in ("metrics", "weighted_metrics"):
            _note(interpreter, model, bound.get(name), METRICS, node)


def note_foreign_callbacks(interpreter: Interpreter, model: Instance, bound: dict[str, Value], node: ast.AST) -> None:
    """``model.fit(...)`` of a model of tf_keras: callbacks of Keras 3."""
    if model.layer.generation == 2:
        _note(interpreter, model, bound.get("callbacks"), CALLBACKS, node)


def _note(interpreter: Interpreter, model: Instance, given: Value, family: str, node: ast.AST) -> None:
    source = source_of(interpreter, node)
    if source is None or not interpreter.module.is_user or not UNTOLD_GUARDS.isdisjoint(interpreter.context.guards):
        return
    state: LayerState = model.layer
    bases = external_bases(model.cls) if isinstance(model.cls, ClassValue) else [model.cls]
    if any(isinstance(base, External) and _own_package(interpreter, base) is None for base in bases):
        return
    for part in _parts(given):
        generation = _generation(interpreter, part, family)
        if generation is None or generation == state.generation:
            continue
        kind = family.split(".")[1].removesuffix("s")
        found = ForeignPart(kind, part.class_name, state.name, state.generation, source.span, part.span, source.stack)
        if found not in interpreter.program.foreign_parts:
            interpreter.program.foreign_parts.append(found)


def _generation(interpreter: Interpreter, part: Instance, family: str) -> int | None:
    """The Keras of an object of one of its own classes."""
    made = part.layer.base if part.layer is not None else part.native
    if not isinstance(part.cls, External) or not (made or "").startswith(family):
        return None
    return _own_package(interpreter, part.cls)


def _own_package(interpreter: Interpreter, cls: External) -> int | None:
    """The Keras that a class is of; None for ``tf.keras``, which a variable of the shell can make either."""
    described = describe(cls.name, interpreter.program.generation)
    return None if described is None or described.package in ("tf", "tf.keras") else described.generation


def _parts(given: Value) -> Iterator[Instance]:
    match given:
        case Instance():
            yield given
        case ListValue(items=list() as items):
            for each in items:
                yield from _parts(each)
        case tuple():
            for each in given:
                yield from _parts(each)
        case DictValue(items=dict() as entries):
            for each in entries.values():
                yield from _parts(each)
