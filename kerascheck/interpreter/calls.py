"""Calling values: the user's functions and classes, and who answers for everything else."""

from __future__ import annotations

import ast
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import pairwise

from kerascheck.graph import JIT_GUARD
from kerascheck.interpreter.attributes import get_attribute
from kerascheck.interpreter.branches import either
from kerascheck.interpreter.building import note_explicit_build
from kerascheck.interpreter.classes import external_bases, find_member, has_unknown_base, keras_base
from kerascheck.interpreter.computed_calls import made_once, result_key
from kerascheck.interpreter.construction import note_missing_init
from kerascheck.interpreter.conversion import DTYPES, map_tensors
from kerascheck.interpreter.core import MAXIMUM_DEPTH, CallHandler, Frame, Interpreter, UserRaise
from kerascheck.interpreter.enumerations import member_of_value, members_of
from kerascheck.interpreter.externals import call_external
from kerascheck.interpreter.extremes import note_change
from kerascheck.interpreter.flows import kept
from kerascheck.interpreter.jit_calls import note_jit_call
from kerascheck.interpreter.layer_state import note_escape
from kerascheck.interpreter.layers import call_layer, class_function, initialise, new_layer_state
from kerascheck.interpreter.methods import call_method
from kerascheck.interpreter.metrics import note_metrics_given
from kerascheck.interpreter.named_tuples import make_named_tuple, tuple_fields
from kerascheck.interpreter.numpy_functions import cast
from kerascheck.interpreter.own_dicts import extends_dict, make_own_dict
from kerascheck.interpreter.parameters import bind_parameters
from kerascheck.interpreter.phases import note_made, phase
from kerascheck.interpreter.randomness import note_draw
from kerascheck.interpreter.sessions import note_given
from kerascheck.interpreter.syntax import remembered, walk_scope
from kerascheck.interpreter.tapes import let_go
from kerascheck.interpreter.training_flags import flags_given
from kerascheck.interpreter.untold_calls import call_untold, untold_key
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    BoundMethod,
    Builtin,
    ClassValue,
    External,
    FieldValue,
    FunctionValue,
    Instance,
    ListValue,
    Mutable,
    NativeMethod,
    PartialValue,
    Scope,
    StaticValue,
    SuperValue,
    TensorValue,
    UnknownValue,
    Value,
)
from kerascheck.interpreter.versions import version_among


def call_super(arguments: Arguments, frame: Frame) -> SuperValue:
    """``super``, the one builtin that looks at its caller's frame."""
    if not arguments.positional:
        return SuperValue(_method_owner(frame), frame.receiver)
    return SuperValue(arguments.positional[0], arguments.get(1, "obj", frame.receiver))


def _method_owner(frame: Frame) -> Value:
    return frame.function.owner if frame.function is not None and frame.function.owner is not None else frame.owner


def call_value(interpreter: Interpreter, function: Value, arguments: Arguments, node: ast.AST) -> Value:
    """Call anything. What comes of a version is as undecided as the version."""
    interpreter.step()
    if interpreter.facts.sessions and not isinstance(function, (FunctionValue, BoundMethod, ClassValue)):
        note_given(interpreter, arguments)
    # Of what is not known there are several types, of everything else that can be called one.
    answer = _ANSWERS.get(type(function), _call_unknown)
    value = answer(interpreter, function, arguments, node)
    if isinstance(value, UnknownValue) and value.guard is None:
        interpreter.doubts += 1
        for given in arguments.given:
            if isinstance(given, TensorValue):
                note_change(given)
            elif isinstance(given, Mutable):
                note_escape(given)
                if isinstance(given, Instance) and given.layer is not None:
                    given.layer.handed = True
        receiver = function.receiver if isinstance(function, (NativeMethod, BoundMethod)) else function
        return version_among(receiver, *arguments.positional) or value
    return value


def _call_unknown(interpreter: Interpreter, function: Value, arguments: Arguments, node: ast.AST) -> Value:
    if isinstance(function, UnknownValue):
        _note_given(interpreter, arguments, node)
    return NOTHING_KNOWN


