"""Models that are saved and loaded, by what that keeps and takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from kerascheck.diagnostic import Span
from kerascheck.graph import UNTOLD_GUARDS, Source
from kerascheck.interpreter.binding import bind_arguments
from kerascheck.interpreter.classes import find_member
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.names import describe
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.saved_objects import note_saved_objects
from kerascheck.interpreter.tensors import call_op
from kerascheck.interpreter.unbuilt import unready
from kerascheck.interpreter.values import Arguments, ClassValue, External, FunctionValue, Instance, Value
from kerascheck.interpreter.variables import held_layers
from kerascheck.program import SavingCall, UnbuiltSublayers, UnreadyWeights

_OWN_WAY = ("build_from_config", "from_config", "load_own_variables", "get_build_config")
"""With one of these a class says itself how it is loaded."""


@dataclass(slots=True)
class SavingFacts:
    """What is saved and loaded, and what becomes of it.

    Attributes:
        saved: the models that are saved whole, each with where.
        registered: the classes that are registered, by identity; ``known`` those that may be, by some decorator.
        unbuilt: the models whose own ``build`` leaves layers to ``call``, each with those layers.
        nameless: the classes whose ``__init__`` lacks what loading gives it, by identity, each with the name of that
            and the line that begins it.
        since: when the code began to run that runs now: what is older may have been used in between.
    """

    saved: list[tuple[Instance, SavingCall]] = field(default_factory=list)
    registered: set[int] = field(default_factory=set)
    known: set[int] = field(default_factory=set)
    unbuilt: list[tuple[Instance, tuple[Instance, ...]]] = field(default_factory=list)
    nameless: dict[int, tuple[ClassValue, str, Span]] = field(default_factory=dict)
    since: int = 0


def note_method(interpreter: Interpreter, instance: Instance, name: str, arguments: Arguments, node: ast.AST) -> None:
    """Note ``model.save(path)``, ``save_weights`` or ``load_weights``."""
    call = _call(interpreter, name, instance.layer.generation, arguments.get(0, "filepath"), 0, arguments, node)
    if call is None:
        return
    interpreter.program.saving_calls.append(call)
    if name == "save":
        interpreter.facts.saving.saved.append((instance, call))
    if name == "load_weights":
        why = unready(interpreter, instance)
        lenient = {"by_name", "skip_mismatch", "objects_to_skip"} & set(arguments.keywords)
        if why and not lenient and len(arguments.positional) < 2:
            state = instance.layer
            made = None if state.source is None else state.source.span
            interpreter.program.unready_weights.append(UnreadyWeights(call, state.name, why, made))


def note_function(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    """Note ``save_model(model, path)``, ``load_model(path)`` or ``ModelCheckpoint(path)``."""
    described = describe(function.name, interpreter.program.generation)
    generation = interpreter.program.generation if described is None else described.generation
    name = function.name.rsplit(".", maxsplit=1)[-1]
    position = 1 if name == "save_model" else 0
    call = _call(interpreter, name, generation, arguments.get(position, "filepath"), position, arguments, node)
    if call is not None:
        interpreter.program.saving_calls.append(call)
        model = arguments.get(0, "model")
        if name == "save_model" and isinstance(model, Instance) and model.layer is not None:
            interpreter.facts.saving.saved.append((model, call))
    if name != "ModelCheckpoint":
        return call_op(interpreter, function, arguments, node)
    bind_arguments(interpreter, function.name, arguments, node)
    return interpreter.heap.new(
        Instance(function, native="keras.callbacks.ModelCheckpoint", span=interpreter.span(node))
    )


def _call(
    interpreter: Interpreter,
    name: str,
    generation: int,
    path: Value,
    position: int,
    arguments: Arguments,
    node: ast.AST,
) -> SavingCall | None:
    source = source_of(interpreter, node)
    if source is None or not UNTOLD_GUARDS.isdisjoint(interpreter.context.guards):
        return None
    if arguments.open or not interpreter.module.is_user:
        return None
    weights_only = arguments.keywords.get("save_weights_only", False)
    return SavingCall(
        method=name,
        generation=generation,
        path=path if isinstance(path, str) else None,
        span=source.span,
        path_span=_argument(interpreter, node, position, source),
        weights_only=weights_only if isinstance(weights_only, bool) else None,
        keywords=tuple(arguments.keywords),
        explained="custom_objects" in arguments.keywords or len(arguments.positional) > 1,
        stack=source.stack,
    )


def _argument(interpreter: Interpreter, node: ast.AST, position: int, source: Source) -> Span:
    """Where the path is written."""
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "filepath":
                return interpreter.span(keyword.value) or source.span
        if position < len(node.args):
            return interpreter.span(node.args[position]) or source.span
    return source.span


def unbuilt_layers(instance: Instance) -> list[Instance]:
    """The layers that a model holds, at any depth, and that nothing has built."""
    found: list[Instance] = []
    pending, seen = [instance], {id(instance)}
    while pending:
        for each in held_layers(pending.pop()):
            if id(each) in seen:
                continue
            seen.add(id(each))
            pending.append(each)
            state = each.layer
            fresh = not state.built and not state.told_build and not state.calls and not state.weights
            if fresh and state.kind == "builtin" and state.outputs is None and not state.handed_on:
                found.append(each)
    return found


def note_unbuilt(interpreter: Interpreter, instance: Instance, before: list[Instance]) -> None:
    """Note the layers that only ``call`` built, once it has run; ``before`` are those that were unbuilt until then."""
    left = tuple(each for each in before if each.layer.calls and each.layer.weights)
    if left:
        interpreter.facts.saving.unbuilt.append((instance, left))


def finish_saving(interpreter: Interpreter) -> None:
    """Tell the rules of the models that saving does not keep whole, or that cannot be saved or loaded."""
    note_saved_objects(interpreter)
    facts: SavingFacts = interpreter.facts.saving
    for instance, layers in _each_once(facts.unbuilt):
        cls, state = instance.cls, instance.layer
        own = find_member(cls, "build")
        if not isinstance(cls, ClassValue) or own is None or not isinstance(own[1], FunctionValue) or state.in_model:
            continue
        if any(find_member(cls, name) is not None for name in _OWN_WAY) or not own[1].module.is_user:
            continue
        saved = next((call for model, call in facts.saved if model is instance and _keeps_class(call)), None)
        if saved is None and id(cls) not in facts.registered:
            continue
        interpreter.program.unbuilt_sublayers.append(
            UnbuiltSublayers(
                model=cls.name,
                generation=state.generation,
                build=_heading(own[1]),
                layers=tuple(
                    (each.layer.op, each.layer.source.span) for each in layers if each.layer.source is not None
                ),
                saved=None if saved is None else saved.span,
            )
        )


def _keeps_class(call: SavingCall) -> bool:
    return call.path is not None and call.path.endswith(".keras")


def _each_once(
    found: list[tuple[Instance, tuple[Instance, ...]]],
) -> Iterator[tuple[Instance, tuple[Instance, ...]]]:
    seen: set[int] = set()
    for instance, layers in found:
        if id(instance.cls) not in seen:
            seen.add(id(instance.cls))
            yield instance, layers


def _heading(function: FunctionValue) -> Span:
    node, source = function.node, function.module.source
    text = source.lines[node.lineno - 1]
    return source.place(node.lineno, node.col_offset + 1, node.lineno, len(text.rstrip()) + 1)
