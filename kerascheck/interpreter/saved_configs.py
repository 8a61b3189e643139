"""What ``get_config`` of the user's classes keeps: it is called as saving does, and its keys are looked at."""

from __future__ import annotations

import ast
from functools import cache

from kerascheck.diagnostic import Span
from kerascheck.interpreter.classes import LAYER, MODEL, external_bases, find_member, has_unknown_base, keras_base
from kerascheck.interpreter.construction import may_initialise
from kerascheck.interpreter.core import NOWHERE, Interpreter
from kerascheck.interpreter.loader import Module
from kerascheck.interpreter.names import canonical, describe, find_symbol
from kerascheck.interpreter.parameter_use import parameters_in_use, passed_up, uses_rest
from kerascheck.interpreter.syntax import remembered, walk
from kerascheck.interpreter.values import (
    NOTHING_KNOWN,
    Arguments,
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    UnknownValue,
    Value,
)
from kerascheck.program import ConfigParameter, SavedConfig

_KINDS = ("keras.losses.", "keras.metrics.", "keras.regularizers.", "keras.constraints.")
"""Besides layers and models: the classes that are saved with one, by the beginning of their base's name."""

_ABSTRACT = frozenset({"keras.Loss", "keras.Metric", "keras.Regularizer"})

_OF_KERAS = UnknownValue("of Keras's own")
"""An argument that a class of Keras keeps in its config itself."""

_OWN_WAYS = (
    "from_config",
    "get_build_config",
    "build_from_config",
    "save_assets",
    "load_assets",
    "save_own_variables",
    "load_own_variables",
)
"""Methods of a class by which it may keep what its config does not."""

_LEFT_OUT = frozenset(
    {"activity_regularizer", "autocast", "batch_input_shape", "dynamic", "input_dim", "input_shape", "weights"}
)
"""What a layer of either generation takes besides, and what saving leaves to others."""


def note_saved_configs(interpreter: Interpreter, module: Module, cls: ClassValue) -> None:
    """Tell the rules what saving an object of ``cls`` keeps, where that is certain."""
    kept = _kept_by_keras(interpreter, cls)
    config, constructor = find_member(cls, "get_config"), find_member(cls, "__init__")
    if kept is None or config is None or constructor is None or _is_abstract(module, cls):
        return
    if any(find_member(cls, name) is not None for name in _OWN_WAYS):
        return
    (owner, function), (maker, init) = config, constructor
    if not isinstance(function, FunctionValue) or not isinstance(init, FunctionValue) or cls.node is None:
        return
    if not isinstance(function.node, ast.FunctionDef) or not isinstance(init.node, ast.FunctionDef):
        return
    if maker is not cls and owner is not cls:
        # What both were inherited of is told there.
        return
    source = init.module.source
    if init.module is not module or not isinstance(maker, ClassValue) or maker.node is None:
        return
    if init.decorators or init.node.args.vararg is not None or uses_rest(init.node, source.segment(init.node)):
        return
    found = _keys(interpreter, cls, function, kept)
    if found is None:
        return
    keys, named = found
    if named and not _takes_name(init.node) and _reads_name(interpreter, cls):
        interpreter.facts.saving.nameless[id(cls)] = cls, "name", _heading(init)
    interpreter.program.saved_configs.append(
        SavedConfig(
            name=cls.name,
            owner=owner.name if isinstance(owner, ClassValue) else cls.name,
            own=owner is cls,
            span=_heading(function if owner is cls else init),
            parameters=_parameters(init, maker, keys | _keys_named(cls)),
        )
    )


def _is_abstract(module: Module, cls: ClassValue) -> bool:
    """Whether other classes extend it and nothing makes an object of its own: what is saved are theirs."""
    return cls.instances == 0 and any(cls in other.bases for other in module.classes)


def note_plain_class(interpreter: Interpreter, module: Module, cls: ClassValue) -> None:
    """Note a layer's class without ``get_config`` that Keras 3 saves with more than its ``__init__`` takes."""
    generation = interpreter.program.generation
    found = find_member(cls, "__init__")
    if found is None or find_member(cls, "from_config") is not None or has_unknown_base(cls):
        return
    owner, init = found
    if owner is not cls or not isinstance(init, FunctionValue) or init.module is not module or init.decorators:
        return
    if not isinstance(init.node, ast.FunctionDef) or init.node.args.vararg is not None or init.node.args.posonlyargs:
        return
    if not remembered(init.node, may_initialise):
        # Such a layer is told of where it is made; it is never saved.
        return
    if keras_base(cls, generation) == (LAYER, 3) and external_bases(cls) and not _takes_name(init.node):
        interpreter.facts.saving.nameless[id(cls)] = cls, "trainable", _heading(init)


def base_config(interpreter: Interpreter, instance: Instance) -> Value:
    """What Keras's own ``get_config`` gives an object whose class is being looked at."""
    described = interpreter.facts.described
    if described is None or instance is not described[0]:
        return NOTHING_KNOWN
    return interpreter.heap.new(DictValue(dict.fromkeys(sorted(described[1]), _OF_KERAS)))


def _kept_by_keras(interpreter: Interpreter, cls: ClassValue) -> set[str] | None:
    """The arguments that the Keras classes it extends keep themselves; None where it is no such class."""
    generation = interpreter.program.generation
    bases = external_bases(cls)
    if not bases or has_unknown_base(cls) or cls.dataclass_fields is not None:
        return None
    names = [canonical(base.name, generation) or "" for base in bases]
    if keras_base(cls, generation) is None and not any(name in _ABSTRACT or name.startswith(_KINDS) for name in names):
        return None
    kept = {"name", "dtype", "trainable"}
    for base in bases:
        described = describe(base.name, generation)
        symbol = None if described is None else find_symbol(described)
        if symbol is None or symbol.kind != "class":
            return None
        kept |= {each.name for each in symbol.parameters or ()}
    return kept | _layer_arguments(generation)