def _call_bound(interpreter: Interpreter, function: BoundMethod, arguments: Arguments, node: ast.AST) -> Value:
    receiver, inner = function.receiver, function.function
    bound = Arguments((receiver, *arguments.positional), arguments.keywords, arguments.open)
    if not isinstance(inner, FunctionValue):
        return call_value(interpreter, inner, bound, node)
    if isinstance(receiver, Instance) and receiver.layer is not None:
        if inner.name == "call":
            receiver.layer.handed_on = True
        elif inner.name == "build":
            interpreter.heap.touch(receiver)
            note_explicit_build(receiver)
            receiver.layer.told_build = True
            with phase(interpreter, "build", receiver):
                return call_function(interpreter, inner, bound, node, receiver)
    return call_function(interpreter, inner, bound, node, receiver)


def _call_builtin(interpreter: Interpreter, function: Builtin, arguments: Arguments, node: ast.AST) -> Value:
    if interpreter.context.layer_calls:
        note_draw(interpreter, function.name, node)
    return function.function(interpreter, arguments, node)


def _call_partial(interpreter: Interpreter, function: PartialValue, arguments: Arguments, node: ast.AST) -> Value:
    given = function.arguments
    merged = Arguments(
        given.positional + arguments.positional,
        {**given.keywords, **arguments.keywords},
        given.open or arguments.open,
    )
    return call_value(interpreter, function.function, merged, node)


def _call_external(interpreter: Interpreter, function: External, arguments: Arguments, node: ast.AST) -> Value:
    hand_on(arguments)
    if interpreter.context.layer_calls:
        note_draw(interpreter, function.name, node)
    value = call_external(interpreter, function, arguments, node)
    return kept(interpreter, function.name, arguments, value, node)


def _call_native(interpreter: Interpreter, function: NativeMethod, arguments: Arguments, node: ast.AST) -> Value:
    hand_on(arguments)
    return call_method(interpreter, function, arguments, node)


def _call_static(interpreter: Interpreter, function: StaticValue, arguments: Arguments, node: ast.AST) -> Value:
    return call_value(interpreter, function.function, arguments, node)


def _call_dtype(interpreter: Interpreter, function: str, arguments: Arguments, node: ast.AST) -> Value:
    return cast(interpreter, function, arguments, node) if function in DTYPES else NOTHING_KNOWN


def _note_given(interpreter: Interpreter, arguments: Arguments, node: ast.AST) -> None:
    """Note what code that is not known at all is given."""
    if not any(isinstance(each, (Mutable, tuple)) for each in arguments.given):
        # Constants, tensors and what is not known itself, as most are: nothing can be done with them.
        return
    hand_on(arguments)
    if any(isinstance(each, Instance) and each.layer is not None for each in arguments.positional):
        # What is done to a model there is not known.
        interpreter.facts.run_facts.resets += 1
    note_metrics_given(interpreter, arguments, node)
    let_go(interpreter, arguments)


def hand_on(arguments: Arguments) -> None:
    """Note that layers and models are given to code that is not followed, which may call or build them."""
    for value in arguments.given:
        if isinstance(value, Instance):
            if value.layer is not None:
                value.layer.handed_on = True
        elif isinstance(value, ListValue):
            for item in value.items or ():
                if isinstance(item, Instance) and item.layer is not None:
                    item.layer.handed_on = True


def _call_instance(interpreter: Interpreter, instance: Instance, arguments: Arguments, node: ast.AST) -> Value:
    if instance.layer is not None:
        own = class_function(instance, "__call__")
        if own is None or interpreter.context.replay:
            return call_layer(interpreter, instance, arguments, node)
        # What it hands on to `super().__call__` is what `call` gets.
        return interpreter.call(BoundMethod(instance, own), arguments, node)
    method = get_attribute(interpreter, instance, "__call__", node)
    if isinstance(method, UnknownValue) and external_bases(instance.cls):
        # keras.losses.Loss, keras.initializers.Initializer and their like call `call`.
        method = get_attribute(interpreter, instance, "call", node)
    value = NOTHING_KNOWN if isinstance(method, UnknownValue) else interpreter.call(method, arguments, node)
    return value if instance.native is None else kept(interpreter, instance.native, arguments, value, node)


def call_function(
    interpreter: Interpreter, function: FunctionValue, arguments: Arguments, node: ast.AST, receiver: Value = None
) -> Value:
    """Run a function of the user's with these arguments.

    Raises:
        UserRaise: it certainly raises.
    """
    context = interpreter.context
    if context.depth >= MAXIMUM_DEPTH:
        return interpreter.unknown(node, function.name, "calls nest too deeply")
    if _goes_on(interpreter, function):
        return interpreter.unknown(node, function.name, "calls itself, nobody knows how often")
    make = partial(_follow, interpreter, function, arguments, node, receiver)
    key = result_key(interpreter, function, arguments)
    if key is not None:
        return made_once(interpreter, function, arguments, key, make)
    untold = untold_key(interpreter, function, arguments)
    return make() if untold is None else call_untold(interpreter, untold, make)


