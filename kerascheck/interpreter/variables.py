"""Variables: making them, and which of them Keras holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from typing import Any

from kerascheck.graph import Weight
from kerascheck.interpreter.classes import external_bases, resolution_order
from kerascheck.interpreter.conversion import tensors_in
from kerascheck.interpreter.core import Interpreter
from kerascheck.interpreter.pending_methods import unasked_methods
from kerascheck.interpreter.phases import note_made
from kerascheck.interpreter.recording import automatic_name, record
from kerascheck.interpreter.syntax import remembered, walk
from kerascheck.interpreter.values import (
    ClassValue,
    Constant,
    DictValue,
    External,
    FunctionValue,
    Instance,
    ListValue,
    Origin,
    Scope,
    TensorValue,
    UnknownValue,
    Value,
    VariableState,
)
from kerascheck.problems import Problem
from kerascheck.shapes import Shape, TensorSpec


def make_variable(
    interpreter: Interpreter,
    kind: str,
    shape: Shape,
    dtype: str | None,
    node: ast.AST,
    *,
    trainable: Value = True,
    name: Value = None,
    owned: bool = False,
    problem: Problem | None = None,
) -> TensorValue:
    """A new variable and its node. ``owned`` where a layer made it a weight of its own."""
    generation = interpreter.program.generation
    spec = TensorSpec(shape, dtype)
    label = name if isinstance(name, str) else automatic_name(interpreter, "variable")
    entry = record(interpreter, "variable", kind, label, [spec], node=node, generation=generation, problem=problem)
    known = trainable if isinstance(trainable, bool) else True if trainable is None else None
    entry.config = {"trainable": known}
    entry.tracked = True if owned else None
    size = shape.size
    entry.trainable = (size if isinstance(size, int) else None) if known else 0
    entry.params = 0
    state = VariableState(entry.identifier, kind, known, entry.source.span if entry.source else None, owned)
    tensor = TensorValue(spec, (Origin(entry.identifier),), variable=state)
    interpreter.facts.variables.append((tensor, state))
    note_made(interpreter, tensor, node)
    return tensor


def tracks(state: VariableState, generation: int) -> bool:
    """Whether a layer's attribute holding the variable makes it a weight.

    Keras 3 on TensorFlow tracks Keras variables alone; tf_keras tracks ``tf.Variable`` as well.
    """
    return state.kind == "keras.Variable" or generation == 2


def weigh(interpreter: Interpreter, instance: Instance) -> None:
    """Count the variables in a layer's attributes among its weights: those that ``add_weight`` gave are there."""
    state = instance.layer
    weights: list[Weight] = []
    seen = {each.variable.node for each in state.own if each.variable is not None}
    for tensor in held_variables(instance):
        variable = tensor.variable
        if variable is None or variable.node in seen:
            continue
        if not variable.owned and not tracks(variable, state.generation):
            continue
        seen.add(variable.node)
        entry = interpreter.program.recorder.nodes[variable.node]
        weights.append(Weight(entry.name, tensor.spec.shape, variable.trainable is not False, tensor.spec.dtype))
    state.weights, state.added = (*state.weights, *weights), (*state.added, *weights)


def held_variables(instance: Instance) -> list[TensorValue]:
    """The variables in an object's attributes, those in lists, tuples and dicts included.

    Keras 2 also looks into the ``tf.Module`` objects it holds.
    """
    found: list[TensorValue] = []
    pending, seen = [instance], {id(instance)}
    kinds = {"list", "deque"} if instance.layer is not None and instance.layer.generation == 2 else LISTS
    while pending:
        for value in contents(list(pending.pop().attributes.values()), kinds):
            if isinstance(value, TensorValue):
                found.append(value)
            elif isinstance(value, Instance) and id(value) not in seen and _is_module(value, instance):
                seen.add(id(value))
                pending.append(value)
    return found


def hidden_variables(instance: Instance) -> list[TensorValue]:
    """The variables that a layer holds only through objects that no Keras looks into: plain ones, deques and sets."""
    found: list[TensorValue] = []
    pending, seen = [instance], {id(instance)}
    while pending:
        for value in contents(list(pending.pop().attributes.values()), CONTAINERS):
            if isinstance(value, TensorValue):
                found.append(value)
            elif isinstance(value, Instance) and id(value) not in seen and value.layer is None:
                seen.add(id(value))
                if not any(base.name == "tensorflow.Module" for base in external_bases(value.cls)):
                    pending.append(value)
    if not found:
        return found
    held = {id(tensor) for tensor in held_variables(instance)}
    return [tensor for tensor in found if id(tensor) not in held]


def _is_module(value: Instance, owner: Instance) -> bool:
    """Whether a layer tracks what ``value`` holds because it is a ``tf.Module``."""
    if value.layer is not None or owner.layer is None or owner.layer.generation != 2:
        return False
    return any(base.name == "tensorflow.Module" for base in external_bases(value.cls))


