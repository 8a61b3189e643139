"""What assigning to an attribute of a layer does to what Keras knows of it: weights lost, state that comes too late."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerascheck.diagnostic import Span
from kerascheck.graph import EXPECTED_GUARD, UNCERTAIN_GUARDS
from kerascheck.interpreter.classes import find_member, has_unknown_base, resolution_order
from kerascheck.interpreter.construction import is_refused_early
from kerascheck.interpreter.core import STEPS, Interpreter, Phase
from kerascheck.interpreter.dropped import note_overwritten
from kerascheck.interpreter.layers import class_function
from kerascheck.interpreter.phases import is_certain
from kerascheck.interpreter.recording import source_of
from kerascheck.interpreter.syntax import remembered, walk
from kerascheck.interpreter.values import ClassValue, Instance, TensorValue, Value
from kerascheck.interpreter.variables import contents, held_layers, held_variables
from kerascheck.program import LateState, MissingInit, RebindingUse, ReservedAttribute, TensorWeight
from kerascheck.semantics.reserved import is_reserved

FILLING = {
    f"{module}.{name}": filled
    for module, names in (
        ("tf", ("zeros", "ones", "random.normal", "random.uniform", "random.truncated_normal")),
        ("keras.ops", ("zeros", "ones")),
        ("keras.random", ("normal", "uniform", "truncated_normal")),
    )
    for name in names
    for filled in (name if name in ("zeros", "ones") else "random",)
}
"""The functions that make a tensor which a weight may begin as, and what they fill it with."""


def note_assignment(interpreter: Interpreter, base: Instance, name: str, value: Value, node: ast.AST) -> None:
    """Tell the rules what is wrong with ``layer.name = value``, before it is done."""
    context = interpreter.context
    if not context.modules or not interpreter.module.is_user or context.replay or interpreter.facts.rehearsing:
        return
    running = context.phase
    own = running if running is not None and running.instance is base and running.kind not in STEPS else None
    if base.layer.kind != "builtin" or not isinstance(value, TensorValue) or value.variable is not None:
        # A tensor in the place of a weight of Keras's own is told as that.
        _note_reserved(interpreter, base, name, node)
    _note_late(interpreter, base, own, name, value, node)
    if own is not None:
        if own.kind == "init" and is_refused_early(base):
            _note_early(interpreter, base, name, value, node)
        _note_tensor(interpreter, base, own, name, value, node)
        if isinstance(value, TensorValue):
            note_overwritten(interpreter, base, name, value, node)
        own.assigned.add(name)
    elif running is not None and running.instance is base:
        running.assigned.add(name)
    elif base.layer.kind == "builtin":
        _note_replaced(interpreter, base, name, value, node)


def _is_told(interpreter: Interpreter) -> bool:
    return UNCERTAIN_GUARDS.isdisjoint(interpreter.context.guards)


def _note_reserved(interpreter: Interpreter, base: Instance, name: str, node: ast.AST) -> None:
    state = base.layer
    if not is_reserved(state.base, state.generation, name) or not _is_told(interpreter):
        return
    cls = base.cls
    if interpreter.program.tensorflow == 1 or has_unknown_base(cls):
        return
    if find_member(cls, name) is not None or find_member(cls, "__setattr__") is not None:
        return
    source = source_of(interpreter, node)
    if source is not None:
        called = cls.name if isinstance(cls, ClassValue) else state.op
        interpreter.program.reserved_attributes.append(
            ReservedAttribute(state.base, called, name, state.generation, source.span, source.text, source.stack)
        )


def _note_early(interpreter: Interpreter, base: Instance, name: str, value: Value, node: ast.AST) -> None:
    """Note a layer or variable that is an attribute of a Keras 2 model before the model is one."""
    parts = [value] if isinstance(value, (Instance, TensorValue)) else []
    source = source_of(interpreter, node)
    if not parts or not all(_is_trackable(part) for part in parts) or source is None or not _is_told(interpreter):
        return
    if interpreter.program.tensorflow == 1 or has_unknown_base(base.cls) or not isinstance(base.cls, ClassValue):
        return
    interpreter.program.missing_inits.append(MissingInit(base.cls.name, True, 2, source.span, name, source.stack))


def _is_trackable(value: Value) -> bool:
    return (isinstance(value, Instance) and value.layer is not None) or (
        isinstance(value, TensorValue) and value.variable is not None
    )


def _note_late(
    interpreter: Interpreter, base: Instance, own: Phase | None, name: str, value: Value, node: ast.AST
) -> None:
    if base.layer.generation != 3 or base.layer.kind not in ("user", "builtin") or not _is_told(interpreter):
        return
    if _built(interpreter, base, own) is None:
        # Most state is set in constructors: what is held already need not be looked for then.
        return
    if not any(_is_state(part) and not _holds(base, part) for part in contents([value])):
        return
    note_late(interpreter, base, own, name, node)


def note_late(interpreter: Interpreter, base: Instance, own: Phase | None, name: str | None, node: ast.AST) -> None:
    """Tell the rules of state that a Keras 3 layer is given when it is certainly built; ``own`` where it runs."""
    built = _built(interpreter, base, own)
    source = source_of(interpreter, node)
    if source is None or built is None or EXPECTED_GUARD in interpreter.context.guards:
        return
    called = base.cls.name if isinstance(base.cls, ClassValue) else base.layer.op.rpartition(".")[2]
    interpreter.program.late_state.append(
        LateState(called, name, own is not None, source.span, source.text, source.stack, built[0])
    )


def _built(interpreter: Interpreter, base: Instance, own: Phase | None) -> tuple[Span | None] | None:
    """Where a layer was built, if it certainly is, in a tuple; None where it may take state.

    The first call builds it: by its own ``build``; else, where some layer it holds is not built yet, by a trial run of
    its ``call``, in which it may still be given state.
    """
    state = base.layer
    if own is not None:
        if own.kind != "call" or not is_certain(interpreter, own):
            return None
        return (None,) if class_function(base, "build") is not None or not held_layers(base) else None
    if interpreter.context.alone or state.active or not state.calls or not state.built:
        return None
    if find_member(base.cls, "__setattr__") is not None:
        return None
    return (state.called,)


def _is_state(value: Value) -> bool:
    """Whether Keras 3 tracks it: a layer, a metric or a variable of its own."""
    match value:
        case Instance():
            return value.layer is not None or (value.native or "").startswith("keras.metrics.")
        case TensorValue(variable=variable):
            return variable is not None and variable.kind == "keras.Variable"
    return False


def _holds(base: Instance, value: Value) -> bool:
    return any(each is value for each in (*held_layers(base), *held_variables(base), *base.layer.own))


def _note_tensor(interpreter: Interpreter, base: Instance, own: Phase, name: str, value: Value, node: ast.AST) -> None:
    """Note an attribute that was a variable and becomes a tensor, or gets a tensor computed from a new variable."""
    old = base.attributes.get(name)
    rebound = own.rebound.pop(name, None)
    if not isinstance(value, TensorValue) or value.variable is not None or value.is_numpy or own.kind == "lambda":
        return
    source = source_of(interpreter, node)
    if source is None or not value.origins or interpreter.program.tensorflow == 1 or not _is_told(interpreter):
        return
    if rebound is not None:
        own.rebound[name] = rebound
        return
    called = base.cls.name if isinstance(base.cls, ClassValue) else base.layer.op
    made_from = interpreter.program.recorder.ancestors([origin.node for origin in value.origins])
    variable = old.variable if isinstance(old, TensorValue) else None
    if variable is not None and variable.node in made_from:
        if variable.owned or variable.kind == "keras.Variable" or base.layer.generation == 2:
            places = (source.span, source.text, source.stack, variable.span)
            own.rebound[name] = RebindingUse(called, name, own.kind, base.layer.generation, variable.node, *places)
    elif own.kind in ("init", "build"):
        made = tuple(variable for variable in _new_variables(interpreter, own) if variable in made_from)
        filled = "" if made else _filled_with(interpreter, base, own, name, value)
        if made or filled:
            nodes = tuple(origin.node for origin in value.origins)
            written = (source.span, source.text, source.stack)
            interpreter.program.tensor_weights.append(
                TensorWeight(called, name, base.layer.generation, *written, nodes, made, filled=filled)
            )


def _filled_with(interpreter: Interpreter, base: Instance, own: Phase, name: str, value: TensorValue) -> str:
    """What a new tensor was filled with that stays in its attribute; empty for any other."""
    if len(value.origins) != 1 or int(value.origins[0].node[1:]) <= own.counter:
        return ""
    node = interpreter.program.recorder.nodes.get(value.origins[0].node)
    filled = "" if node is None else FILLING.get(node.op, "")
    order = (each.node for each in resolution_order(base.cls) if isinstance(each, ClassValue))
    stores = [attribute for each in order if each is not None for attribute in remembered(each, _stores)]
    alone = stores.count(name) == 1 and name not in remembered(interpreter.module.source.tree, _stores_of_others)
    return filled if alone and not has_unknown_base(base.cls) else ""


def _stores_of_others(node: ast.AST) -> frozenset[str]:
    """The attributes that code assigns to objects other than the one whose method it is."""
    attributes = (each for each in walk(node) if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store))
    return frozenset(
        each.attr for each in attributes if not isinstance(each.value, ast.Name) or each.value.id != "self"
    )


def _stores(node: ast.AST) -> tuple[str, ...]:
    """The attributes that a class's code assigns, as often as it does."""
    return tuple(
        each.attr for each in walk(node) if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store)
    )