def _follow(
    interpreter: Interpreter, function: FunctionValue, arguments: Arguments, node: ast.AST, receiver: Value
) -> Value:
    context = interpreter.context
    function.calls += 1
    frame = _frame(interpreter, function, arguments, node, receiver)
    stack, replay, running, flags = context.stack, context.replay, context.phase, context.flags
    context.flags = flags_given(interpreter, function, arguments, node)
    if function.decorators and is_cached(function):
        # What it makes it makes once, whoever calls it.
        context.phase = None
    if replay:
        # Only what is called again itself was made there: what its own code calls has its own lines.
        context.stack, context.replay = [*reversed(replay[-1].stack), replay[-1].span], []
    span = interpreter.span(node) if isinstance(node, ast.expr) and interpreter.module.is_user else None
    if span is not None:
        context.stack.append(span)
    context.modules.append(function.module)
    context.depth += 1
    rewritten = is_rewritten(function)
    context.lenient += rewritten
    function.running.append(len(interpreter.heap.forks))
    try:
        return _run(interpreter, function, frame)
    except UserRaise:
        if not function.module.is_foreign or context.modules[-2].is_foreign:
            raise
        context.modules.pop()
        try:
            return interpreter.unknown(node, function.name, f"{function.module.name} raises")
        finally:
            context.modules.append(function.module)
    finally:
        function.running.pop()
        context.lenient -= rewritten
        context.depth -= 1
        context.modules.pop()
        if span is not None:
            context.stack.pop()
        context.stack, context.replay, context.phase, context.flags = stack, replay, running, flags


def _frame(
    interpreter: Interpreter, function: FunctionValue, arguments: Arguments, node: ast.AST, receiver: Value
) -> Frame:
    """Where a call of a function runs, its parameters bound."""
    scope = interpreter.heap.new(Scope(function.scope))
    bind_parameters(interpreter, function, arguments, scope, node)
    if function.compiled:
        note_jit_call(interpreter, function, scope, node)
    if receiver is None and function.owner is not None and arguments.positional:
        receiver = arguments.positional[0]
    return Frame(scope, function.module, function, receiver=receiver)


def is_rewritten(function: FunctionValue) -> bool:
    """Whether AutoGraph rewrites the function: an ``if`` on a tensor becomes part of the graph."""
    decorators = function.decorators
    return bool(decorators) and any(
        isinstance(each, External) and each.name.startswith("tensorflow.") for each in decorators
    )


MAXIMUM_UNDECIDED_CALLS = 3
"""Calls of a function within itself, each under a condition of its own, before what they give is unknown."""


CACHING = frozenset({"functools.lru_cache", "functools.cache"})
"""Decorators with which a function makes what it gives only once."""


def is_cached(function: FunctionValue) -> bool:
    """Whether calling the function again gives what it made before."""
    return any(isinstance(each, Builtin) and each.name in CACHING for each in function.decorators)


def _goes_on(interpreter: Interpreter, function: FunctionValue) -> bool:
    """Whether a function called itself again and again, always on some path only: no condition will end that."""
    if len(function.running) < MAXIMUM_UNDECIDED_CALLS:
        return False
    forks = [*function.running[-MAXIMUM_UNDECIDED_CALLS:], len(interpreter.heap.forks)]
    return all(a < b for a, b in pairwise(forks))


def _run(interpreter: Interpreter, function: FunctionValue, frame: Frame) -> Value:
    guard = JIT_GUARD if function.compiled else None
    if isinstance(function.node, ast.Lambda):
        with interpreter.guarded(guard):
            given = interpreter.evaluate(function.node.body, frame)
        return given if guard is None else _as_data(interpreter, given)
    if function.is_generator is None:
        function.is_generator = function.module.source.has_generators and remembered(function.node, _is_generator)
    if function.is_generator:
        frame.yields = []
    value = _returned(interpreter, function.node.body, frame, guard)
    if frame.yields is not None:
        known = not any(isinstance(each, UnknownValue) for each in frame.yields)
        return interpreter.heap.new(ListValue(frame.yields if known else None, kind="generator"))
    if guard is not None:
        return _as_data(interpreter, value)
    return value