def held_layers(instance: Instance) -> list[Instance]:
    """The layers in an object's attributes, those in lists, tuples, dicts and (in Keras 3) sets included."""
    kinds = {"list", "set"} if instance.layer is not None and instance.layer.generation == 3 else LISTS
    found = contents(list(instance.attributes.values()), kinds)
    return [value for value in found if isinstance(value, Instance) and value.layer is not None]


LISTS: Set[str] = frozenset({"list"})
"""The kinds of list that every Keras looks into."""


CONTAINERS: Set[str] = LISTS | {"deque", "set", "frozenset"}
"""The kinds of list there are."""


HOLDING_NOTHING: Set[type] = frozenset({*Constant, ClassValue, External, FunctionValue, UnknownValue})
"""Types of values that neither are variables or objects nor hold any that Keras looks for."""


def contents(values: list[Value], kinds: Set[str] = LISTS, depth: int = 0) -> list[Value]:
    """Every variable and object in a nest of the containers that Keras tracks."""
    found: list[Value] = []
    for value in values:
        # Nearly all that a layer or module has by a name is of these types: telling that is the quicker test.
        if type(value) in HOLDING_NOTHING:
            continue
        match value:
            case TensorValue(variable=VariableState()) | Instance():
                found.append(value)
            case tuple() if depth < 8:
                found += contents(list(value), kinds, depth + 1)
            case ListValue(items=list() as items) if depth < 8 and value.kind in kinds:
                found += contents(items, kinds, depth + 1)
            case DictValue(items=dict() as entries) if depth < 8:
                found += contents(list(entries.values()), kinds, depth + 1)
    return found


def class_contents(instances: list[Instance]) -> Iterator[tuple[str, Value]]:
    """The variables and objects that the classes of these layers have as attributes, with the place: ``Net.dense``."""
    own = {id(each.cls): each.cls for each in instances if isinstance(each.cls, ClassValue)}
    classes = {id(cls): cls for each in own.values() for cls in resolution_order(each) if isinstance(cls, ClassValue)}
    for cls in classes.values():
        for name, value in cls.namespace.variables.items():
            for part in contents([value]) if type(value) not in HOLDING_NOTHING else ():
                yield f"{cls.name}.{name}", part


def decide_tracking(interpreter: Interpreter, scopes: list[Scope]) -> None:
    """Say of every variable whether Keras holds it, and how the program does; ``scopes`` are the modules' names."""
    if not interpreter.facts.variables:
        return
    held: set[str] = set()
    tracked: set[str] = set()
    for instance in interpreter.facts.layers:
        for tensor in held_variables(instance):
            variable = tensor.variable
            if variable is None:
                continue
            held.add(variable.node)
            if variable.owned or tracks(variable, instance.layer.generation):
                tracked.add(variable.node)
    loose = any(not state.owned and state.node not in tracked for _, state in interpreter.facts.variables)
    elsewhere = _used_elsewhere(interpreter) if loose else set()
    owners = {**_holders(interpreter, scopes), **dict.fromkeys(held, "attribute")} if loose else {}
    for _, state in interpreter.facts.variables:
        entry = interpreter.program.recorder.nodes[state.node]
        if state.owned or state.node in tracked:
            entry.tracked, entry.owner = True, None
        elif state.trained_by_hand or (state.target or "").rpartition(".")[2] in elsewhere:
            entry.tracked = None
        else:
            entry.tracked = False
        entry.target = state.target
        if entry.tracked is not True:
            default = "scope" if "get_variable" in state.kind else "closure"
            entry.owner = "call" if state.made_in_call else owners.get(state.node, default)


def _holders(interpreter: Interpreter, scopes: list[Scope]) -> dict[str, str]:
    """How the variables are held that no layer has as an attribute."""
    owners: dict[str, str] = {}
    for instance in interpreter.facts.layers:
        for tensor in hidden_variables(instance):
            if tensor.variable is not None:
                owners.setdefault(tensor.variable.node, "container")
    for _, value in class_contents(interpreter.facts.layers):
        if isinstance(value, TensorValue) and value.variable is not None:
            owners.setdefault(value.variable.node, "class")
    for scope in scopes:
        for value in contents(list(scope.variables.values())):
            if isinstance(value, TensorValue) and value.variable is not None:
                owners.setdefault(value.variable.node, "global")
    return owners


def _used_elsewhere(interpreter: Interpreter) -> set[str]:
    """The attributes that functions of imported files use which this run did not call.

    What such a function does to a variable, ``self.rate.assign(...)``, is seen when its own file is checked.
    """
    modules = [each for each in interpreter.loader.modules.values() if each.deferred is not None and each.is_user]
    uncalled = [function.node for module in modules for function in module.functions if function.calls == 0]
    unasked = [method for module in modules for cls in module.classes for method in unasked_methods(cls)]
    return {name for node in (*uncalled, *unasked) for name in remembered(node, _attributes_in)}


def _attributes_in(function: ast.AST) -> frozenset[str]:
    return frozenset(each.attr for each in walk(function) if isinstance(each, ast.Attribute))


def mark_trained(value: Any) -> None:
    """Note that the program trains these variables itself."""
    for _, tensor in tensors_in(value):
        if tensor.variable is not None:
            tensor.variable.trained_by_hand = True