def _new_variables(interpreter: Interpreter, own: Phase) -> Iterator[str]:
    """The nodes of the variables that were made since the method began to run."""
    for _, state in reversed(interpreter.facts.variables):
        if int(state.node[1:]) <= own.counter:
            return
        yield state.node


def _note_replaced(interpreter: Interpreter, base: Instance, name: str, value: Value, node: ast.AST) -> None:
    """Note a tensor that takes the place of a weight of one of Keras's own layers, from outside the layer."""
    state = base.layer
    if not any(weight.name == name for weight in state.weights) or not _is_told(interpreter):
        return
    if not isinstance(value, TensorValue) or value.variable is not None or interpreter.program.tensorflow == 1:
        return
    source = source_of(interpreter, node)
    if source is None:
        return
    recorder = interpreter.program.recorder
    made_from = recorder.ancestors([origin.node for origin in value.origins])
    computed = any(recorder.nodes[each].kind in ("variable", "input") for each in made_from)
    certain = bool(value.is_array or value.is_numpy or value.origins) and not computed
    outside = not interpreter.context.layer_calls and not interpreter.context.tapes
    if is_reserved(state.base, state.generation, name) or (certain and outside):
        interpreter.program.tensor_weights.append(
            TensorWeight(state.op, name, state.generation, source.span, source.text, source.stack, replaces=True)
        )