def _as_data(interpreter: Interpreter, value: Value) -> Value:
    """What a compiled function gives: outside of it its results are data again."""
    return map_tensors(value, lambda tensor: replace(tensor, is_array=True), interpreter.heap.new)


def _returned(interpreter: Interpreter, body: list[ast.stmt], frame: Frame, guard: str | None) -> Value:
    """Run a function's body; its value is what all returns agree on.

    Raises:
        UserRaise: it certainly raises, on every path.
    """
    guards = interpreter.context.guards
    open_before = len(guards)
    if guard is not None:
        guards.append(guard)
    try:
        completion = interpreter.execute(body, frame)
        early = [each for each in frame.pending if each[0].kind == "return"]
        value: Value = completion.value if completion is not None else None
    except UserRaise:
        early = [each for each in frame.pending if each[0].kind == "return"]
        if not early:
            raise
        (ended, delta), *early = early
        interpreter.heap.unwatch(delta)
        interpreter.heap.apply(delta)
        value = ended.value
    finally:
        del guards[open_before:]
        for _, delta in frame.pending:
            interpreter.heap.unwatch(delta)
    for ended, delta in early:
        interpreter.heap.meet(delta)
        value = either(interpreter, ended, value)
    return value


def _is_generator(node: ast.AST) -> bool:
    body = node.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else []
    return any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in walk_scope(*body))


def instantiate(interpreter: Interpreter, cls: ClassValue, arguments: Arguments, node: ast.AST) -> Value:
    """Make an object of a class of the user's."""
    members = members_of(cls)
    if members is not None:
        return member_of_value(cls, members, arguments.get(0, "value"))
    cls.instances += 1
    fields = tuple_fields(cls)
    if fields is not None:
        return make_named_tuple(interpreter, cls, fields, arguments, node)
    if extends_dict(cls):
        return make_own_dict(interpreter, cls, arguments, node)
    instance = interpreter.heap.new(Instance(cls, span=interpreter.span(node)))
    base = keras_base(cls, interpreter.program.generation)
    if base is not None:
        instance.layer = new_layer_state(interpreter, cls.name, base, node, user=True)
        instance.layer.given = arguments
    if cls.dataclass_fields is not None and find_member(cls, "__init__") is None:
        _bind_fields(interpreter, cls, instance, arguments, node)
        return instance
    found = find_member(cls, "__init__")
    if found is not None:
        function = found[1]
        bound = Arguments((instance, *arguments.positional), arguments.keywords, arguments.open)
        if isinstance(function, FunctionValue):
            with phase(interpreter, "init", instance) if instance.layer is not None else nullcontext():
                call_function(interpreter, function, bound, node, instance)
        else:
            instance.open = True
    elif instance.layer is not None:
        initialise(interpreter, instance, arguments, node)
    elif has_unknown_base(cls) or external_bases(cls):
        instance.open = True
    if instance.layer is not None:
        note_made(interpreter, instance, node)
        if not instance.layer.name:
            note_missing_init(interpreter, instance)
    return instance


def _bind_fields(
    interpreter: Interpreter, cls: ClassValue, instance: Instance, arguments: Arguments, node: ast.AST
) -> None:
    """The constructor of a dataclass: its fields in order, then ``__post_init__``."""
    index = 0
    for name in cls.dataclass_fields or ():
        found = find_member(cls, name)
        default = UnknownValue(f"field {name}") if found is None else found[1]
        missing = default.default if isinstance(default, FieldValue) else default
        value = missing
        if not isinstance(default, FieldValue) or default.given:
            value = arguments.get(index, name, missing)
            index += 1
        if value is missing and isinstance(default, FieldValue) and default.factory is not None:
            value = interpreter.call(default.factory, Arguments(), node)
        instance.attributes[name] = value
    after = find_member(cls, "__post_init__")
    if after is not None:
        interpreter.call(BoundMethod(instance, after[1]), Arguments(), node)


_ANSWERS: dict[type, CallHandler] = {
    FunctionValue: call_function,
    BoundMethod: _call_bound,
    ClassValue: instantiate,
    Builtin: _call_builtin,
    PartialValue: _call_partial,
    External: _call_external,
    NativeMethod: _call_native,
    StaticValue: _call_static,
    str: _call_dtype,
    Instance: _call_instance,
}
"""Who answers for a call, by the type of what is called."""