@cache
def _layer_arguments(generation: int) -> frozenset[str]:
    """What every layer takes, which Keras keeps or leaves out on purpose."""
    described = describe("keras.layers.Layer", generation)
    symbol = None if described is None else find_symbol(described)
    return _LEFT_OUT.union(each.name for each in (symbol.parameters or () if symbol is not None else ()))


def _takes_name(constructor: ast.FunctionDef) -> bool:
    """Whether the constructor takes any of what Keras's own ``get_config`` gives of every layer."""
    arguments = constructor.args
    names = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return arguments.kwarg is not None or not names.isdisjoint({"name", "dtype", "trainable"})


def _reads_name(interpreter: Interpreter, cls: ClassValue) -> bool:
    """Whether the class is of a kind whose own ``get_config`` gives the name: a layer, in Keras 3 a model."""
    base = keras_base(cls, interpreter.program.generation)
    return base is not None and (base[0] == LAYER or (base == (MODEL, 3)))


def _keys(
    interpreter: Interpreter, cls: ClassValue, function: FunctionValue, kept: set[str]
) -> tuple[set[str], bool] | None:
    """The keys of what ``get_config`` gives and what Keras keeps besides, and whether the name is Keras's own there."""
    from kerascheck.interpreter.calls import call_function, instantiate

    instance: Value = next((each for each in interpreter.facts.layers if each.cls is cls), None)
    if instance is None:
        interpreter.context.naming_sizes = True
        try:
            instance = instantiate(interpreter, cls, Arguments(), cls.node or NOWHERE)
        finally:
            interpreter.context.naming_sizes = False
    if not isinstance(instance, Instance):
        return None
    interpreter.facts.described = (instance, kept)
    try:
        config = call_function(interpreter, function, Arguments((instance,)), function.node, instance)
    finally:
        interpreter.facts.described = None
    if not isinstance(config, DictValue) or config.items is None:
        return None
    keys = set(config.items)
    named = config.items.get("name") is _OF_KERAS
    return (keys | kept, named) if all(isinstance(key, str) for key in keys) else None


def _keys_named(cls: ClassValue) -> set[str]:
    """The keys that its ``get_config`` has on some way through it, and those of the classes that it extends.

    It is called for one object only, and another may have been made with arguments that lead elsewhere.
    """
    found: set[str] = set()
    known = find_member(cls, "get_config")
    while known is not None:
        owner, function = known
        if isinstance(function, FunctionValue):
            found |= remembered(function.node, _texts_in)
        known = find_member(cls, "get_config", after=owner) if isinstance(owner, ClassValue) else None
    return found


def _texts_in(node: ast.AST) -> set[str]:
    """The texts in a function, and the names of the keyword arguments of its calls."""
    found: set[str] = set()
    for each in walk(node):
        match each:
            case ast.Constant(value=str(text)):
                found.add(text)
            case ast.keyword(arg=str(name)):
                found.add(name)
    return found


def _used_above(cls: ClassValue, place: str | int) -> bool:
    """Whether the constructor that ``cls`` extends does something with what it is given at ``place``."""
    found = find_member(cls, "__init__", after=cls)
    if found is None:
        # Keras's own.
        return True
    owner, init = found
    if not isinstance(init, FunctionValue) or not isinstance(init.node, ast.FunctionDef):
        return False
    if not isinstance(owner, ClassValue) or owner.node is None:
        return False
    names = [each.arg for each in (*init.node.args.args[1:], *init.node.args.kwonlyargs)]
    name = place if isinstance(place, str) else names[place] if place < len(names) else ""
    above = passed_up(init.node)
    if name in above:
        return _used_above(owner, above[name])
    return name in names and name in parameters_in_use(owner.node, init.node, (name,))


def _parameters(init: FunctionValue, cls: ClassValue, keys: set[str]) -> tuple[ConfigParameter, ...]:
    """The arguments of a constructor that are none of ``keys``."""
    node = init.node
    assert isinstance(node, ast.FunctionDef)
    source = init.module.source
    positional = [*node.args.posonlyargs, *node.args.args]
    left_out = [each for each in (*positional[1:], *node.args.kwonlyargs) if each.arg not in keys]
    if not left_out:
        return ()
    asked = [each.arg for each in left_out]
    used = parameters_in_use(cls.node, node, asked) if cls.node is not None else set()
    used -= {name for name, place in passed_up(node).items() if name in used and not _used_above(cls, place)}
    defaults: dict[str, ast.expr] = dict(
        zip((each.arg for each in reversed(positional)), reversed(node.args.defaults), strict=False)
    )
    defaults |= {
        each.arg: value for each, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if value
    }
    return tuple(
        ConfigParameter(
            each.arg,
            source.span(each),
            source.segment(defaults[each.arg]) if each.arg in defaults else None,
            each.arg in used,
        )
        for each in left_out
    )


def _heading(function: FunctionValue) -> Span:
    """The line that begins a function."""
    node, source = function.node, function.module.source
    text = source.lines[node.lineno - 1]
    return source.place(node.lineno, node.col_offset + 1, node.lineno, len(text.rstrip()) + 1)
